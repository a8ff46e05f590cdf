"""What the consumer, or somebody in their place, does out of the ordinary in a real browser."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping

from playwright.sync_api import TimeoutError as PlaywrightTimeout

from harness.browser.drive import Driven
from harness.browser.login import customer, fill_login
from harness.browser.scenarios import Stage, expired, sign_in, twice

STUCK_MS = 5000
"""How long a consumer waits for a login page that does not go on before they try again."""


def signs_in_first(stage: Stage) -> Driven:
    """Sign in on the brand's own pages, with nobody signed in before, and open the chat."""
    stage.surface.context.clear_cookies()
    stage.surface.sign_in(customer(str(stage.account)))
    return sign_in(stage)


def comes_back(stage: Stage) -> Driven:
    """Visit the shop until its service worker answers, then sign in there and open the chat."""
    stage.surface.page.goto(stage.home)
    stage.surface.page.locator("html[data-worker=answers]").wait_for(state="attached")
    return signs_in_first(stage)


def tries_again(stage: Stage) -> Driven:
    """Sign in to the shop, stay on the login page, start once more, and open the chat."""
    page, context = stage.surface.page, stage.surface.context
    context.clear_cookies()
    page.goto(f"{stage.home}login")
    with contextlib.suppress(PlaywrightTimeout), page.expect_event("requestfailed", timeout=STUCK_MS):
        fill_login(page, customer(str(stage.account)))
    page.goto(f"{stage.home}login")
    page.get_by_role("heading", name="Your account").wait_for()
    return sign_in(stage)


DEEDS: Mapping[str, Callable[[Stage], Driven | None]] = {
    "twice": twice,
    "expired": expired,
    "signs_in_first": signs_in_first,
    "comes_back": comes_back,
    "tries_again": tries_again,
}
"""By the names that rows of ``faults.toml`` use."""
