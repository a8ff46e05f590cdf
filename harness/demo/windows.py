"""Where the windows stand: what is driven on the left, the panel on the right."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

from playwright.sync_api import Error, Page

NARROWEST, WIDEST = 380, 480
"""Pixels that the panel takes of the screen's width, at least and at most."""


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """A window's place on the screen, in pixels."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where the two windows go.

    Attributes:
        stage: What is driven.
        panel: The side panel.
    """

    stage: Bounds
    panel: Bounds


def places(screen: Mapping[str, int]) -> Places:
    """Share a screen between the two windows.

    Args:
        screen: ``left``, ``top``, ``width`` and ``height`` of what the desktop leaves free.
    """
    side = max(NARROWEST, min(WIDEST, screen["width"] * 3 // 10))
    left, top, height = screen["left"], screen["top"], screen["height"]
    wide = screen["width"] - side
    return Places(
        stage=Bounds(left=left, top=top, width=wide, height=height),
        panel=Bounds(left=left + wide, top=top, width=side, height=height),
    )


def popup_place(stage: Bounds) -> Bounds:
    """Return where a popup goes: over the right-hand side of what opened it, below its address bar."""
    width, height = min(440, stage.width), min(720, stage.height - 100)
    return Bounds(left=stage.left + stage.width - width - 20, top=stage.top + 90, width=width, height=height)


_SCREEN = """() => ({
  left: screen.availLeft ?? 0,
  top: screen.availTop ?? 0,
  width: screen.availWidth,
  height: screen.availHeight,
})"""


def screen_of(page: Page) -> Places:
    """Return where windows go on the screen that a page is on."""
    return places(page.evaluate(_SCREEN))


def place(page: Page, bounds: Bounds) -> None:
    """Move a page's window, where the engine lets its driver do so (Chromium)."""
    browser = page.context.browser
    if browser is None or browser.browser_type.name != "chromium":
        return
    with contextlib.suppress(Error):  # a desktop may forbid it, and the page may be gone
        cdp = page.context.new_cdp_session(page)
        window = cdp.send("Browser.getWindowForTarget")["windowId"]
        cdp.send("Browser.setWindowBounds", {"windowId": window, "bounds": {"windowState": "normal"}})
        cdp.send("Browser.setWindowBounds", {"windowId": window, "bounds": vars(bounds)})
        cdp.detach()


def narrow_window(page: Page, bounds: Bounds) -> Page:
    """Return a page in a window without tabs, which may be narrower than others; the first one goes.

    Args:
        page: The page.
        bounds: Where the new window goes.
    """
    features = f"popup,left={bounds.left},top={bounds.top},width={bounds.width},height={bounds.height}"
    with page.expect_popup() as opened:
        page.evaluate("features => { window.open(location.href, '', features); }", features)
    page.close()
    return opened.value
