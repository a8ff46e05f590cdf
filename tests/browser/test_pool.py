"""The browsers of a harness: a worn one is replaced, but never under somebody's hands."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from playwright.sync_api import Browser

from harness.browser.pool import WORN, Launched
from harness.report.model import Conditions

HELD = Conditions(
    third_party_cookies="partitioned",
    partitioning=True,
    popup_blocker=True,
    engine_version="firefox 153.7.0",
    tls_trust="per-run CA",
)


class Counted:
    """A browser in which contexts are opened and closed."""

    def __init__(self, engine: str) -> None:
        self.browser_type = SimpleNamespace(name=engine)
        self.contexts: list[object] = []
        self._listeners: list[Callable[[Any], None]] = []

    def on(self, event: str, listener: Callable[[Any], None]) -> None:
        """Listen for contexts."""
        assert "context" == event
        self._listeners.append(listener)

    def open(self) -> None:
        """Open a context."""
        self.contexts.append(object())
        for listener in self._listeners:
            listener(self.contexts[-1])


@pytest.mark.parametrize(("engine", "worn"), [("firefox", True), ("chromium", False)])
def test_a_browser_that_keeps_what_was_closed_wears_out(engine: str, worn: bool) -> None:
    """Firefox does; and only once nothing is open in it."""
    browser = Counted(engine)
    launched = Launched(cast("Browser", browser), HELD, contextlib.ExitStack())
    for _ in range(WORN["firefox"]):
        assert not launched.worn
        browser.open()

    assert not launched.worn
    browser.contexts.clear()
    assert worn == launched.worn


def test_closing_it_ends_what_belongs_to_it() -> None:
    """Its stack is unwound."""
    ended: list[str] = []
    stack = contextlib.ExitStack()
    stack.callback(ended.append, "browser")

    Launched(cast("Browser", Counted("firefox")), HELD, stack).close()

    assert ["browser"] == ended
