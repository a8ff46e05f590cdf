"""Faults of the consumer's browser itself."""

from __future__ import annotations

import itertools
import json
from typing import Any

from playwright.sync_api import BrowserContext, Route, WebSocketRoute

from harness.roles.seams import Seams

_DROPPED = 4000
"""A closing code that nobody says goodbye with (RFC 6455 section 7.4.2)."""

_TOLD_OFFLINE = """async () => {
  if (navigator.onLine) await new Promise((told) => addEventListener("offline", told, { once: true }));
  await new Promise((later) => setTimeout(later));
}"""

_NO_WINDOWS = "window.open = function open() { return null; };"
"""An in-app browser whose app has not said what becomes of a new window: WKWebView answers null then."""


def goes_offline(*, address: str) -> Seams:
    """Let the browser lose its connection at the moment of a request, which fails with it.

    Args:
        address: At which request, as a pattern of Playwright's.
    """

    def meddle(context: BrowserContext) -> None:
        def lose(route: Route) -> None:
            context.set_offline(True)
            # A browser tells its pages a moment later, and a sign-in that fails at once may be over by then.
            route.request.frame.evaluate(_TOLD_OFFLINE)
            route.abort("internetdisconnected")

        context.route(address, lose, times=1)

    return Seams(browser=meddle)


def socket_dropped(*, after: str, nth: int = 1) -> Seams:
    """Let the chat's socket drop right after a frame of the platform's.

    Args:
        after: The frame's type.
        nth: After how many of them, in all of the browser's sockets together.
    """

    def meddle(context: BrowserContext) -> None:
        frames = itertools.count(1)

        def watch(page: WebSocketRoute) -> None:
            server = page.connect_to_server()

            def pass_on(message: str | bytes) -> None:
                page.send(message)
                if json.loads(message)["type"] == after and next(frames) == nth:
                    page.close(code=_DROPPED)
                    server.close()

            server.on_message(pass_on)

        context.route_web_socket("**/ws", watch)

    return Seams(browser=meddle)


def in_app() -> Seams:
    """Let the browser be one inside an app, which opens no windows."""

    def meddle(context: Any) -> None:
        context.add_init_script(_NO_WINDOWS)

    return Seams(browser=meddle)
