"""The cases of a run: given out to whoever plays them, and what comes of them made into a report."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from harness.browser.pool import Vector
from harness.browser.tracing import Recorded
from harness.config import Config
from harness.executors import Crew, Played, Terms, in_order
from harness.executors import seat as seats
from harness.expectations import held, marked
from harness.learning import Learned
from harness.matrix import Case
from harness.report.model import Broken, CaseResult, Report, Unavailable, summarise
from harness.report.picture import Picture
from harness.soaking import ONCE, Rounds, Soaking
from harness.timeline import Timeline


@dataclass(frozen=True, kw_only=True)
class Hearing:
    """Who hears of a run while it goes on.

    Attributes:
        progress: Hears of each result as it comes.
        keep: Is given each case's timeline, ready to be saved.
        look: Is given each case's pictures right afterwards; none are taken where nobody looks.
        adopt: Is given what was recorded of a case in another process.
        goes_on: Says whether a further case may begin.
    """

    progress: Callable[[CaseResult], None]
    keep: Callable[[Timeline], None]
    look: Callable[[tuple[Picture, ...]], None] | None
    adopt: Callable[[Recorded], None]
    goes_on: Callable[[], bool]


class Player(seats.Player, Protocol):
    """What plays cases, and knows what it can play."""

    config: Config

    def unplayable(self, case: Case) -> str | None:
        """Return why a case cannot be played."""
        ...

    def learn(self, rows: tuple[Case, ...]) -> Learned | None:
        """See whether good can be told from bad."""
        ...


Crews = Callable[[Terms], AbstractContextManager[Crew]]
"""Gives who plays, for the length of a run."""


def checked(
    harness: Player, rows: tuple[Case, ...], hearing: Hearing, crews: Crews, rounds: Rounds = ONCE
) -> Report:
    """Run cases and return the report.

    Args:
        harness: Knows what can be played.
        rows: The cases.
        hearing: Who hears of it.
        crews: Gives who plays.
        rounds: How often the cases are repeated; of all rounds of a case one is told then, in the end.

    Raises:
        EngineUnavailable: When an engine is not here, before any case has run.
        UsageError: When there is no such policy, before any case has run.
    """
    started, run = time.monotonic(), secrets.token_hex(6)
    cases, unavailable = _by_browser(harness, rows)
    for vector in dict.fromkeys((case.engine, case.policy) for case in cases):
        harness.browsers.find(*vector)
    learned = harness.learn(rows)
    config, broken = harness.config, list[Broken]()
    soaking = Soaking(len(cases)) if rounds.counts else None
    tickets, goes_on = rounds.tickets(cases), rounds.goes_on(len(cases), hearing.goes_on)
    results: list[CaseResult] = []
    with crews(_terms(harness, run, learned, pictures=hearing.look is not None)) as crew:
        for played in in_order(crew, tickets, goes_on):
            if played.unavailable is not None:
                unavailable.append(played.unavailable)
            elif played.broken is not None:
                broken.append(Broken(id=played.ticket.case.id, reason=played.broken))
            else:
                result = _result(played, config)
                if soaking is None:
                    _tell(played, hearing)
                    results.append(result)
                else:
                    soaking.add(played, result)
                hearing.progress(result)
    if soaking is not None:
        for played, result in soaking.shown():
            _tell(played, hearing)
            results.append(result)
    report = Report(
        run=run,
        rules=config.rules,
        summary=summarise(tuple(results), time.monotonic() - started),
        unavailable=tuple(unavailable),
        cases=tuple(results),
        learned=learned.sentence if learned else None,
        broken=tuple(broken),
        soak=soaking.counted(interrupted=not hearing.goes_on()) if soaking else None,
    )
    return held(report, config.expected)


def _terms(harness: Player, run: str, learned: Learned | None, *, pictures: bool) -> Terms:
    return Terms(
        run=run,
        rules=harness.config.rules,
        pictures=pictures,
        masked=harness.config.brand is not None,
        blind=learned is not None and not learned.telling,
        strangers=harness.strangers,
    )


def _by_browser(harness: Player, rows: tuple[Case, ...]) -> tuple[tuple[Case, ...], list[Unavailable]]:
    """Return the cases browser by browser, because a wide matrix would fill the memory, and what is none."""
    vectors: dict[Vector, list[Case]] = {}
    unavailable = []
    for case in rows:
        if (reason := harness.unplayable(case)) is not None:
            unavailable.append(Unavailable(engine=case.engine, policy=case.policy, reason=reason))
        else:
            vectors.setdefault((case.engine, case.policy), []).append(case)
    return tuple(case for chosen in vectors.values() for case in chosen), unavailable


def _result(played: Played, config: Config) -> CaseResult:
    """Return the row of the report; what passes on its retry only has not passed."""
    assert played.result is not None, "what was neither unavailable nor broken has a result"
    result = marked(played.result, config.expected)
    if played.ticket.attempt > 1:
        changes = {"retried": True, "flaky": result.passed, "passed": False}
        result = result.model_copy(update=changes)
    return result


def _tell(played: Played, hearing: Hearing) -> None:
    """Give away what a case leaves beside its result."""
    assert played.timeline is not None, "what has a result has a timeline"
    hearing.keep(played.timeline)
    if hearing.look:
        hearing.look(played.pictures)
    if played.recorded is not None:
        hearing.adopt(played.recorded)
