"""A platform that verifies in a process without any fault in it says of each what the catalogue demands."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from harness.checks import Judgement, judge
from harness.clock import ManualClock, SystemClock
from harness.config import Config, Platform
from harness.faults import inject
from harness.scene import Scene, sign_in
from harness.selftest import Entry, covering, entries
from harness.server import RunningServer, running
from harness.timeline import Timeline
from harness.wire import WireConsumer

from . import verifying

GROUPS = ("G", "H", "I", "K", "L")
"""What a backend verifies: exchange, form and signature of a token, encryption, claims."""

TIMED = ("token-slow",)
"""What takes its time by the clock of this process."""


def plain(entry: Entry) -> bool:
    """Tell whether an entry is no more than what is put in at the sample brand's side."""
    row, one = entry.row, entry.expectation
    around = row.own_side or row.fresh_keys or row.connector or one.connector or one.consumer
    return row.checkable and not (row.browser_only or around) and row.id not in TIMED


ENTRIES = tuple(
    entry
    for entry in covering(entries())
    if entry.row.group in GROUPS and entry.case.mode == "strict" and plain(entry)
)


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A harness whose platform asks a backend in another process."""
    command = [sys.executable, "-m", verifying.__name__, str(tmp_path_factory.mktemp("behind"))]
    with subprocess.Popen(
        command, cwd=Path(__file__).parents[2], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as behind:
        assert behind.stdin is not None
        assert behind.stdout is not None
        told = json.loads(behind.stdout.readline())
        platform = Platform(backend="https://verify.platform.test", backend_token=SecretStr(told["token"]))
        folder = tmp_path_factory.mktemp("front")
        with running(Config(platform=platform), folder=folder, clock=SystemClock()) as server:
            server.names.add(server.config.sites.verify, tuple(told["address"]))
            server.tls.client.load_verify_locations(cadata=told["ca"])
            here = {
                "address": server.names.resolve(server.config.sites.brand, 443),
                "ca": server.tls.ca_pem.decode(),
            }
            behind.stdin.write(json.dumps(here) + "\n")
            behind.stdin.flush()
            yield server
            behind.stdin.write("\n")
            behind.stdin.flush()
            behind.stdout.readline()


@pytest.fixture(scope="module")
def consumer(front: RunningServer) -> Iterator[WireConsumer]:
    """A consumer who is signed in to the shop."""
    with WireConsumer(front) as visitor:
        visitor.sign_in("alice")
        yield visitor


def judged(front: RunningServer, consumer: WireConsumer, entry: Entry) -> Judgement:
    """Run an entry's first form, and judge by what the front's timeline says."""
    scene = Scene(
        server=front, clock=ManualClock(0), consumer=consumer, case=entry.case, connector=entry.case.flow
    )
    before = front.store.events.last()
    with front.composition.seams.put(inject(entry.row, entry.variations[0])):
        sign_in(scene)
    return judge(Timeline(front.store.events.after(before)))


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda one: f"{one.row.id}-{one.case.surface}")
def test_a_backend_that_knows_no_fault_gives_the_code(
    entry: Entry, front: RunningServer, consumer: WireConsumer
) -> None:
    """It has the token and nothing else to go by."""
    judgement = judged(front, consumer, entry)

    assert (entry.expectation.outcome, entry.expectation.code) == (judgement.outcome, judgement.code)
    assert set(entry.expectation.findings) <= {(one.code, one.severity) for one in judgement.findings}


def test_there_is_something_to_tell_apart() -> None:
    """Faults of every group, refused and accepted."""
    assert set(GROUPS) == {one.row.group for one in ENTRIES}
    assert {"refused", "authenticated"} <= {one.expectation.outcome for one in ENTRIES}
