"""kill -9 of the server, of one of its workers and of its database, at each stage of a flow.

What holds is in ``docs/robustness.md``: nothing is accepted twice, nothing is lost that was acknowledged, no
process and no temporary folder stays, and the next flow works.
"""

from __future__ import annotations

import contextlib
import re
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.roles.web import STORE_AWAY
from harness.wire import WireConsumer
from tests.killing.clusters import Cluster, cluster
from tests.killing.ear import PATIENCE, STAGES, Ear, Held
from tests.killing.serving import Served, serving
from tests.killing.visits import LOST, Visit, kept

ADMITTED = ("admitted", "message sent")
"""The stages at which a consumer has been taken in, whether or not they were told."""


@pytest.fixture(scope="module")
def ear() -> Iterator[Ear]:
    """Give what hears of the stages."""
    with Ear() as listening:
        yield listening


@pytest.fixture(scope="module")
def postgres() -> Iterator[Cluster]:
    """Give a database server that may be killed."""
    with cluster() as made:
        yield made


@pytest.fixture(scope="module")
def several(postgres: Cluster, ear: Ear, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Give a server with two workers, who outlive each other and their database."""
    folder = tmp_path_factory.mktemp("several")
    with serving(folder, ear.environment, database=postgres.url, workers=2) as served:
        yield served


@contextlib.contextmanager
def held(ear: Ear, server: Served, stage: str) -> Iterator[tuple[Visit, Held]]:
    """Give a visit that is held at a stage; after the block it has failed, as something was killed there."""
    visit = Visit()
    ear.arm(stage)
    with ThreadPoolExecutor(1) as pool:
        made = pool.submit(visit.make, server)
        try:
            caught = ear.wait()
            yield visit, caught
        finally:
            ear.disarm()
        assert isinstance(made.exception(PATIENCE), LOST)


def check_once(visit: Visit, stage: str, before: int, database: str) -> None:
    """What was held is in the database once where it had got as far as that, else not at all."""
    now = kept(database)
    assert before + (stage in ADMITTED) == now.engagements
    assert int(stage == "message sent") == now.count(visit.said)
    assert not visit.heard


@pytest.mark.parametrize("stage", STAGES)
def test_a_killed_server_with_a_file(stage: str, ear: Ear, tmp_path: Path) -> None:
    """Its file is whole and holds what was acknowledged; its folder goes when the next server starts."""
    first = Visit()
    with serving(tmp_path, ear.environment) as server:
        first.make(server)
        with held(ear, server, stage) as (visit, caught):
            caught.kill()
        assert ("", -signal.SIGKILL) == (server.process.communicate()[1], server.process.returncode)
    (left,) = tmp_path.glob("harness-*")
    file = f"sqlite:///{left / 'harness.db'}"
    check_once(visit, stage, 1, file)
    assert 1 == kept(file).count(first.said)

    with serving(tmp_path, ear.environment) as server:
        assert left not in set(tmp_path.iterdir())
        Visit().make(server)
        server.process.terminate()
        server.process.communicate()
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("stage", STAGES)
def test_a_killed_server_with_a_database(stage: str, ear: Ear, postgres: Cluster, tmp_path: Path) -> None:
    """Another one at the same database knows what was acknowledged, and refuses what has been used."""
    first, before = Visit(), 0
    with serving(tmp_path, ear.environment, database=postgres.url) as server:
        first.make(server)
        before = kept(postgres.url).engagements
        with held(ear, server, stage) as (visit, caught):
            caught.kill()
        assert ("", -signal.SIGKILL) == (server.process.communicate()[1], server.process.returncode)
    check_once(visit, stage, before, postgres.url)

    with serving(tmp_path, ear.environment, database=postgres.url) as server:
        Visit().make(server)
        for used in (first, visit):
            if used.answer is not None:
                assert "refused" == used.again(server)
        server.process.terminate()
        server.process.communicate()
    assert 1 == kept(postgres.url).count(first.said)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("stage", STAGES)
def test_a_killed_worker_of_a_server(stage: str, ear: Ear, several: Served, postgres: Cluster) -> None:
    """The command says so in one sentence, and the others go on."""
    first = Visit()
    first.make(several)
    before = kept(postgres.url).engagements
    with held(ear, several, stage) as (visit, caught):
        caught.kill()
    assert several.process.stderr is not None
    told = several.process.stderr.readline()
    how = rf"worker [12] \(process {caught.pid}\) was killed by SIGKILL; process \d+ takes its place\."
    assert re.fullmatch(f"harness: {how}\n", told)
    check_once(visit, stage, before, postgres.url)

    Visit().make(several)
    for used in (first, visit):
        if used.answer is not None:
            assert "refused" == used.again(several)
    assert 1 == kept(postgres.url).count(first.said)


@pytest.mark.parametrize("stage", STAGES)
def test_a_killed_database(stage: str, ear: Ear, several: Served, postgres: Cluster) -> None:
    """Whoever asks meanwhile is told to try again in one sentence; then it is as it was."""
    first = Visit()
    first.make(several)
    before = kept(postgres.url).engagements
    try:
        with held(ear, several, stage) as (visit, caught), WireConsumer(several) as somebody:
            postgres.kill()
            refused = somebody.http.get(f"https://{several.config.sites.brand}/login")
            caught.release()
    finally:
        postgres.start()
    assert (503, STORE_AWAY) == (refused.status_code, refused.text)
    check_once(visit, stage, before, postgres.url)

    Visit().make(several)
    for used in (first, visit):
        if used.answer is not None:
            assert "refused" == used.again(several)
    assert 1 == kept(postgres.url).count(first.said)


def test_none_is_reached_before_the_one_above_it(ear: Ear, several: Served) -> None:
    """The stages are in the order of a flow."""
    order = ear.listen()
    Visit().make(several)

    assert list(STAGES.values()) == list(dict.fromkeys(one for one in order() if one in STAGES.values()))
