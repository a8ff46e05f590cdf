"""Runs the self-test, one entry after the other or in several processes."""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool

from harness.errors import HarnessBroken
from harness.executors.workers import Workers
from harness.extension import Catalogue, installed
from harness.run import Harness
from harness.selftest.bench import Bench
from harness.selftest.entries import PACKAGED, Entry, entries
from harness.selftest.score import Row, SelfTest

Batch = tuple[Entry, ...]


def run(
    chosen: tuple[Entry, ...],
    *,
    browsers: Harness | None = None,
    progress: Callable[[Row], None] = lambda _: None,
    catalogue: Catalogue = PACKAGED,
) -> SelfTest:
    """Run entries one after the other and compare.

    Args:
        chosen: The entries.
        browsers: The harness whose browsers show what needs one; started here when left out.
        progress: Hears of each result as it comes.
        catalogue: The faults and the checks.
    """
    started = time.monotonic()
    rows = []
    with Bench(chosen, catalogue, browsers) as bench:
        for same in _batches(chosen):
            for row in bench.rows(same):
                rows.append(row)
                progress(row)
    return SelfTest(rows=tuple(rows), seconds=time.monotonic() - started)


def run_in_processes(
    chosen: tuple[Entry, ...], *, workers: int, progress: Callable[[Row], None] = lambda _: None
) -> SelfTest:
    """Run entries in several processes, with the extensions that are installed, and compare.

    The first process begins with what needs a browser, the others with what needs none; they meet in the
    middle.

    Args:
        chosen: The entries.
        workers: How many processes.
        progress: Hears of each result as it comes.

    Returns:
        The score, whose rows are in the order of the entries.

    Raises:
        HarnessBroken: When a process dies.
    """
    started = time.monotonic()
    rows: dict[int, tuple[Row, ...]] = {}
    batches = tuple(_batches(chosen))
    left = deque(sorted(range(len(batches)), key=lambda number: not batches[number][0].in_browser))
    with Workers[Bench]() as benches:
        pools = [benches.start(_bench) for _ in range(min(workers, len(batches)))]
        under_way: dict[Future[tuple[Row, ...]], tuple[int, int]] = {}
        free = set(range(len(pools)))
        while left or under_way:
            for place in sorted(free)[: len(left)]:
                number = left.pop() if place else left.popleft()
                under_way[pools[place].submit(_rows, batches[number])] = (place, number)
                free.remove(place)
            for done in wait(under_way, return_when=FIRST_COMPLETED).done:
                place, number = under_way.pop(done)
                rows[number] = _result(done)
                free.add(place)
                for row in rows[number]:
                    progress(row)
    in_order = tuple(row for number in sorted(rows) for row in rows[number])
    return SelfTest(rows=in_order, seconds=time.monotonic() - started)


def _batches(chosen: tuple[Entry, ...]) -> Iterator[Batch]:
    """Yield the entries of each fault, which share what has to be arranged for it."""
    for _, same in itertools.groupby(chosen, key=lambda entry: entry.row.id):
        yield tuple(same)


def _result(done: Future[tuple[Row, ...]]) -> tuple[Row, ...]:
    try:
        return done.result()
    except BrokenProcessPool:
        raise HarnessBroken("a process of the self-test died; run it again, or with --workers 1") from None


def _bench() -> Bench:
    """In a worker: return what its entries are run on."""
    catalogue = Catalogue.of(installed())
    # Every entry may come; sending them all would take longer than making them again.
    return Bench(tuple(entries(catalogue=catalogue)), catalogue)


def _rows(bench: Bench, same: Batch) -> tuple[Row, ...]:
    return tuple(bench.rows(same))
