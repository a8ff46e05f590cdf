"""A browser context of its own, pages that a test writes down, and a recorder that watches them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Frame, Page, Route

from harness import Harness
from harness.browser.drive import consumer_context
from harness.browser.recorder import Attention, Recorder
from harness.timeline import Event

PROVOKE = (Path(__file__).parent / "provoke.js").read_text("utf-8")

ATTENTION = Attention(
    method="lpGetAuthenticationToken",
    tag="https://chat.platform.test/tag/",
    ours=frozenset({"chat.platform.test"}),
    secrets=("the-password-of-a-person", "a-secret-of-a-server"),
    server_secrets=("a-secret-of-a-server",),
)


class Lab:
    """Serves what a test writes down to one recorded context.

    Attributes:
        context: The browser context.
        recorder: Its recorder.
    """

    def __init__(self, context: BrowserContext, recorder: Recorder) -> None:
        self.context, self.recorder = context, recorder
        self._served: dict[str, tuple[str, Mapping[str, str], int]] = {}
        context.route("**/*", self._answer)

    def serve(
        self, url: str, body: str, *, headers: Mapping[str, str] | None = None, status: int = 200
    ) -> str:
        """Serve a body under an address without its query, and return the address."""
        self._served[url] = (body, headers or {}, status)
        return url

    def _answer(self, route: Route) -> None:
        address = route.request.url.partition("?")[0].partition("#")[0]
        body, headers, status = self._served.get(address, ("", {}, 404))
        kind = "text/javascript" if address.endswith(".js") else "text/html"
        route.fulfill(status=status, body=body, headers={"Content-Type": kind, **headers})

    def open(self, url: str) -> Page:
        """Open an address in a new tab."""
        page = self.context.new_page()
        page.goto(url)
        return page

    def done(self, view: Page | Frame) -> str:
        """Wait until a page has said that it is done, and return what it said."""
        element = view.locator("html[data-done]")
        element.wait_for(state="attached")
        return element.get_attribute("data-done") or ""

    def seen(self, *types: str) -> list[Event]:
        """Return what was recorded so far, of these types or of all."""
        return [event for event in self.recorder.events() if not types or event.type in types]


@pytest.fixture
def lab(harness: Harness) -> Iterator[Lab]:
    """Give a recorded context in Chromium."""
    browser, _ = harness.browser("chromium")
    with (
        consumer_context(browser, harness.server.proxy_url, deadline=15) as context,
        Recorder(context, ATTENTION) as recorder,
    ):
        yield Lab(context, recorder)
