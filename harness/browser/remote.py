"""Browsers that a Playwright server starts, or has started, here or on another machine."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from playwright.sync_api import Browser, Error, Playwright

from harness.browser.drive import consumer_context
from harness.browser.engines import Found, browser_type
from harness.browser.launch import FIREFOX_PREFERENCES, chromium_arguments
from harness.browser.settings import Settings
from harness.browser.wishes import Wishes
from harness.config import EngineName, Sites
from harness.errors import EngineUnavailable, UsageError
from harness.tls import RunTls

_LAUNCH_OPTIONS, _BROWSER = "launch-options", "browser"
_CERTIFICATE = ("ERR_CERT", "SEC_ERROR", "SSL_ERROR", "MOZILLA_PKIX")

ANY_CERTIFICATE = (
    "not checked: every certificate is accepted, because this remote browser could not be given the run's "
    "authority"
)
"""What a result says where nothing else was possible."""

_HINT = "a server that starts browsers is playwright run-server --unsafe, of the same version"


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A Playwright server.

    Attributes:
        url: Its WebSocket; it may hold a token.
        options: Launch options that the user adds, as ``executablePath``: names as in Playwright for Node.
    """

    url: str = field(repr=False)
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def host(self) -> str:
        """Host and port, which may be named in messages."""
        return urlsplit(self.url).netloc.rpartition("@")[2]

    def found(self, engine: EngineName) -> Found:
        """Return an engine as it may be there."""
        return Found(engine=engine, executable=Path(self.host), origin="remote")


def endpoint(text: str) -> Endpoint:
    """Read the address of a Playwright server.

    Args:
        text: ``ws://`` or ``wss://``; its parameter ``launch-options`` is JSON, as the server takes it.

    Raises:
        UsageError: When it is something else.
    """
    parts = urlsplit(text)
    if parts.scheme not in ("ws", "wss") or not parts.hostname:
        raise UsageError("--connect takes the ws:// or wss:// address that a Playwright server prints")
    query = parse_qsl(parts.query, keep_blank_values=True)
    own = dict(query).get(_LAUNCH_OPTIONS, "{}")
    try:
        options = json.loads(own)
    except ValueError:
        options = None
    if not isinstance(options, dict):
        raise UsageError(f"the parameter {_LAUNCH_OPTIONS} of --connect is no JSON object")
    kept = urlencode([pair for pair in query if pair[0] not in (_LAUNCH_OPTIONS, _BROWSER)])
    return Endpoint(url=urlunsplit(parts._replace(query=kept)), options=options)


@contextlib.contextmanager
def connected(
    playwright: Playwright,
    server: Endpoint,
    engine: EngineName,
    chosen: Settings,
    *,
    tls: RunTls,
    wishes: Wishes,
) -> Iterator[Browser]:
    """Give a server's browser and let it go when the block ends.

    The server is asked to start the browser under the policy, with the run's certificate. One that was
    started before, or that takes no such options, gives what it has: the canary reads back what that is.

    Args:
        playwright: The driver.
        server: The Playwright server.
        engine: The engine.
        chosen: What brings the engine to the policy, as far as options go.
        tls: The run's certificates.
        wishes: Whether a person there can watch, and how fast it is.

    Raises:
        EngineUnavailable: When the server is not there, or has no such browser.
    """
    options = _merged({"headless": not wishes.headed, **_OPTIONS[engine](chosen, tls)}, server.options)
    headers = {"x-playwright-browser": engine, "x-playwright-launch-options": json.dumps(options)}
    try:
        browser = browser_type(playwright, engine).connect(server.url, headers=headers, **wishes.pace)
    except Error as error:
        raise EngineUnavailable(
            f"no {engine} {version('playwright')} at {server.host}: {_first_line(error, server)}; {_HINT}"
        ) from None
    try:
        if browser.browser_type.name != engine:
            raise EngineUnavailable(f"{server.host} has a {browser.browser_type.name}, which is no {engine}")
        yield browser
    finally:
        with contextlib.suppress(Error):  # the server may be gone already
            browser.close()


def accepts(browser: Browser, proxy_url: str, sites: Sites, *, deadline: float) -> bool:
    """Tell whether a remote browser accepts the run's certificate.

    Args:
        browser: The browser.
        proxy_url: The name-mapping proxy, as the browser's machine reaches it.
        sites: The canary's names.
        deadline: Seconds that a page may take.

    Raises:
        EngineUnavailable: When the browser does not get as far as that, with what to do.
    """
    try:
        with consumer_context(browser, proxy_url, deadline=deadline) as context:
            context.new_page().goto(f"https://{sites.canary_frame}/seed")
    except Error as error:
        if any(word in error.message for word in _CERTIFICATE):
            return False
        port = urlsplit(proxy_url).port
        raise EngineUnavailable(
            f"the remote browser does not reach the harness: {error.message.splitlines()[0]}; on its machine "
            f"{proxy_url} must lead here, as with ssh -R {port}:127.0.0.1:{port} and --proxy-port {port}"
        ) from None
    return True


def _merged(asked: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the user's launch options on top: lists and tables get what both say, the policy's word last."""
    options = {**asked, **own}
    for name, value in asked.items():
        if isinstance(value, list):
            options[name] = [*own.get(name, ()), *value]
        elif isinstance(value, dict):
            options[name] = {**own.get(name, {}), **value}
    return options


def _chromium(chosen: Settings, tls: RunTls) -> dict[str, Any]:
    return {
        "channel": "chromium",
        "args": chromium_arguments(chosen, tls),
        "ignoreDefaultArgs": list(chosen.dropped_arguments),
    }


def _firefox(chosen: Settings, tls: RunTls) -> dict[str, Any]:
    return {"firefoxUserPrefs": {**chosen.preferences, **FIREFOX_PREFERENCES}}


def _webkit(chosen: Settings, tls: RunTls) -> dict[str, Any]:
    return {}


_OPTIONS: Mapping[EngineName, Callable[[Settings, RunTls], dict[str, Any]]] = {
    "chromium": _chromium,
    "firefox": _firefox,
    "webkit": _webkit,
}


def _first_line(error: Error, server: Endpoint) -> str:
    """Return what went wrong, without the address, which may hold a token."""
    return error.message.splitlines()[0].replace(server.url, server.host)
