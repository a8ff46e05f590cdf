"""What the consumer does in each scenario, on any surface."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.browser.drive import Driven, drive
from harness.browser.surfaces import SurfaceDriver
from harness.config import Scenario
from harness.server import RunningServer

EXPIRED_AFTER = 400
"""Seconds after which an id_token of five minutes has expired, leeway included."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What a scenario needs.

    Attributes:
        surface: The surface of the case in its fresh context, nothing clicked yet.
        another: Gives the same surface in another tab of the same context.
        elsewhere: Gives it in another fresh browser of the same consumer.
        advance: Moves the servers' clock ahead by seconds.
        forget: Says that the sign-in which cases share is about to end.
        note: Puts on the timeline who acts now, and how.
        server: The servers, for those who play an attacker's part.
        account: Who is signed in at the start; nobody when ``None``.
        other: Somebody else.
        expire: Lets the credential of an open chat expire.
    """

    surface: SurfaceDriver
    another: Callable[[], SurfaceDriver]
    elsewhere: Callable[[], SurfaceDriver]
    advance: Callable[[float], None]
    forget: Callable[[], None]
    note: Callable[[str, str | None], None]
    server: RunningServer
    account: str | None
    other: str
    expire: Callable[[], None]

    @property
    def home(self) -> str:
        """The brand's home page."""
        return f"https://{self.server.config.sites.brand}/"


def sign_in(stage: Stage) -> Driven:
    """Open the chat once."""
    stage.note("opens_chat", stage.account)
    return drive(stage.surface)


def logged_out(stage: Stage) -> Driven:
    """Open the chat with nobody signed in; a popup then shows the login, where the consumer signs in."""
    stage.note("opens_chat", None)
    return drive(stage.surface)


def twice(stage: Stage) -> Driven:
    """Open the chat, load the page again and open it once more."""
    sign_in(stage)
    return sign_in(stage)


def expired(stage: Stage) -> Driven:
    """Let the credential expire in an open chat and say something: the sign-in is renewed."""
    driven = sign_in(stage)
    # A window that has not said hello yet would be told of the expiry before the consumer says anything.
    driven.window.wait_open()
    stage.expire()
    stage.note("speaks_again", stage.account)
    driven.window.say("Are you still there?")
    stage.surface.confirm(driven.window)
    driven.window.conversation.get_by_text("Are you still there?").wait_for()
    return driven


def switch_user(stage: Stage) -> Driven:
    """Open the chat, sign out, let another consumer sign in on the same device and open it again."""
    sign_in(stage)
    stage.forget()
    stage.surface.sign_out()
    stage.surface.sign_in(stage.other)
    stage.note("opens_chat", stage.other)
    return drive(stage.surface)


def two_windows(stage: Stage) -> Driven:
    """Open the chat in two tabs of one browser."""
    first = sign_in(stage)
    stage.note("opens_chat", stage.account)
    drive(stage.another())
    return first


PLAYS: Mapping[Scenario, Callable[[Stage], Driven]] = {
    "sign-in": sign_in,
    "logged-out": logged_out,
    "twice": twice,
    "expired": expired,
    "switch-user": switch_user,
    "two-windows": two_windows,
}
