"""One case in one fresh browser context: from the page to the ended sign-in."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, ProxySettings, StorageState
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from harness.browser.surfaces import PHONE, TOUCH, TOUCHING, ChatWindow, SurfaceDriver
from harness.browser.tracing import Recording

_CONTEXT: dict[str, dict[str, Any]] = {"webkit": {"ignore_https_errors": True}}
"""What an engine needs beside: Playwright's WebKit can be given no certificate authority."""


@dataclass(frozen=True, kw_only=True)
class Driven:
    """An engagement on screen.

    Attributes:
        surface: The page that the consumer is on.
        window: The chat window, its sign-in ended.
        state: How it ended, as the window shows it; empty when it did not in time.
    """

    surface: SurfaceDriver
    window: ChatWindow
    state: str


@contextlib.contextmanager
def consumer_context(
    browser: Browser,
    proxy_url: str,
    *,
    deadline: float,
    phone: bool = False,
    session: StorageState | None = None,
    direct: tuple[str, ...] = (),
    any_certificate: bool = False,
    recording: Recording | None = None,
    wished: Mapping[str, Any] | None = None,
    as_wide_as_window: bool = False,
) -> Iterator[BrowserContext]:
    """Give a fresh browser context that knows the harness's names, and close it when the block ends.

    Args:
        browser: The browser.
        proxy_url: The name-mapping proxy.
        deadline: Seconds that anything on a page may take.
        phone: Whether it has a phone's screen and, where the engine can, touch.
        session: Cookies of an earlier login.
        direct: Hosts that are reached past the proxy.
        any_certificate: Whether every certificate is accepted, where nothing else is possible.
        recording: What Playwright records of it; nothing when left out.
        wished: What the consumer holds beside, as options of Playwright's.
        as_wide_as_window: Whether pages are as large as their windows, which somebody may move; else of one
            size everywhere.
    """
    engine = browser.browser_type.name
    more = {**(wished or {}), **_CONTEXT.get(engine, {})}
    if engine not in TOUCH:
        more = {name: value for name, value in more.items() if name not in TOUCHING}
    if phone:
        more |= PHONE | TOUCH.get(engine, {})
    if any_certificate:
        more["ignore_https_errors"] = True
    if as_wide_as_window:
        more["no_viewport"] = True
    if session:
        more["storage_state"] = session
    proxy: ProxySettings = {"server": proxy_url}
    if direct:
        proxy["bypass"] = ",".join(direct)
    if recording:
        more |= recording.context_options()
    context = browser.new_context(proxy=proxy, **more)
    context.set_default_timeout(deadline * 1000)
    try:
        with recording.of(context) if recording else contextlib.nullcontext():
            yield context
    finally:
        # With a route left, Firefox passes the service workers of every later context by.
        for end in (context.unroute_all, context.close):
            with contextlib.suppress(Error):  # the browser may be gone already, as after Ctrl-C
                end()


def drive(surface: SurfaceDriver, *, opened: bool = False) -> Driven:
    """Open the chat on a surface as the consumer and wait until its sign-in has ended.

    Args:
        surface: The surface.
        opened: Whether its page is open already.
    """
    if not opened:
        surface.open_page()
    surface.shows("page open")
    window = surface.open_chat()
    try:
        state = surface.wait_ended(window)
    except PlaywrightTimeout:
        state = ""
    # Not before: a picture holds the page up, whose own clock times the sign-in.
    surface.shows("chat open", window.view)
    return Driven(surface=surface, window=window, state=state)
