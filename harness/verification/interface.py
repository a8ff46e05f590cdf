"""What the platform's window needs of a verification backend, whoever implements it.

The calls are those of the platform contract; their HTTP form is :mod:`harness.verification.contract`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from harness.protocol.authorization import ResponseMode
from harness.protocol.page_method import PageAnswer
from harness.protocol.problem import Problem
from harness.verification.decision import Engagement, Verdict


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call of the page method, or one credential request to an app: all the browser may know."""

    call_id: str = field(repr=False)
    code_challenge: str | None
    sealed_verifier: str | None = field(repr=False)


class BackendFailed(Exception):
    """A backend gave no verdict: nobody is to blame for that but the backend.

    Args:
        operation: What it was asked to do.
        expected: What the contract asks for.
        observed: What was seen, redacted.
    """

    def __init__(self, operation: str, *, expected: str, observed: str) -> None:
        super().__init__(f"{operation}: expected {expected}, observed {observed}")
        self.operation, self.expected, self.observed = operation, expected, observed


class VerificationBackend(Protocol):
    """Opens transactions and decides what comes back; every verdict is put on the timeline.

    Every method may raise :class:`BackendFailed`; the embedded backend never does.
    """

    def open_call(self, engagement: Engagement, *, origin: str, session: str) -> Call:
        """Open a call of the page method (or of an app) for one window session of one brand origin."""
        ...

    def answer_call(
        self,
        *,
        call_id: str,
        session: str,
        origin: str,
        sealed_verifier: str | None,
        answer: PageAnswer,
        identity: Any = None,
    ) -> Verdict:
        """Decide what a page or an app answered to one call."""
        ...

    def renew(self, *, session: str) -> Verdict | None:
        """Renew a window's sign-in by refresh token; ``None`` where the consumer has to be asked for."""
        ...

    def open_popup(self, engagement: Engagement, *, popup: str, binding: str, window_config: Any) -> str:
        """Open an authorization transaction and return the URL that the popup is sent to."""
        ...

    def answer_popup(self, encoded: str, *, mode: ResponseMode, binding: str | None, session: str) -> Verdict:
        """Decide an authorization response that came back to the window."""
        ...

    def refuse_response(self, problem: Problem) -> Verdict:
        """Refuse what came to the window's address in a form that no response has."""
        ...
