"""Weaker habits of the platform itself: what the checks must notice if the product ever had them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from harness.roles.platform.habits import PageHabits
from harness.roles.seams import Seams
from harness.roles.web import CookieForm
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


def weak_pages(
    *,
    scripts: tuple[str, ...] = (),
    headers: Mapping[str, str] | None = None,
    csp: Mapping[str, str] | None = None,
    binding_cookie: Mapping[str, Any] | None = None,
    session_cookie: bool = False,
    framed_by: tuple[str, ...] | None = None,
) -> Seams:
    """Let SDK and window be less careful.

    Args:
        scripts: Scripts of ``web/static/weak-platform``.
        headers: Headers of the window's page.
        csp: Directives of its content security policy.
        binding_cookie: What the cookie that binds a popup says of itself, as
            :class:`~harness.roles.web.CookieForm` has it.
        session_cookie: Whether a framed window counts on a cookie for its session.
        framed_by: The only sources that may frame the window.
    """
    habits = PageHabits(
        scripts=tuple(scripts),
        headers=headers or {},
        csp=csp or {},
        binding_cookie=CookieForm(**binding_cookie) if binding_cookie is not None else None,
        session_cookie=session_cookie,
        framed_by=tuple(framed_by) if framed_by else None,
    )
    return Seams(page_habits=habits)


_BELIEVED: Mapping[str, Callable[[str], bool]] = {
    "anything": lambda address: True,
    "a path": lambda address: address.startswith("/"),
    "the platform's name": lambda address: "chat.platform.test" in address,
    "no http": lambda address: not address.startswith(("http:", "https:", "//")),
}
"""What careless code takes for an address of its own."""


def open_callback(*, believes: str) -> Seams:
    """Let the window go on to addresses that it is told to go on to.

    Args:
        believes: What it takes for an address of its own, a key of :data:`_BELIEVED`.
    """
    return Seams(page_habits=PageHabits(leads_to=_BELIEVED[believes]))


def longest_address(*, characters: int, status: int) -> Seams:
    """Let what stands before the window refuse long addresses.

    Args:
        characters: The longest address that is let through.
        status: The status of the refusal.
    """
    return Seams(page_habits=PageHabits(longest_address=characters, too_long=status))


def state_in_frame() -> Seams:
    """Count on what a frame of the platform's has kept about the sign-in that a popup comes back from."""
    kept = PageHabits(scripts=("state-in-frame",), remembered=lambda request: "x-sign-in" in request.headers)
    return Seams(page_habits=kept)


def tag_page(*, text: str) -> Seams:
    """Let the SDK's address answer with a page, as a captive portal or a fallback route does."""
    return Seams(page_habits=PageHabits(tag=text))


def popup_target(*, name: str) -> Seams:
    """Open every popup in the window of one name.

    Args:
        name: The window's name.
    """
    return Seams(page_habits=PageHabits(popup_target=name))
