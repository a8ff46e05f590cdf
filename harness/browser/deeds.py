"""What the consumer, or somebody in their place, does out of the ordinary in a real browser."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping

from playwright.sync_api import TimeoutError as PlaywrightTimeout

from harness.browser.drive import Driven, drive
from harness.browser.login import customer, fill_login
from harness.browser.popup_deeds import POPUP_DEEDS
from harness.browser.scenarios import EXPIRED_AFTER, Stage, expired, sign_in, twice
from harness.browser.surfaces import Embedded

STUCK_MS = 5000
"""How long a consumer waits for a login page that does not go on before they try again."""


def signs_in_first(stage: Stage) -> Driven:
    """Sign in on the brand's own pages, with nobody signed in before, and open the chat."""
    stage.surface.context.clear_cookies()
    stage.surface.sign_in(str(stage.account))
    return sign_in(stage)


def comes_back(stage: Stage) -> Driven:
    """Visit the shop until its service worker answers, then sign in there and open the chat."""
    stage.surface.page.goto(stage.home)
    stage.surface.page.locator("html[data-worker=answers]").wait_for(state="attached")
    return signs_in_first(stage)


def signs_in_again(stage: Stage) -> Driven:
    """Sign in to the shop, stay on the login page, start once more, and open the chat."""
    page, context = stage.surface.page, stage.surface.context
    context.clear_cookies()
    page.goto(f"{stage.home}login")
    with contextlib.suppress(PlaywrightTimeout), page.expect_event("requestfailed", timeout=STUCK_MS):
        fill_login(page, customer(str(stage.account)))
    page.goto(f"{stage.home}login")
    page.get_by_role("heading", name="Your account").wait_for()
    return sign_in(stage)


def returns_later(stage: Stage) -> Driven:
    """Open the chat, leave, and open it again when what the page had then has expired."""
    sign_in(stage)
    # A chat that is still open would notice by itself, and ask the page before the consumer does.
    stage.surface.page.goto("about:blank")
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
    "signs-in-first": signs_in_first,
    "comes-back": comes_back,
    "signs-in-again": signs_in_again,
    "returns-later": returns_later,
    "tries-again": tries_again,
    **POPUP_DEEDS,
}
"""By the names that rows of ``faults.toml`` use."""
