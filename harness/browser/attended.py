"""A browser in which a person acts: the harness looks on until they say that they are done."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Error, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from harness.errors import UsageError

HEARTBEAT_MS = 200
"""How often the terminal is looked at: nothing tells the browser's driver of a key that is pressed there."""

Person = Callable[[Page], None]
"""Somebody who acts on a page; returns when they are done."""


def person(page: Page) -> None:
    """Wait until whoever sits before the browser closes its windows, or presses Enter in the terminal."""
    context = page.context
    while _is_open(context) and not _enter_was_pressed():
        try:
            context.wait_for_event("close", timeout=HEARTBEAT_MS)
        except PlaywrightTimeout:
            continue
        except Error:  # the browser itself was closed
            return


def check_display(command: str) -> None:
    """Say that a command needs a display, where there is none.

    Raises:
        UsageError: With what to do.
    """
    if not has_display():
        raise UsageError(
            f"{command} opens a window for a person, and DISPLAY is not set; run it where there is a screen"
        )


def has_display() -> bool:
    """Tell whether a browser can be shown."""
    return sys.platform != "linux" or bool({"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys())


def _is_open(context: BrowserContext) -> bool:
    return any(not page.is_closed() for page in context.pages)


def _enter_was_pressed() -> bool:
    """Tell whether a line waits in the terminal; a thread that reads it could not be ended again."""
    if not sys.stdin.isatty():
        return False
    if sys.platform == "win32":
        import msvcrt

        return msvcrt.kbhit() and msvcrt.getwch() in "\r\n"
    waiting, _, _ = select.select([sys.stdin], [], [], 0)
    if waiting:
        sys.stdin.readline()
    return bool(waiting)
