"""Workers that are killed amid their work: what they were told is true, and nothing is had twice."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from harness.clock import ManualClock
from harness.store import Store

BRAND = "https://login.brand.test"
KINDS = ("code", "state", "token", "admission")
KEYS = 120
ROUNDS: tuple[tuple[int | None, ...], ...] = ((1, 2, 17), (29, 5, 40), (3, 31, 12), (None, None, None))
"""After how many acknowledgements each worker of a round is killed; together they leave enough to be had."""

AHEAD = 8
"""What a worker may get beyond the acknowledgement at which it is killed, however late that comes."""

WORKER = Path(__file__).with_name("killed.py")


@dataclass(frozen=True, kw_only=True)
class Life:
    """What became of one worker: its name, what it has got, and how it ended."""

    name: str
    got: tuple[str, ...]
    ended: int


@pytest.fixture
def live(store_url: str, clock: ManualClock) -> Callable[[str, int | None], Life]:
    """Run a worker and kill it when it has acknowledged so many things, or let it go through everything."""

    def run(name: str, end: int | None) -> Life:
        limit = 0 if end is None else end + AHEAD
        command = [sys.executable, str(WORKER), store_url, str(clock.now()), str(KEYS), name, str(limit)]
        got = []
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as worker:
            assert worker.stdout is not None
            for line in worker.stdout:
                got.append(line.removesuffix("\n"))
                if len(got) == end:
                    worker.kill()
        return Life(name=name, got=tuple(got), ended=worker.returncode)

    return run


@pytest.fixture
def lives(store: Store, live: Callable[[str, int | None], Life]) -> list[Life]:
    """Give the lives of workers that were killed in several rounds, and of the last ones, which were not."""
    for key in range(KEYS):
        store.once.put_code(BRAND, f"code {key}", {}, seconds=60)
        store.once.put_transaction("popup", f"state {key}", "flow-1", {}, seconds=60)
        store.sessions.keep("window", f"window {key}", seconds=60)
    found: list[Life] = []
    with ThreadPoolExecutor(len(ROUNDS[0])) as pool:
        for number, ends in enumerate(ROUNDS):
            names = [f"worker {number}.{one}" for one, _ in enumerate(ends)]
            found += pool.map(live, names, ends)
    return found


def test_killed_workers_lose_nothing_and_have_nothing_twice(
    lives: list[Life], store: Store, store_url: str, clock: ManualClock
) -> None:
    """Whatever may be had once has one winner over all workers, for ever, and the next worker works."""
    ends = [end for ends in ROUNDS for end in ends]
    assert [0 if end is None else -signal.SIGKILL for end in ends] == [life.ended for life in lives]
    check_winners(lives, store)
    check_admissions(lives, store)
    if store_url.startswith("sqlite"):
        engine = create_engine(store_url)
        with engine.connect() as connection:
            assert "ok" == connection.execute(text("PRAGMA integrity_check")).scalar_one()
        engine.dispose()
    with Store(store_url, clock) as worker:
        event = worker.events.append("page", "one")
        assert (event,) == worker.events.after(event.seq - 1)


def check_winners(lives: list[Life], store: Store) -> None:
    """What was acknowledged is the acknowledged worker's alone, and nothing is left to be had."""
    assert {1} == set(Counter(what for life in lives for what in life.got).values())
    winners = {what: life.name for life in lives for what in life.got}
    everything = {f"{kind} {key}" for kind in KINDS for key in range(KEYS)}
    assert winners.keys() <= everything

    # What a killed worker had got and could not say any more is lost to its caller, and nobody else has it.
    assert len(everything - winners.keys()) <= sum(life.ended != 0 for life in lives)
    assert {"used"} == {store.once.take_code(BRAND, f"code {key}") for key in range(KEYS)}
    assert {"used"} == {store.once.take_transaction("popup", f"state {key}") for key in range(KEYS)}
    for what, name in winners.items():
        if what.startswith(("token", "admission")):
            assert not store.once.first_use(what, "another", seconds=60)
            assert store.once.first_use(what, name, seconds=60)


def check_admissions(lives: list[Life], store: Store) -> None:
    """Each used credential has its window and its engagement, wherever a worker was killed."""
    winners = {what: life.name for life in lives for what in life.got}
    windows = [store.sessions.find("window", f"window {key}") or {} for key in range(KEYS)]
    for key, window in enumerate(windows):
        assert winners.get(f"admission {key}", window["subject"]) == window["subject"]
        assert store.once.first_use(f"admission {key}", window["subject"], seconds=60)
    assert KEYS == sum(known.engagements for known in store.people.profiles())
