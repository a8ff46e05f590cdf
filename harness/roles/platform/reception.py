"""How a window is received after a verdict, and under which names browsers know windows' sessions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.roles.platform.conversations import Desk
from harness.roles.platform.habits import PageHabits
from harness.roles.platform.session_tokens import SessionTokens
from harness.store import Store
from harness.verification.decision import Verdict

WINDOW_SECONDS = 24 * 3600


class Reception:
    """Opens windows' sessions and conversations.

    Args:
        store: The sessions.
        desk: Opens conversations, and goes on with them.
        tokens: Issues what a window holds after a verdict.
        habits: What the platform does of its own accord.
    """

    def __init__(
        self, *, store: Store, desk: Desk, tokens: SessionTokens, habits: Callable[[], PageHabits]
    ) -> None:
        self._store, self._desk, self._tokens, self._habits = store, desk, tokens, habits

    def session(self) -> str:
        """Open a window's session; what it is called here, no browser learns."""
        return self._store.sessions.open("window", {}, seconds=WINDOW_SECONDS)

    def visitor(self, session: str) -> str:
        """Return a new name under which the browser knows a window's session."""
        return self._store.sessions.open("visitor", {"window": session}, seconds=WINDOW_SECONDS)

    def session_of(self, visitor: str) -> str:
        """Return the window's session behind a name of the browser's; nothing for a name that nobody gave."""
        found = self._store.sessions.find("visitor", visitor)
        return str(found["window"]) if found else ""

    def rotated(self, visitor: str, session: str, verdict: Verdict) -> str:
        """Return the name from now on: at a login another one, which nobody can have known before it."""
        if verdict.outcome != "authenticated" or self._habits().keeps_session:
            return visitor
        self._store.sessions.end("visitor", visitor)
        return self.visitor(session)

    def welcome(
        self, verdict: Verdict, surface: str, unverified: dict[str, Any], *, session: str = ""
    ) -> dict[str, Any]:
        """Open the conversation, or go on with the window's, and return what the window may know."""
        conversation = (self._store.sessions.find("window", session) or {}).get("conversation")
        if conversation is None and verdict.profile is not None and self._habits().shared_history:
            conversation = self._desk.latest_guest()
        if conversation and verdict.flow and self._desk.may_go_on(conversation, profile=verdict.profile):
            self._desk.go_on(conversation, profile=verdict.profile)
        else:
            conversation = self._desk.open(profile=verdict.profile, surface=surface, unverified=unverified)
            self._store.sessions.merge("window", session, conversation=conversation)
        name = " ".join(
            str(verdict.claims[part]) for part in ("given_name", "family_name") if part in verdict.claims
        )
        why = verdict.problems[0].problem.observed if verdict.problems else None
        return {
            **({"reason": why} if self._habits().says_why else {}),
            "outcome": verdict.outcome,
            "name": name or None,
            "reference": verdict.flow,
            "token": self._tokens.issue(conversation, until=verdict.expires_at),
        }
