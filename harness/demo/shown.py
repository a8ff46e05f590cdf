"""A harness whose cases people look at: it types where it would have reused, and tells as it goes."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Self

from playwright.sync_api import BrowserContext, Error

from harness.browser.camera import Camera
from harness.browser.login import customer
from harness.browser.steps import StepFailed
from harness.browser.surfaces import SurfaceDriver
from harness.browser.tracing import Recordings
from harness.config import Config, EngineName, Surface
from harness.consumers import Consumers
from harness.demo import surfaces
from harness.demo.guide import Guide
from harness.live import Feed
from harness.matrix import Case
from harness.opened import OpenCase
from harness.run import Harness
from harness.timeline import Event


class TellingFeed(Feed):
    """A feed that also tells somebody what pages and browser do; servers are heard without it.

    Args:
        hear: Who is told.
    """

    def __init__(self, hear: Callable[[Event], None]) -> None:
        super().__init__()
        self._hear = hear

    def hear(self, event: Event) -> None:
        """Pass an event on."""
        super().hear(event)
        if event.source in ("page", "browser"):
            self._hear(event)


@dataclass(frozen=True, kw_only=True)
class ShownConsumers(Consumers):
    """Consumers who are looked at.

    Attributes:
        shown: Whether on a screen.
        guide: Gives who says what happens.
        left_open: The window that was left open so that the next one could open before it.
    """

    shown: bool
    guide: Callable[[], Guide]
    left_open: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    @contextlib.contextmanager
    def context(
        self, engine: EngineName, policy_name: str | None = None, **more: Any
    ) -> Iterator[BrowserContext]:
        """Give a fresh context, as wide as its window where there is one."""
        wide = self.shown and not more.get("phone", False)
        with super().context(engine, policy_name, as_wide_as_window=wide, **more) as context:
            yield context

    def signed_in(self, case: Case, account: str | None) -> tuple[float, StepFailed | None]:
        """Let people see how somebody signs in; its window stays until the next one has opened."""
        self.left_open.close()
        if account is None or self.sessions.of((case.engine, account)) is not None:
            return 0, None
        started, guide = time.monotonic(), self.guide()
        context = self.left_open.enter_context(self.context(case.engine, case.policy))
        self.left_open.enter_context(guide.showing(context))
        surfaces.sign_in(context.new_page(), self.config.sites, customer(account), guide)
        self.sessions.keep((case.engine, account), context.storage_state())
        return (time.monotonic() - started) * 1000, None

    @contextlib.contextmanager
    def fresh(self, case: Case, account: str | None, *, phone: bool) -> Iterator[BrowserContext]:
        """Give a context for a case, and tell what happens in it."""
        with super().fresh(case, account, phone=phone) as context, self.guide().showing(context):
            yield context

    def at(self, context: BrowserContext, case: Case, account: str | None, *, phone: bool) -> SurfaceDriver:
        """Return what drives a case's surface in a context, with the guide beside it."""
        driver = super().at(context, case, account, phone=phone)
        assert isinstance(driver, surfaces.Accompanied)
        driver.guide = self.guide()
        self.left_open.close()
        return driver

    def driver(self, surface: Surface) -> type[SurfaceDriver]:
        """Return what drives a surface, and is looked at."""
        return surfaces.SHOWN[surface]


class ShownHarness(Harness):
    """A harness that shows what it does.

    Args:
        config: The configuration.
        headed: Whether there are windows.
        feed: Passes each case on to the panel.
        recordings: Where Playwright's own recordings go; nothing is recorded when left out.

    Attributes:
        guide: Who says what happens; set before the first case.
    """

    guide: Guide

    def __init__(
        self, config: Config, *, headed: bool, feed: Feed, recordings: Recordings | None = None
    ) -> None:
        super().__init__(config, headed=headed, feed=feed, recordings=recordings)
        self._shown = headed

    def __enter__(self) -> Self:
        super().__enter__()
        self._consumers = self._coming(ShownConsumers, shown=self._shown, guide=lambda: self.guide)
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()
        super().__exit__(*_)

    def leave(self) -> None:
        """Close the window that was left open so that the next one could open before it."""
        assert isinstance(self._consumers, ShownConsumers)
        self._consumers.left_open.close()

    @contextlib.contextmanager
    def panel_context(self, engine: EngineName, **more: Any) -> Iterator[BrowserContext]:
        """Give a context that reaches this machine's own pages, for the length of the block."""
        browser, _ = self.browser(engine)
        context = browser.new_context(**more)
        try:
            yield context
        finally:
            with contextlib.suppress(Error):
                context.close()

    @contextlib.contextmanager
    def shown(self, case: Case) -> Iterator[OpenCase]:
        """Show one case, recorded where that was asked for; its pages stay open for the length of the block.

        Args:
            case: The case.
        """
        # On the screen itself nobody needs pictures, which would hold the page up.
        camera = None if self._shown else Camera(masked=False)
        with self.recorded(case.id), self.open(case, camera=camera) as opened:
            yield opened
