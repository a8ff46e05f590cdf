"""Cases are given out as somebody is free, and what comes of them is taken in their own order."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from itertools import islice
from typing import Protocol

from harness.browser.pool import Vector
from harness.executors.tickets import ATTEMPTS, Played, Ticket

AHEAD = 100
"""How many cases may be under way or wait for an earlier one to end: their timelines are in memory."""


class Crew(Protocol):
    """Who plays cases."""

    @property
    def size(self) -> int:
        """How many cases may be under way at once."""
        ...

    def begin(self, waiting: list[Ticket]) -> tuple[Ticket, Future[Played]]:
        """Begin with the ticket that suits best whoever is free; ``waiting`` is in the order of the run.

        What becomes of the future is a :class:`Played`, also where a process died.
        """
        ...


def in_order(
    crew: Crew, tickets: Iterable[Ticket], goes_on: Callable[[], bool] = lambda: True
) -> Iterator[Played]:
    """Yield what came of each ticket, in their order and as soon as that is possible.

    A case in which the harness itself broke is tried once more. Of a browser that cannot be had under a
    policy, one ticket says so; no further one is begun.

    Args:
        crew: Who plays.
        tickets: What is to be played, places without a gap from 0; they are taken as they are needed.
        goes_on: Says whether a further case may begin.

    Raises:
        HarnessError: What ends the whole run.
    """
    desk = _Desk(iter(tickets))
    under_way: dict[Future[Played], Ticket] = {}
    while True:
        while len(under_way) < crew.size and (waiting := desk.waiting()) and goes_on():
            ticket, future = crew.begin(waiting)
            desk.began(ticket)
            under_way[future] = ticket
            if future.done():
                break
        if not under_way:
            break
        for future in wait(under_way, return_when=FIRST_COMPLETED).done:
            del under_way[future]
            desk.ended(future.result())
        yield from desk.ready()
    yield from desk.rest()


class _Desk:
    """Knows which tickets wait, and which results wait for an earlier one."""

    def __init__(self, source: Iterator[Ticket]) -> None:
        self._source = source
        self._waiting: list[Ticket] = []
        self._done: dict[int, Played | None] = {}
        self._unreached: set[Vector] = set()
        self._begun = self._next = 0

    def waiting(self) -> list[Ticket]:
        """Return what may begin, not too far ahead of what has ended."""
        while True:
            room = max(0, AHEAD - len(self._waiting) - (self._begun - self._next))
            fresh = tuple(islice(self._source, room))
            self._waiting += fresh
            for one in [one for one in self._waiting if one.vector in self._unreached]:
                self.began(one)
                self._done[one.place] = None
            self._pass_over()
            if self._waiting or not fresh:
                return self._waiting

    def began(self, ticket: Ticket) -> None:
        """Take a ticket from those that wait."""
        self._waiting.remove(ticket)
        self._begun += ticket.attempt == 1

    def ended(self, played: Played) -> None:
        """Take what came of a ticket."""
        if played.failure is not None:
            raise played.failure.kind(played.failure.sentence)
        ticket = played.ticket
        if played.broken is not None and ticket.attempt < ATTEMPTS:
            self._waiting.insert(0, dataclasses.replace(ticket, attempt=ticket.attempt + 1))
            return
        if played.unavailable is not None:
            known = ticket.vector in self._unreached
            self._unreached.add(ticket.vector)
            self._done[ticket.place] = None if known else played
            return
        self._done[ticket.place] = played

    def ready(self) -> Iterator[Played]:
        """Yield what waits for nothing."""
        self._pass_over()
        while (played := self._done.pop(self._next, None)) is not None:
            self._next += 1
            yield played
            self._pass_over()

    def _pass_over(self) -> None:
        """Go on after what will never come."""
        while self._next in self._done and self._done[self._next] is None:
            del self._done[self._next]
            self._next += 1

    def rest(self) -> Iterator[Played]:
        """Yield what is left when nothing more begins."""
        yield from (played for _, played in sorted(self._done.items()) if played is not None)
