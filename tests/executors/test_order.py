"""Who gets which case, what becomes of a case in which the harness broke, and in which order results come."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from itertools import count, islice

import pytest

from harness.errors import EngineUnavailable
from harness.executors import Played, Ticket, in_order
from harness.executors.order import AHEAD
from harness.executors.tickets import Failure
from harness.matrix import Case
from harness.report.model import Unavailable
from tests.made import result

CHROMIUM = Case(surface="embedded", flow="code")
FIREFOX = Case(surface="embedded", flow="code", engine="firefox")


def tickets(number: int, case: Case = CHROMIUM, first: int = 0) -> tuple[Ticket, ...]:
    """Return tickets for one case, time and again."""
    return tuple(Ticket(place=first + place, case=case) for place in range(number))


def well(ticket: Ticket) -> Played:
    """Play a case that passes."""
    return Played(ticket=ticket, result=result(ticket.case))


def unreached(ticket: Ticket) -> Played:
    """Play a case whose browser cannot be had."""
    why = Unavailable(engine=ticket.case.engine, policy=ticket.case.policy, reason="no")
    return Played(ticket=ticket, unavailable=why)


class Crew:
    """Plays as a test says; of all that is under way the newest ends first."""

    def __init__(self, play: Callable[[Ticket], Played] = well, size: int = 3) -> None:
        self.size, self._play = size, play
        self.begun: list[Ticket] = []
        self._under_way: list[tuple[Ticket, Future[Played]]] = []

    def begin(self, waiting: list[Ticket]) -> tuple[Ticket, Future[Played]]:
        """Begin with the first; when everybody is at work, the newest ends."""
        ticket, future = waiting[0], Future[Played]()
        self.begun.append(ticket)
        self._under_way.append((ticket, future))
        while len(self._under_way) == self.size or (self._under_way and len(waiting) == 1):
            newest, ended = self._under_way.pop()
            ended.set_result(self._play(newest))
        return ticket, future


def places(played: list[Played]) -> list[int]:
    """Return the places of what came."""
    return [one.ticket.place for one in played]


def test_results_come_in_the_order_of_the_cases() -> None:
    """Whoever ends first."""
    crew = Crew()

    assert list(range(7)) == places(list(in_order(crew, tickets(7))))
    assert 7 == len(crew.begun)


def test_not_too_many_wait_for_one_that_takes_long() -> None:
    """Their timelines are in memory: an endless number of cases is taken as it is needed."""
    endless = (Ticket(place=place, case=CHROMIUM) for place in count())

    assert list(range(5)) == places(list(islice(in_order(Crew(size=1), endless), 5)))
    assert next(endless).place <= 5 + AHEAD


def test_a_case_in_which_the_harness_broke_is_tried_once_more() -> None:
    """What comes then counts."""
    crew = Crew(lambda one: well(one) if one.attempt == 2 else Played(ticket=one, broken="it died"), size=1)

    (played,) = in_order(crew, tickets(1))

    assert [1, 2] == [one.attempt for one in crew.begun]
    assert (2, None) == (played.ticket.attempt, played.broken)


def test_twice_is_enough() -> None:
    """The others are played all the same."""
    crew = Crew(lambda one: Played(ticket=one, broken="it died") if one.place == 1 else well(one), size=1)

    played = list(in_order(crew, tickets(3)))

    assert ["it died"] == [one.broken for one in played if one.broken]
    assert [0, 1, 2] == places(played)


def test_a_browser_that_cannot_be_had_is_tried_once() -> None:
    """One ticket says so, no further one begins, and another browser's cases are played all the same."""
    many = (*tickets(AHEAD * 3), *tickets(2, FIREFOX, first=AHEAD * 3))
    crew = Crew(lambda one: unreached(one) if one.case == CHROMIUM else well(one), size=1)

    played = list(in_order(crew, many))

    assert [0, AHEAD * 3, AHEAD * 3 + 1] == places(played)
    assert 3 == len(crew.begun)


def test_what_ends_a_run_is_raised_as_what_it_was() -> None:
    """Also from another process."""
    failure = Failure(kind=EngineUnavailable, sentence="there is no Firefox")
    crew = Crew(lambda one: Played(ticket=one, failure=failure), size=1)

    with pytest.raises(EngineUnavailable, match="there is no Firefox"):
        list(in_order(crew, tickets(2)))


def test_no_case_begins_when_none_may() -> None:
    """What has begun is delivered."""
    crew = Crew(size=1)

    played = list(in_order(crew, tickets(5), lambda: len(crew.begun) < 2))

    assert [0, 1] == places(played)
