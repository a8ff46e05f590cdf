"""What passes between whoever asks for cases and whoever plays them: frozen, picklable."""

from __future__ import annotations

from dataclasses import dataclass

from harness.browser.pool import Vector
from harness.browser.tracing import Recorded
from harness.errors import HarnessError
from harness.executors.usage import Usage
from harness.matrix import Case
from harness.report.model import CaseResult, Unavailable
from harness.report.picture import Picture
from harness.timeline import Timeline

ATTEMPTS = 2
"""How often a case is tried whose browser or process broke down."""


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """A case that is to be played.

    Attributes:
        place: Its place in the run, from 0: results come in this order.
        case: The row of the matrix.
        attempt: Which try it is, from 1; a further one follows where the harness broke, never a verdict.
        weigh: Whether it is asked afterwards what the process and its browser hold.
    """

    place: int
    case: Case
    attempt: int = 1
    weigh: bool = False

    @property
    def vector(self) -> Vector:
        """The browser that it takes."""
        return self.case.engine, self.case.policy


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What holds for every case of a run.

    Attributes:
        run: The run's id.
        rules: The set of checks that is pinned.
        pictures: Whether pictures are taken.
        masked: Whether nothing on them may be readable.
        blind: Whether good cannot be told from bad, so that nothing can be said.
        strangers: Fingerprints of the credentials that the page gave to somebody who never signed in.
    """

    run: str
    rules: str
    pictures: bool = False
    masked: bool = False
    blind: bool = False
    strangers: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Failure:
    """An error that ends a run, in a form that reaches another process."""

    kind: type[HarnessError]
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Played:
    """What came of a ticket: a result, or why there is none.

    Attributes:
        result: The row of the report.
        timeline: What happened, ready to be saved.
        pictures: What it looked like, where somebody wants to see it.
        recorded: What Playwright recorded elsewhere.
        usage: What the process and its browser held afterwards, where that was asked for.
        unavailable: Why the browser cannot be had under these conditions.
        broken: How the harness itself broke, in one line.
        failure: What ends the whole run.
    """

    ticket: Ticket
    result: CaseResult | None = None
    timeline: Timeline | None = None
    pictures: tuple[Picture, ...] = ()
    recorded: Recorded | None = None
    usage: Usage | None = None
    unavailable: Unavailable | None = None
    broken: str | None = None
    failure: Failure | None = None
