"""A trial starts only what may not obey, and tells in one sentence what does not."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from playwright.sync_api import Error, Playwright

from harness.browser.engines import Found
from harness.browser.trial import tried
from harness.errors import EngineUnavailable

STOCK = Found(engine="firefox", executable=Path("/usr/bin/firefox-esr"), origin="system")
OWN = Found(engine="firefox", executable=Path("/own/firefox"), origin="playwright")


class Browser:
    """A browser that may lack a command; it keeps whether it was closed."""

    version = "153.7.0"

    def __init__(self, lacks: str = "") -> None:
        self.lacks, self.closed = lacks, False

    def new_page(self) -> Browser:
        """Open a page, if it can."""
        if self.lacks:
            raise Error(f"{self.lacks}: unknown command\nCall log: …")
        return self

    def close(self) -> None:
        """Close it."""
        self.closed = True


def driver(browser: Browser | None) -> Playwright:
    """Return a driver whose Firefox is this browser, or does not start."""

    def launch(**options: Any) -> Browser:
        if browser is None:
            raise Error("Process exited early\nlog")
        return browser

    return cast(
        "Playwright", SimpleNamespace(chromium=None, webkit=None, firefox=SimpleNamespace(launch=launch))
    )


def test_what_is_no_experiment_is_not_started() -> None:
    """Playwright's own build is driven as it documents."""
    assert OWN is tried(driver(None), OWN)


def test_a_stock_firefox_that_obeys_is_closed_again() -> None:
    """It is here, and nothing of the trial is left."""
    browser = Browser()

    assert STOCK is tried(driver(browser), STOCK)
    assert browser.closed


def test_a_command_that_it_lacks_makes_it_unavailable() -> None:
    """The sentence names both versions, the command, and what mends it; the browser is closed."""
    browser = Browser(lacks="emulation.setMediaFeaturesOverride")

    with pytest.raises(
        EngineUnavailable, match=r"firefox 153\.7\.0 \(/usr/bin/firefox-esr\) cannot be driven"
    ) as told:
        tried(driver(browser), STOCK)

    assert "emulation.setMediaFeaturesOverride: unknown command; a stock Firefox ESR needs" in str(told.value)
    assert browser.closed


def test_one_that_does_not_start_says_so() -> None:
    """The first line of what the driver says is the reason."""
    with pytest.raises(EngineUnavailable, match=r"does not start: Process exited early$"):
        tried(driver(None), STOCK)
