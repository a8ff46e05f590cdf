"""A full disk, a clock that jumps, sockets that are half open, a store that is locked, SIGTERM.

What holds is in ``docs/robustness.md``.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import Connection, create_engine

from harness.clock import Clock, ManualClock, SystemClock
from harness.config import Config, Deadlines
from harness.roles.web import STORE_AWAY
from harness.server import RunningServer, running
from harness.store import database
from harness.wire import Reachable, WireConsumer
from tests.chatting import chatting
from tests.killing.ear import PATIENCE
from tests.killing.serving import ENGAGEMENT, FLOW, serving
from tests.killing.visits import Visit, kept

DAY = 86_400
QUIET = {"HARNESS_HISTORY": "off"}

Serve = Callable[..., contextlib.AbstractContextManager[RunningServer]]


@pytest.fixture
def serve(tmp_path: Path) -> Serve:
    """Return what serves every role in this process."""

    @contextlib.contextmanager
    def begin(config: Config | None = None, clock: Clock | None = None) -> Iterator[RunningServer]:
        with running(config or Config(), folder=tmp_path, clock=clock or SystemClock()) as server:
            yield server

    return begin


def signed_in(server: Reachable) -> str:
    """Sign somebody in, and return their conversation's token."""
    with WireConsumer(server) as consumer:
        consumer.sign_in("alice")
        call = consumer.open_call(ENGAGEMENT)
        welcome = consumer.hand_over(call, consumer.page_answer(call, FLOW))
        assert "authenticated" == welcome["outcome"]
        return str(welcome["token"])


def asked(server: Reachable) -> httpx2.Response:
    """Ask for something that has to be remembered."""
    with WireConsumer(server) as consumer:
        return consumer.http.get(f"https://{server.config.sites.brand}/login")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux changes the limits of another process")
def test_a_full_disk_of_the_server(tmp_path: Path) -> None:
    """It says in one sentence that nothing can be written; what was acknowledged is there afterwards."""
    first = Visit()
    with serving(tmp_path, QUIET) as server:
        first.make(server)
        before = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        refused = asked(server)
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, before)
        Visit().make(server)
        (folder,) = tmp_path.glob("harness-*")
        now = kept(f"sqlite:///{folder / 'harness.db'}")

    assert (503, STORE_AWAY) == (refused.status_code, refused.text)
    assert (2, 1) == (now.engagements, now.count(first.said))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_under_a_command() -> None:
    """One sentence, and the exit code of a harness that broke."""
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "harness", "explain", "claims.expired"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)

    told = "harness: the machine did not play along: No space left on device\n"
    assert (3, told) == (done.returncode, done.stderr)


@pytest.mark.parametrize("seconds", [-400 * DAY, -DAY, DAY, 400 * DAY])
def test_a_clock_that_jumps(seconds: int, serve: Serve) -> None:
    """What was used stays used, what was open may expire, and the next sign-in works."""
    clock = ManualClock(time.time())
    with serve(clock=clock) as server, WireConsumer(server) as alice, WireConsumer(server) as mallory:
        for consumer in (alice, mallory):
            consumer.sign_in("alice")
        call = alice.open_call(ENGAGEMENT)
        answer = alice.page_answer(call, FLOW)
        assert "authenticated" == alice.hand_over(call, answer)["outcome"]
        copied = mallory.open_call(ENGAGEMENT)
        clock.advance(seconds)

        assert "refused" == mallory.hand_over(copied, answer)["outcome"]
        assert "refused" == mallory.hand_over(mallory.open_call(ENGAGEMENT), answer)["outcome"]
        signed_in(server)


@pytest.mark.parametrize("seconds", [-DAY, DAY])
def test_a_clock_that_jumps_amid_a_flow(seconds: int, serve: Serve) -> None:
    """The flow is refused or good, never both, and never somebody else's."""
    clock = ManualClock(time.time())
    with serve(clock=clock) as server, WireConsumer(server) as alice:
        alice.sign_in("alice")
        call = alice.open_call(ENGAGEMENT)
        answer = alice.page_answer(call, FLOW)
        clock.advance(seconds)
        first, second = (alice.hand_over(call, answer)["outcome"] for _ in range(2))

        assert first in ("authenticated", "refused")
        assert "refused" == second
        signed_in(server)


