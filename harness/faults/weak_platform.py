"""Weaker habits of the platform itself: what the checks must notice if the product ever had them."""

from __future__ import annotations

from harness.verification.habits import Habits


def weak_verifier(*, text: str = "", repeat: int = 1) -> Habits:
    """Make every ``code_verifier`` the same.

    Args:
        text: What it consists of.
        repeat: How often.
    """
    return Habits(code_verifier=lambda length: text * repeat)


def merged_issuers() -> Habits:
    """Tell consumers apart by their subject alone."""
    return Habits(profile_key=lambda account, iss, sub: (account, "any issuer", sub))
