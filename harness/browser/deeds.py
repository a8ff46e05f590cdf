"""What the consumer, or somebody in their place, does out of the ordinary in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.browser.drive import Driven, drive
from harness.browser.popup_deeds import POPUP_DEEDS
from harness.browser.scenarios import EXPIRED_AFTER, Stage, expired, sign_in, twice
from harness.browser.surfaces import Embedded


def returns_later(stage: Stage) -> Driven:
    """Open the chat, and again when what the page had then has expired."""
    sign_in(stage)
    stage.advance(EXPIRED_AFTER)
    return sign_in(stage)


def tries_again(stage: Stage) -> Driven:
    """Open the chat, and again on the page to which that has led."""
    stage.forget()  # a login in between ends the session that the cases share
    driven = sign_in(stage)
    surface = stage.surface
    if driven.state != "navigated" or not isinstance(surface, Embedded):
        return driven
    surface.page.wait_for_load_state()
    surface.arrive()
    return drive(surface, opened=True)


DEEDS: Mapping[str, Callable[[Stage], Driven | None]] = {
    "twice": twice,
    "expired": expired,
    "returns-later": returns_later,
    "tries-again": tries_again,
    **POPUP_DEEDS,
}
"""By the names that rows of ``faults.toml`` use."""
