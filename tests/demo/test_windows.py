"""Where the windows stand."""

from __future__ import annotations

import pytest

from harness.demo.windows import WIDEST, places, popup_place


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1280, 720), (1920, 1080), (2560, 1440)])
def test_the_two_windows_share_the_screen_without_overlapping(width: int, height: int) -> None:
    """The shop gets the larger part, and a popup stays within it."""
    found = places({"left": 0, "top": 24, "width": width, "height": height})
    popup = popup_place(found.stage)

    assert found.stage.left + found.stage.width == found.panel.left
    assert width == found.stage.width + found.panel.width
    assert found.panel.width <= WIDEST < found.stage.width
    assert 24 == found.stage.top == found.panel.top
    assert popup.left >= found.stage.left
    assert popup.left + popup.width <= found.panel.left
    assert popup.top + popup.height <= 24 + height
