"""What the platform's SDK and window do of their own accord, where a weaker platform would do worse.

The defaults are the product. A self-test puts weaker habits in at composition, to show that the checks see
what a weak platform would let happen; those of the verification backend are in
:mod:`harness.verification.habits`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from starlette.requests import Request

from harness.roles.web import CookieForm


def _remembered(request: Request) -> bool:
    return True


def _nowhere(address: str) -> bool:
    return False


@dataclass(frozen=True, kw_only=True)
class GateHabits:
    """How careful the API's front door is.

    Attributes:
        any_origin: Whether a page of any site may change something.
        any_type: Whether a body of any content type is read.
        limited: Whether size and rate have a limit.
        reflects_origin: Whether any page may read the answers.
    """

    any_origin: bool = False
    any_type: bool = False
    limited: bool = True
    reflects_origin: bool = False


@dataclass(frozen=True, kw_only=True)
class PageHabits:
    """The choices of SDK and window.

    Attributes:
        scripts: Scripts of ``web/static/weak-platform`` that replace what both hold to.
        headers: Headers of the window's page beside or instead of its own.
        csp: Directives of its content security policy beside or instead of its own.
        binding_cookie: How the cookie looks that binds a popup to its browser; ``None`` as needed.
        session_cookie: Whether a framed window counts on a cookie for its session.
        remembered: Whether the browser of a popup that comes back has what is needed beside its cookie.
        framed_by: The sources of the window's ``frame-ancestors``; the registered origins when ``None``.
        popup_target: The name of the window in which the SDK opens the popup.
        tag: A page that the SDK's address answers with instead of the SDK.
        gate: How careful the API's front door is.
        says_why: Whether the window is told why a credential was refused.
        keeps_session: Whether a window's session stays the same when somebody signs in.
        shared_history: Whether a login takes up what a guest said in another window.
        leads_to: Whether the window goes on to an address that it is told to go on to.
        longest_address: The longest address that what stands before the window lets through.
        too_long: The status with which it refuses a longer one.
    """

    scripts: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    csp: Mapping[str, str] = field(default_factory=dict)
    binding_cookie: CookieForm | None = None
    session_cookie: bool = False
    remembered: Callable[[Request], bool] = _remembered
    framed_by: tuple[str, ...] | None = None
    popup_target: str = "_blank"
    tag: str | None = None
    gate: GateHabits = field(default_factory=GateHabits)
    says_why: bool = False
    keeps_session: bool = False
    shared_history: bool = False
    leads_to: Callable[[str], bool] = _nowhere
    longest_address: int | None = None
    too_long: int = 414
