"""The surfaces' page objects, where a browser does what it seldom does."""

from __future__ import annotations

from unittest.mock import MagicMock

from playwright.sync_api import Error

from harness import Config
from harness.browser.surfaces import ChatWindow, Embedded


def test_a_page_that_is_left_while_it_is_asked_is_asked_again() -> None:
    """A navigation may have another one after it; how it all ended, the page says that stays."""
    context = MagicMock()
    left, stays = MagicMock(), MagicMock()
    left.json_value.side_effect = Error("Execution context was destroyed")
    stays.json_value.return_value = ["navigated", False]
    surface = Embedded(context, Config(), flow="code", mode="strict", signed_in=True)
    context.new_page.return_value.evaluate.return_value = 1.0
    context.new_page.return_value.wait_for_function.side_effect = [left, stays]
    surface.arrive()

    assert "navigated" == surface.wait_ended(ChatWindow(view=surface.page))
