"""A consumer's browser that is sent through the authorization endpoint, and tells where it was led.

What comes back is read from the addresses that the browser goes to; the verification backend hears nothing of
it. A host that nobody named is refused by the browser's proxy, so that a redirect there ends on this machine.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin

from playwright.sync_api import Error, Frame, Page, Request, Response, Route
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from harness.browser.own_page import OwnPopup
from harness.browser.steps import LoginUnknown, StepFailed
from harness.checks.probing import Shown

FIRST_SECONDS = 15
"""How long the first request may take to come back from a page that asks for something, or runs scripts."""

SECONDS = 4
"""How long every later one may take, when the consumer has signed in."""

_CAUGHT = '<!doctype html><title>Chat</title><main data-state="caught"></main>'


@dataclass(frozen=True, kw_only=True)
class Went:
    """Where the browser went.

    Attributes:
        status: The status of the page that the request ended on; 0 where there was none.
        landings: Every address that the tab was led to, with the form that it was sent.
        pages: The HTML pages that were shown.
        note: What the configuration has to say so that the browser could go on; empty where it could.
        text: The markup of the page that it ended on, where that was kept.
        headers: The headers of the first answer, where those were kept; names in lower case.
    """

    status: int
    landings: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    pages: tuple[Shown, ...] = ()
    note: str = ""
    text: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class Authorizing:
    """Sends authorization requests in the browser of a consumer.

    Args:
        popup: The consumer's popup surface, with what the configuration says about signing in there.
        platform: The host name of the platform's window.
    """

    def __init__(self, popup: OwnPopup, platform: str) -> None:
        self._popup, self._patience = popup, FIRST_SECONDS
        popup.context.route(f"https://{platform}/**", _keep_to_itself)

    def go(self, url: str, home: Callable[[str], bool], *, patient: bool = True) -> Went:
        """Send one request, and take the steps of the login where the server asks.

        Args:
            url: The authorization request.
            home: Tells whether an address is where the response is awaited.
            patient: Whether a page that is shown is waited at, and filled in.
        """
        page = self._popup.context.new_page()
        log, note = _Log(page), ""
        try:
            status = _gone(page, url)
            if patient and 0 < status < 400 and not log.has_come(home):
                self._log_in(page, home)
        except LoginUnknown as error:
            note = str(error)
        finally:
            page.close()
        if log.has_come(home):
            self._patience = SECONDS
        return Went(status=status, landings=tuple(log.landings), pages=tuple(log.pages), note=note)

    def _log_in(self, page: Page, home: Callable[[str], bool]) -> None:
        """Wait for the response, after the login where one is asked for; the log tells whether it came.

        Raises:
            LoginUnknown: When a login is asked for, and nobody said how.
        """
        page.set_default_timeout(self._patience * 1000)
        with (
            contextlib.suppress(Error, PlaywrightTimeout, StepFailed),
            page.expect_request(lambda request: home(request.url), timeout=2 * self._patience * 1000),
        ):
            self._popup.log_in(page)


def _gone(page: Page, url: str) -> int:
    """Go to an address and return the status of what was shown, 0 where nothing was."""
    try:
        response = page.goto(url)
    except Error:
        return 0  # refused by the proxy, or no answer: where it led to is on the log
    return response.status if response is not None else 0


def _keep_to_itself(route: Route) -> None:
    """Let the platform's window be shown, without its asking the verification backend for anything."""
    request = route.request
    if not request.is_navigation_request():
        route.abort()
    elif request.method == "GET":
        route.continue_()
    else:
        route.fulfill(content_type="text/html", body=_CAUGHT)


class _Log:
    """Listens to a tab: where it is led, and what it shows."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.landings: list[tuple[str, str]] = []
        self.pages: list[Shown] = []
        page.on("request", self._on_request)
        page.on("response", self._on_response)
        page.on("framenavigated", self._on_navigated)

    def has_come(self, home: Callable[[str], bool]) -> bool:
        """Tell whether the tab was led to where a response is awaited."""
        return any(home(url) for url, _ in self.landings)

    def _is_top(self, request: Request) -> bool:
        with contextlib.suppress(Error):  # a frame that is gone
            return request.is_navigation_request() and request.frame == self._page.main_frame
        return False

    def _on_request(self, request: Request) -> None:
        if self._is_top(request):
            self.landings.append((request.url, _form(request)))

    def _on_response(self, response: Response) -> None:
        if not self._is_top(response.request):
            return
        headers = response.headers
        if 300 <= response.status < 400 and "location" in headers:
            with contextlib.suppress(ValueError):
                self.landings.append((urljoin(response.url, headers["location"]), ""))
        elif response.status < 300 and headers.get("content-type", "").startswith("text/html"):
            self.pages.append(Shown(address=response.url.partition("?")[0], headers=headers))

    def _on_navigated(self, frame: Frame) -> None:
        if frame == self._page.main_frame:
            self.landings.append((frame.url, ""))


def _form(request: Request) -> str:
    try:
        return request.post_data or ""
    except (Error, UnicodeDecodeError):
        return ""