def test_clients_that_stop_reading_and_writing(serve: Serve) -> None:
    """Others are served meanwhile, and the server ends although they never hang up."""
    with contextlib.ExitStack() as after, serve() as server:
        address = server.names.resolve(server.config.sites.brand, 443)
        assert address is not None
        silent = [after.enter_context(socket.create_connection(address)) for _ in range(20)]
        for one in silent[:10]:
            # The beginning of a TLS record whose end never comes.
            one.sendall(b"\x16\x03\x01\x02")
        token = signed_in(server)
        deaf = after.enter_context(chatting(server, token))
        for number in range(200):
            deaf.say(text=f"{number} " + "nobody reads this " * 100)
        signed_in(server)


def test_a_token_endpoint_that_accepts_and_says_nothing(serve: Serve) -> None:
    """The sign-in is refused within its deadline with one code, and others are not held up."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        config = Config(deadlines=Deadlines(token=1.0, connect=1.0))
        with serve(config) as server, WireConsumer(server) as alice:
            alice.sign_in("alice")
            call = alice.open_call(ENGAGEMENT)
            answer = alice.page_answer(call, FLOW)
            idp = config.sites.idp
            there = server.names.resolve(idp, 443)
            assert there is not None
            server.names.add(idp, silent.getsockname())
            before = server.store.events.last()
            refused = alice.hand_over(call, answer)
            server.names.add(idp, there)
            codes = [one.data["code"] for one in server.store.events.after(before) if one.type == "verdict"]

            assert "refused" == refused["outcome"]
            assert ["net.connect_failed"] == codes
            signed_in(server)


@pytest.fixture(params=["sqlite", "postgresql"])
def locked(
    request: pytest.FixtureRequest, new_database: Callable[[str, Path], str], tmp_path: Path
) -> tuple[Config, Callable[[], contextlib.AbstractContextManager[Connection]]]:
    """Give a configuration, and what locks its database as another process would."""
    config, url = Config(), f"sqlite:///{tmp_path / 'harness.db'}"
    if request.param == "postgresql":
        url = new_database("postgresql", tmp_path)
        config = Config(database=url)
    begin = "BEGIN IMMEDIATE" if request.param == "sqlite" else "LOCK TABLE sessions, events, transactions"

    @contextlib.contextmanager
    def lock() -> Iterator[Connection]:
        engine = create_engine(url)
        with engine.connect() as connection:
            connection.exec_driver_sql(begin)
            yield connection
            connection.rollback()
        engine.dispose()

    return config, lock


def test_a_store_that_is_locked_for_too_long(
    locked: tuple[Config, Callable[[], contextlib.AbstractContextManager[Connection]]],
    serve: Serve,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever asks is told to try again in one sentence; when the lock is gone everything works."""
    monkeypatch.setattr(database, "LOCKED_SECONDS", 1)
    config, lock = locked
    with serve(config) as server:
        signed_in(server)
        with lock():
            refused = asked(server)

        assert (503, STORE_AWAY) == (refused.status_code, refused.text)
        signed_in(server)


def test_a_store_that_is_locked_for_a_moment(
    locked: tuple[Config, Callable[[], contextlib.AbstractContextManager[Connection]]], serve: Serve
) -> None:
    """Whoever asks waits, and is served."""
    config, lock = locked
    with serve(config) as server, ThreadPoolExecutor(1) as pool:
        with lock():
            waiting = pool.submit(signed_in, server)
            assert 404 == _elsewhere(server)

        assert waiting.result(PATIENCE)


def _elsewhere(server: RunningServer) -> int:
    """Ask for something that nothing has to be remembered for."""
    with WireConsumer(server) as consumer:
        return consumer.http.get(f"https://{server.config.sites.platform}/nothing-here").status_code


def test_sigterm_amid_conversations(tmp_path: Path) -> None:
    """The server ends in order, although a window is open and another one has been asked for."""
    with serving(tmp_path, QUIET) as server:
        token = signed_in(server)
        with server.chatting(token) as window:
            window.hear_until("ready")
            os.kill(server.process.pid, signal.SIGTERM)
            _, told = server.process.communicate(timeout=PATIENCE)

    assert (0, "Stopped.\n") == (server.process.returncode, told)
    assert [] == list(tmp_path.iterdir())
