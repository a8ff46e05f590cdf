"""On how many processes a run is spread, and which."""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from harness.executors.cluster import cluster
from harness.executors.here import Here
from harness.executors.order import Crew
from harness.executors.processes import processes
from harness.executors.seat import Player, Seat
from harness.executors.setup import LastWord, Setup
from harness.executors.tickets import Terms
from harness.matrix import Case

MOST = 16
"""How many workers may be asked for."""

CORES = {"chromium": 2, "firefox": 1, "webkit": 2}
"""How many processors a worker with each engine takes, by measurement."""

WORTH = 12
"""How many cases a worker has to have before starting it saves time."""


@dataclass(frozen=True, kw_only=True)
class Spread:
    """On what a run is spread.

    Attributes:
        workers: How many processes of this machine play cases; 1 for this process alone.
        executor: The cluster that plays them instead, as ``dask://host:port``.
    """

    workers: int = 1
    executor: str | None = None


ALONE = Spread()


def usual_workers(rows: Sequence[Case], cores: int | None = None) -> int:
    """Return how many workers are worth their start, by processors, engines and the number of cases.

    Args:
        rows: The cases.
        cores: How many processors there are; this machine's when left out.
    """
    if cores is None:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    room = min((cores // CORES[case.engine] for case in rows), default=1)
    return max(1, min(room, len(rows) // WORTH, MOST))


@contextlib.contextmanager
def here(harness: Player, finish: LastWord, terms: Terms) -> Iterator[Crew]:
    """Give this process, for the length of the block."""
    with Seat(harness, terms, functools.partial(finish, harness)) as seat:
        yield Here(seat)


@contextlib.contextmanager
def elsewhere(
    spread: Spread, setups: Callable[[Terms], Sequence[Setup]], leased: bool, terms: Terms
) -> Iterator[Crew]:
    """Give other processes, for the length of the block.

    Raises:
        UsageError: When something cannot be sent to another process.
    """
    made = setups(terms)
    made[0].check()
    crew: AbstractContextManager[Crew] = (
        cluster(spread.executor, made, leased=leased) if spread.executor else processes(made)
    )
    with crew as players:
        yield players
