"""Playwright's driver and its browsers: started when first needed, in the one thread that they belong to."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TypeVar

from playwright.sync_api import Playwright, sync_playwright

from harness.browser.pool import Browsers
from harness.errors import UsageError
from harness.own_thread import OwnThread, loop_runs

Answer = TypeVar("Answer")


class Driver:
    """A driver, and the browsers that it drives.

    Args:
        shared: A driver that somebody else ends, as pytest-playwright's; one of its own when left out.
    """

    def __init__(self, shared: Playwright | None) -> None:
        self._playwright = shared
        self._browsers: Browsers | None = None
        self._away: OwnThread | None = None
        self._stack = contextlib.ExitStack()

    @property
    def playwright(self) -> Playwright:
        """The driver.

        Raises:
            UsageError: Where an event loop runs, or what was awaited had the driver in another thread.
        """
        if self._away is not None and not self._away.is_current:
            raise UsageError(
                "this harness has been awaited, and its browsers are in a thread of their own: await acheck"
            )
        if self._playwright is None:
            if loop_runs():
                raise UsageError(
                    "an event loop runs here, which would be blocked: await acheck, or call this outside"
                )
            self._playwright = self._stack.enter_context(sync_playwright())
        return self._playwright

    def browsers(self, make: Callable[[Playwright], Browsers]) -> Browsers:
        """Return the browsers, made with the first use.

        Args:
            make: Makes them.
        """
        driver = self.playwright
        if self._browsers is None:
            self._browsers = self._stack.enter_context(make(driver))
        return self._browsers

    async def ado(self, work: Callable[[], Answer]) -> Answer:
        """Do something in the thread of the driver, while the event loop goes on.

        Args:
            work: What uses the driver.

        Raises:
            UsageError: Where the driver was used before, in the caller's own thread.
        """
        if self._away is None:
            if self._playwright is not None:
                raise UsageError("the browsers were used outside of the event loop already; call check there")
            self._away = OwnThread("harness")
        return await self._away.ado(work)

    def close(self) -> None:
        """End what was started, where it was started."""
        if self._away is None:
            self._stack.close()
        else:
            self._away.do(self._stack.close)
            self._away.close()
