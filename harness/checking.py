"""The cases of a run, one after the other, each browser ended after its last one."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from harness.browser.camera import Camera
from harness.browser.pool import Browsers, Vector
from harness.config import Config
from harness.errors import PolicyUnavailable
from harness.expectations import held, marked
from harness.learning import Learned
from harness.matrix import Case
from harness.opened import OpenCase
from harness.report.model import CaseResult, Report, Unavailable, summarise, undetermined
from harness.report.picture import Picture
from harness.timeline import Timeline


@dataclass(frozen=True, kw_only=True)
class Hearing:
    """Who hears of a run while it goes on.

    Attributes:
        progress: Hears of each result as it comes.
        keep: Is given each case's timeline, ready to be saved.
        look: Is given each case's pictures right afterwards; none are taken where nobody looks.
        finish: Has the last word about a result.
        goes_on: Says whether a further case may begin.
    """

    progress: Callable[[CaseResult], None]
    keep: Callable[[Timeline], None]
    look: Callable[[tuple[Picture, ...]], None] | None
    finish: Callable[[Case, CaseResult, Timeline], CaseResult]
    goes_on: Callable[[], bool]


class Able(Protocol):
    """What opens a case."""

    def open(self, case: Case, *, camera: Camera | None = None) -> AbstractContextManager[OpenCase]:
        """Run one case and keep its pages open for the length of the block."""
        ...

    def recorded(self, name: str) -> AbstractContextManager[None]:
        """Have Playwright record what is opened in the block, where that was asked for."""
        ...


class Player(Protocol):
    """What plays cases."""

    config: Config

    @property
    def browsers(self) -> Browsers:
        """The browsers."""
        ...

    def unplayable(self, case: Case) -> str | None:
        """Return why a case cannot be played."""
        ...

    def learn(self, rows: tuple[Case, ...]) -> Learned | None:
        """See whether good can be told from bad."""
        ...

    def able_to_show(self, case: Case) -> AbstractContextManager[Able]:
        """Give what a case's fault can occur in."""
        ...


def checked(harness: Player, rows: tuple[Case, ...], hearing: Hearing) -> Report:
    """Run cases and return the report.

    Args:
        harness: Plays them.
        rows: The cases.
        hearing: Who hears of it.

    Raises:
        EngineUnavailable: When an engine is not here, before any case has run.
        UsageError: When there is no such policy, before any case has run.
    """
    started, run = time.monotonic(), secrets.token_hex(6)
    vectors, unavailable = _by_browser(harness, rows)
    for vector in vectors:
        harness.browsers.find(*vector)
    learned = harness.learn(rows)
    blind = learned is not None and not learned.telling
    results: list[CaseResult] = []
    for vector, chosen in vectors.items():
        try:
            with harness.browsers.lent(*vector):
                for case in chosen:
                    if not hearing.goes_on():
                        break
                    results.append(_played(harness, case, hearing, run=run, blind=blind))
                    hearing.progress(results[-1])
        except PolicyUnavailable as error:
            unavailable.append(Unavailable(engine=error.engine, policy=error.policy, reason=error.reason))
    report = Report(
        run=run,
        rules=harness.config.rules,
        summary=summarise(tuple(results), time.monotonic() - started),
        unavailable=tuple(unavailable),
        cases=tuple(results),
        learned=learned.sentence if learned else None,
    )
    return held(report, harness.config.expected)


def _by_browser(
    harness: Player, rows: tuple[Case, ...]
) -> tuple[dict[Vector, list[Case]], list[Unavailable]]:
    """Return the cases browser by browser, because a wide matrix would fill the memory, and what is none."""
    vectors: dict[Vector, list[Case]] = {}
    unavailable = []
    for case in rows:
        if (reason := harness.unplayable(case)) is not None:
            unavailable.append(Unavailable(engine=case.engine, policy=case.policy, reason=reason))
        else:
            vectors.setdefault((case.engine, case.policy), []).append(case)
    return vectors, unavailable


def _played(harness: Player, case: Case, hearing: Hearing, *, run: str, blind: bool) -> CaseResult:
    """Run a case; where good cannot be told from bad, nothing can be said about it."""
    camera = Camera(masked=harness.config.brand is not None) if hearing.look else None
    with (
        harness.able_to_show(case) as able,
        able.recorded(case.id),
        able.open(case, camera=camera) as opened,
    ):
        result, timeline = opened.result(), opened.timeline
        hearing.keep(opened.saved(run=run, rules=harness.config.rules))
    if hearing.look:
        hearing.look(opened.pictures)
    finished = undetermined(result) if blind else hearing.finish(case, result, timeline)
    return marked(finished, harness.config.expected)
