"""Pictures of the pages at the steps of a case; of a brand of one's own with nothing on them to read."""

from __future__ import annotations

import contextlib
import functools
import time
from typing import Literal

from playwright.sync_api import BrowserContext, Error, Page

from harness.report.picture import Picture
from harness.roles.web import web_root

QUALITY = 55
MOST = 12
"""Pictures of a case: a scenario may go through many pages."""

_PATIENCE_MS = 2000
"""How long a page is waited for that does not hold still."""

Mask = Literal["on", "off", "holds"]


class Camera:
    """Takes pictures of a case; what cannot be taken is left out, and never changes how the case ends.

    Args:
        masked: Whether nothing on a picture may be readable. A page that the mask cannot be put over, or
            that loses it meanwhile, is not taken.

    Attributes:
        pictures: What was taken, in order; what looks like an earlier one is not there again.
        seconds: How long that took, which is no part of how long a case takes.
    """

    def __init__(self, *, masked: bool) -> None:
        self._masked = masked
        self.pictures: tuple[Picture, ...] = ()
        self.seconds = 0.0

    def take(self, page: Page, step: str) -> None:
        """Take a picture of a page.

        Args:
            page: The page.
            step: What the consumer has just done, or sees.
        """
        if len(self.pictures) >= MOST:
            return
        started = time.monotonic()
        with contextlib.suppress(Error):
            octets = _hidden(page) if self._masked else _octets(page)
            if all(octets != one.jpeg for one in self.pictures):
                self.pictures += (Picture(step=step, jpeg=octets),)
        self.seconds += time.monotonic() - started

    def take_all(self, context: BrowserContext, step: str) -> None:
        """Take a picture of every page that is open."""
        for number, page in enumerate(context.pages):
            self.take(page, f"{step}, window {number + 1}" if len(context.pages) > 1 else step)


def _hidden(page: Page) -> bytes:
    """Take a picture under the mask, which must be there from before until after.

    Raises:
        Error: When it could not be put on, or was lost: another document may have come in between.
    """
    try:
        _mask(page, "on")
        octets = _octets(page)
        _mask(page, "holds")
    finally:
        _mask(page, "off")
    return octets


def _octets(page: Page) -> bytes:
    # The caret stays: hiding it is a style element, which a page's policy may forbid and would report.
    return page.screenshot(
        type="jpeg", quality=QUALITY, scale="css", caret="initial", animations="allow", timeout=_PATIENCE_MS
    )


def _mask(page: Page, mode: Mask) -> None:
    """Put the mask over every frame of a page, take it off, or see that it is there.

    Raises:
        Error: When a frame cannot be asked, or is not as it should be; not where it is to come off.
    """
    css, source = _sources()
    for frame in page.frames:
        # To wait for a function has a limit; to evaluate one has none, and a page may be busy for ever.
        # Off it comes wherever it can: a frame that is gone keeps no other one masked.
        with contextlib.suppress(*([Error] if mode == "off" else [])):
            done = frame.wait_for_function(
                f"([css, mode]) => ({source})(css, mode)", arg=[css, mode], timeout=_PATIENCE_MS
            )
            # Over WebDriver BiDi a page's own Promise is handed over unsettled, which says nothing.
            if done.json_value() is not True:
                raise Error("the page's functions are not the browser's")


@functools.cache
def _sources() -> tuple[str, str]:
    folder = web_root() / "static" / "camera"
    return (folder / "mask.css").read_text("utf-8"), (folder / "mask.js").read_text("utf-8").rstrip("; \n")
