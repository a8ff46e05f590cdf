"""Weaker habits of the platform itself: what the checks must notice if the product ever had them."""

from __future__ import annotations

from harness.roles.platform.habits import PageHabits
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


def weak_pages(*, scripts: tuple[str, ...] = (), framed_by: tuple[str, ...] | None = None) -> Seams:
    """Let SDK and window be less careful.

    Args:
        scripts: Scripts of ``web/static/weak-platform``.
        framed_by: The only sources that may frame the window.
    """
    habits = PageHabits(scripts=tuple(scripts), framed_by=tuple(framed_by) if framed_by else None)
    return Seams(page_habits=habits)


def tag_page(*, text: str) -> Seams:
    """Let the SDK's address answer with a page, as a captive portal or a fallback route does."""
    return Seams(page_habits=PageHabits(tag=text))
