"""Where cases are played one after the other: a harness, and one browser at a time."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, Self

from playwright.sync_api import Error

from harness.browser.camera import Camera
from harness.browser.pool import Browsers, Vector
from harness.browser.tracing import Recorded
from harness.errors import HarnessBroken, PolicyUnavailable
from harness.executors.tickets import Played, Terms, Ticket
from harness.executors.usage import usage
from harness.matrix import Case
from harness.opened import OpenCase
from harness.redact import Redactor
from harness.report.model import CaseResult, Unavailable, undetermined
from harness.timeline import Timeline

Finish = Callable[[Case, CaseResult, Timeline], CaseResult]
"""Has the last word about a result."""


DRIVER_GONE = "Connection closed while reading from the driver"


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

    strangers: tuple[str, ...]

    @property
    def browsers(self) -> Browsers:
        """The browsers."""
        ...

    def able_to_show(self, case: Case) -> AbstractContextManager[Able]:
        """Give what a case's fault can occur in."""
        ...


class Seat:
    """Plays cases; a context manager that ends the browser.

    Args:
        harness: What plays.
        terms: What holds for every case.
        finish: Has the last word about a result.

    Attributes:
        taken: Gives what was recorded of the last case, where that has to be brought somewhere else.
    """

    taken: Callable[[], Recorded] | None = None

    def __init__(self, harness: Player, terms: Terms, finish: Finish) -> None:
        self._harness, self._terms, self._finish = harness, terms, finish
        self._stack = contextlib.ExitStack()
        self._vector: Vector | None = None
        harness.strangers = terms.strangers

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._vector = None
        self._stack.close()

    def play(self, ticket: Ticket) -> Played:
        """Play a case, in a browser that is ended when another one is asked for: many would fill the memory.

        Raises:
            EngineUnavailable: When the engine is not here.
            UsageError: When the case cannot be played.
            ExtensionError: When a check of an extension fails.
        """
        try:
            self._take(ticket.vector)
            return self._played(ticket)
        except PolicyUnavailable as error:
            reason = Unavailable(engine=error.engine, policy=error.policy, reason=error.reason)
            return Played(ticket=ticket, unavailable=reason)
        except Exception as error:
            if not _broke(error):
                raise
            self._drop()
            return Played(ticket=ticket, broken=Redactor().text(str(error).splitlines()[0]))

    def _take(self, vector: Vector) -> None:
        if vector != self._vector:
            self.__exit__()
            self._stack.enter_context(self._harness.browsers.lent(*vector))
            self._vector = vector

    def _drop(self) -> None:
        """End a browser that may be broken, so that the next case has another one."""
        vector = self._vector
        with contextlib.suppress(Exception):  # it is broken, and so may be what ends it
            self.__exit__()
        if vector is not None:
            with contextlib.suppress(Exception):
                self._harness.browsers.drop(*vector)

    def _played(self, ticket: Ticket) -> Played:
        terms, case = self._terms, ticket.case
        camera = Camera(masked=terms.masked) if terms.pictures else None
        with (
            self._harness.able_to_show(case) as able,
            able.recorded(case.id),
            able.open(case, camera=camera) as opened,
        ):
            result, timeline = opened.result(), opened.timeline
            saved, pictures = (
                opened.saved(run=terms.run, rules=terms.rules),
                opened.pictures if camera else (),
            )
        # Where good cannot be told from bad, nothing can be said about a case.
        finished = undetermined(result) if terms.blind else self._finish(case, result, timeline)
        held = usage() if ticket.weigh else None
        return Played(
            ticket=ticket,
            result=finished,
            timeline=saved,
            pictures=pictures,
            recorded=self.taken() if self.taken else None,
            usage=held,
        )


def _broke(error: Exception) -> bool:
    """Tell whether the harness itself broke; Playwright has no class of its own for a driver that is gone."""
    return isinstance(error, HarnessBroken | Error) or DRIVER_GONE in str(error)
