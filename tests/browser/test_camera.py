"""The mask that pictures are taken under, without a browser."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest
from playwright.sync_api import Error, Page

from harness.browser.camera import Camera


class Frame:
    """A frame that can be masked, or is gone.

    Args:
        gone: In which modes it cannot be asked.
    """

    def __init__(self, *gone: str) -> None:
        self.gone = gone
        self.asked: list[str] = []

    def wait_for_function(self, _: str, *, arg: list[str], timeout: float) -> SimpleNamespace:
        """Answer as the driver does."""
        mode = arg[1]
        if mode in self.gone:
            raise Error("Frame was detached")
        self.asked.append(mode)
        return SimpleNamespace(json_value=lambda: True)


def page_of(*frames: Frame) -> Page:
    """Return a page with frames."""
    return cast("Page", SimpleNamespace(frames=frames, screenshot=lambda **_: b"jpeg"))


def test_a_frame_that_goes_leaves_no_other_masked() -> None:
    """What was taken under the whole mask is kept."""
    going, staying = Frame("off"), Frame()
    camera = Camera(masked=True)
    camera.take(page_of(going, staying), "chat open")

    assert ["on", "holds", "off"] == staying.asked
    assert [b"jpeg"] == [one.jpeg for one in camera.pictures]


@pytest.mark.parametrize("mode", ["on", "holds"])
def test_where_a_frame_is_not_masked_no_picture_is_kept(mode: str) -> None:
    """And the others are as they were."""
    bare, masked = Frame(mode), Frame()
    camera = Camera(masked=True)
    camera.take(page_of(bare, masked), "chat open")

    assert ((), "off") == (camera.pictures, masked.asked[-1])
