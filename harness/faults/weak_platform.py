"""Weaker habits of the platform itself: what the checks must notice if the product ever had them."""

from __future__ import annotations

from harness.roles.seams import Seams
from harness.verification.habits import Habits


def weak_verifier(*, text: str = "", repeat: int = 1) -> Seams:
    """Make every ``code_verifier`` the same.

    Args:
        text: What it consists of.
        repeat: How often.
    """
    return Seams(habits=Habits(code_verifier=lambda length: text * repeat))


def merged_issuers() -> Seams:
    """Tell consumers apart by their subject alone."""
    return Seams(habits=Habits(profile_key=lambda account, iss, sub: (account, "any issuer", sub)))


def popup_target(*, name: str) -> Seams:
    """Open every popup in the window of one name.

    Args:
        name: The window's name.
    """
    return Seams(habits=Habits(popup_target=name))
