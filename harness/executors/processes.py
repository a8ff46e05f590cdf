"""Cases played in several processes, each with its own servers and one browser."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool

from harness.browser.pool import Vector
from harness.executors.seat import Seat
from harness.executors.setup import Setup, play
from harness.executors.tickets import Played, Ticket
from harness.executors.workers import Worker, Workers

DIED = "the process died that played it"


class _Place:
    """Where a worker stands: when one dies, the next takes its place."""

    def __init__(self, workers: Workers[Seat], setup: Setup) -> None:
        self._workers, self._setup = workers, setup
        self._worker: Worker[Seat] = workers.start(setup.seat)
        self._under_way: Future[Played] | None = None
        self.vector: Vector | None = None

    @property
    def free(self) -> bool:
        return self._under_way is None or self._under_way.done()

    def begin(self, ticket: Ticket) -> Future[Played]:
        if self._under_way is not None and self._under_way.result().broken is not None:
            self._renew()
        try:
            at_work = self._worker.submit(play, ticket)
        except BrokenProcessPool:  # it has died while it had nothing to do
            self._renew()
            at_work = self._worker.submit(play, ticket)
        self.vector, self._under_way = ticket.vector, _played(at_work, ticket)
        return self._under_way

    def _renew(self) -> None:
        self._worker.tell_to_end()
        self._worker = self._workers.start(self._setup.seat)


class Processes:
    """Gives cases to whoever is free, each process those of one browser as long as there are any.

    Args:
        places: Where workers stand.
    """

    def __init__(self, places: Sequence[_Place]) -> None:
        self._places = places

    @property
    def size(self) -> int:
        """How many workers there are."""
        return len(self._places)

    def begin(self, waiting: list[Ticket]) -> tuple[Ticket, Future[Played]]:
        """Begin with a case of the browser that somebody who is free has, else of one that fewest have."""
        free = [place for place in self._places if place.free]
        for place in free:
            for ticket in waiting:
                if ticket.vector == place.vector:
                    return ticket, place.begin(ticket)
        taken = Counter(place.vector for place in self._places if not place.free)
        ticket = min(waiting, key=lambda one: (taken[one.vector], one.attempt == 1, one.place))
        return ticket, free[0].begin(ticket)


@contextlib.contextmanager
def processes(setups: Sequence[Setup]) -> Iterator[Processes]:
    """Give processes for the length of the block, one for each setup.

    Args:
        setups: What each is to have.
    """
    with Workers[Seat]() as workers:
        yield Processes([_Place(workers, setup) for setup in setups])


def _played(at_work: Future[Played], ticket: Ticket) -> Future[Played]:
    """Return a future that tells of a process's death as of what came of the ticket."""
    told: Future[Played] = Future()

    def tell(done: Future[Played]) -> None:
        if done.cancelled():
            told.cancel()
            return
        error = done.exception()
        if isinstance(error, BrokenProcessPool):
            told.set_result(Played(ticket=ticket, broken=DIED))
        elif error is not None:
            told.set_exception(error)
        else:
            told.set_result(done.result())

    at_work.add_done_callback(tell)
    return told
