"""What makes a seat in another process: picklable, and the same wherever it is made."""

from __future__ import annotations

import contextlib
import functools
import pickle
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from harness import temporary
from harness.browser.tracing import Recordings
from harness.errors import HarnessError, UsageError
from harness.executors.seat import Player, Seat
from harness.executors.tickets import Failure, Played, Terms, Ticket
from harness.matrix import Case
from harness.report.model import CaseResult
from harness.timeline import Timeline

LastWord = Callable[[Any, Case, CaseResult, Timeline], CaseResult]
"""Has the last word about a result; it is given the harness in which the case ran."""


def as_it_is(_: Any, __: Case, result: CaseResult, ___: Timeline) -> CaseResult:
    """Return a result as it is."""
    return result


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What makes a seat.

    Attributes:
        harness: Makes the harness; it takes ``recordings``.
        terms: What holds for every case.
        finish: Has the last word about a result.
        recordings: What is recorded, as :meth:`Recordings.elsewhere` takes it; nothing when ``None``.
    """

    harness: Callable[..., AbstractContextManager[Player]]
    terms: Terms
    finish: LastWord = as_it_is
    recordings: tuple[bool, bool, bytes] | None = None

    def check(self) -> None:
        """See that it can be sent to another process.

        Raises:
            UsageError: When something in it cannot.
        """
        try:
            pickle.dumps(self)
        except (pickle.PicklingError, TypeError, AttributeError) as error:
            raise UsageError(
                f"this cannot be sent to another process: {str(error).splitlines()[0]}; use one worker, or "
                "functions and classes of a module"
            ) from None

    @contextlib.contextmanager
    def seat(self) -> Iterator[Seat]:
        """Give the seat, and the harness with it, for the length of the block."""
        with contextlib.ExitStack() as stack:
            recordings = None
            if self.recordings is not None:
                folder = stack.enter_context(temporary.folder())
                recordings = Recordings.elsewhere(folder, *self.recordings)
            harness = stack.enter_context(self.harness(recordings=recordings))
            finish = functools.partial(self.finish, harness)
            seat = stack.enter_context(Seat(harness, self.terms, finish))
            if recordings is not None:
                seat.taken = recordings.taken
            yield seat


def play(seat: Seat, ticket: Ticket) -> Played:
    """Play a case where nobody who could be told of an error is: it is a part of what came of it."""
    try:
        return seat.play(ticket)
    except HarnessError as error:
        return Played(ticket=ticket, failure=Failure(kind=type(error), sentence=str(error)))
