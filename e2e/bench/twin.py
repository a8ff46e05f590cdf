"""The bare twin of a case: pages that navigate and ask as the harness's do, and get static answers.

What the twin answers is taken from a real case: the same documents, stylesheets, images and headers, and in
the place of scripts and JSON texts some of its own, filled up to the same sizes. So a browser lays out and
paints the same pages in as many processes. The twin keeps nothing, checks nothing and computes nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from playwright.sync_api import Browser, BrowserContext, ProxySettings, Request
from starlette.applications import Starlette
from starlette.requests import Request as Asked
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from harness.config import Config, Sites, Surface
from harness.net import NameMap
from harness.own_habits import LOOPBACK
from harness.proxy import ConnectProxy
from harness.server import RunningServer
from harness.serving import bound_socket, in_thread, uvicorn_server

PAGES = Path(__file__).parent / "pages"
OF_ONE_ANSWER = frozenset({"content-length", "date", "set-cookie"})
"""Headers that the next answer of a real server has otherwise."""

FILLING = {
    "script": ("/*", "*/"),
    "stylesheet": ("/*", "*/"),
    "fetch": ('{"filling": "', '"}'),
}
"""What is put around what fills a text up."""

INLINE = re.compile(rb"(<script(?![^>]*\bsrc=)[^>]*>)(.+?)(</script>)", re.DOTALL)
"""A script that stands in its document."""

Name = tuple[str, str, str]
"""Method, host and path: what a request is known by."""


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request of a real case, and its answer.

    Attributes:
        name: What it is known by.
        kind: What it is for, in Playwright's words.
        headers: The answer's, but for those of this one answer.
        body: The answer's; empty where it was a redirect or a stream.
    """

    name: Name
    kind: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


def named(method: str, url: str) -> Name:
    """Return what a request is known by."""
    parts = urlsplit(url)
    return method, parts.hostname or "", parts.path


class Listening:
    """Hears what a browser context asks for.

    Args:
        context: The context.
    """

    def __init__(self, context: BrowserContext) -> None:
        self._requests: list[Request] = []
        context.on("request", lambda request: self._requests.append(request))

    def names(self) -> Counter[Name]:
        """Return what was asked for, and how often; browsers ask for a page's icon when they like."""
        asked = [one for one in self._requests if one.resource_type != "other"]
        images = {named(one.method, one.url) for one in asked if one.resource_type == "image"}
        rest = (named(one.method, one.url) for one in asked if one.resource_type != "image")
        return Counter([*images, *rest])

    def exchanges(self) -> tuple[Exchange, ...]:
        """Return the requests with their answers."""
        return tuple(self._exchange(one) for one in self._requests)

    def _exchange(self, request: Request) -> Exchange:
        name, kind = named(request.method, request.url), request.resource_type
        if kind == "eventsource" or (answer := request.response()) is None or answer.status >= 300:
            return Exchange(name=name, kind=kind)
        headers = {name: value for name, value in answer.headers.items() if name not in OF_ONE_ANSWER}
        return Exchange(name=name, kind=kind, headers=headers, body=answer.body())


def filled(text: str, size: int, kind: str) -> bytes:
    """Return a text with as much put behind it as makes it of a size.

    Args:
        text: The text.
        size: How many octets are wanted; longer texts stay as they are.
        kind: What it is, in Playwright's words.
    """
    before, after = FILLING[kind]
    octets = text.encode()
    missing = size - len(octets) - len(before) - len(after)
    return octets + (before + "x" * missing + after).encode() if missing >= 0 else octets


def bare(document: bytes, own: str) -> bytes:
    """Return a document whose own scripts are comments of their size, but for the last, which is another.

    Args:
        document: The document.
        own: What the last script does instead.
    """
    last = len(INLINE.findall(document)) - 1
    number = itertools.count()

    def instead(found: re.Match[bytes]) -> bytes:
        before, script, after = found.groups()
        return before + filled(own if next(number) == last else "", len(script), "script") + after

    return INLINE.sub(instead, document)


class Twin:
    """The twin's pages and answers.

    Args:
        sites: Host names.
        exchanges: What a real case asked for.
    """

    def __init__(self, sites: Sites, exchanges: tuple[Exchange, ...]) -> None:
        self._sites = sites
        hosts = {"brand": sites.brand, "platform": sites.platform, "idp": sites.idp}
        self._answers = {one.name: _answer(one, hosts) for one in exchanges}
        self._finished: dict[str, asyncio.Event] = {}
        self._readable = {"access-control-allow-origin": f"https://{sites.brand}"}

    def asgi(self) -> Starlette:
        """Return the ASGI application."""
        return Starlette(
            routes=[
                Route("/popup", self.popup),
                Route("/authorize", self.authorize),
                Route("/sdk/popup-status", self.status),
                WebSocketRoute("/ws", self.socket),
                Route("/{path:path}", self.answer, methods=["GET", "POST"]),
            ]
        )

    async def answer(self, asked: Asked) -> Response:
        """Answer what a real case was answered, or what is of its size."""
        if (found := self._answers.get(named(asked.method, str(asked.url)))) is None:
            return Response(status_code=404)
        if asked.url.path == "/api/popup":
            self._ended(asked.query_params.get("popup", "")).set()
        body, headers = found
        return Response(body, headers={**headers, **self._readable})

    async def popup(self, asked: Asked) -> Response:
        """Lead on to the authorization endpoint."""
        request = {
            "response_type": "code",
            "client_id": "platform-code-pkce",
            "redirect_uri": f"https://{self._sites.platform}/window",
            "scope": "openid",
            "state": asked.query_params["popup"],
            "nonce": secrets.token_urlsafe(24),
            "code_challenge": secrets.token_urlsafe(32),
            "code_challenge_method": "S256",
        }
        return RedirectResponse(f"https://{self._sites.idp}/authorize?{urlencode(request)}", 303)

    async def authorize(self, asked: Asked) -> Response:
        """Lead back with a code."""
        back = {"code": secrets.token_urlsafe(32), "state": asked.query_params["state"]}
        return RedirectResponse(f"{asked.query_params['redirect_uri']}?{urlencode(back)}", 303)

    async def status(self, asked: Asked) -> Response:
        """Say when the popup has finished."""
        ended = self._ended(asked.query_params["popup"])

        async def events() -> AsyncIterator[str]:
            yield "event: status\ndata: opened\n\n"
            await ended.wait()
            yield "event: status\ndata: finished\n\n"

        return StreamingResponse(events(), media_type="text/event-stream", headers=self._readable)

    async def socket(self, socket: WebSocket) -> None:
        """Take the window's socket."""
        with contextlib.suppress(WebSocketDisconnect):
            await socket.accept()
            await socket.receive_text()
            await socket.send_text('{"type": "ready"}')
            await socket.receive_text()

    def _ended(self, popup: str) -> asyncio.Event:
        return self._finished.setdefault(popup, asyncio.Event())


def _answer(exchange: Exchange, hosts: Mapping[str, str]) -> tuple[bytes, Mapping[str, str]]:
    """Return body and headers of an answer."""
    size, (_, _, path) = len(exchange.body), exchange.name
    file = (PAGES / path.strip("/").replace("/", "-")).with_suffix(".js")
    own = file.read_text("utf-8") if file.is_file() else ""
    for role, host in hosts.items():
        own = own.replace(f"${role}", host)
    if exchange.kind == "document":
        return bare(exchange.body, own), exchange.headers
    if exchange.kind == "script":
        return filled(own, size, "script"), exchange.headers
    if exchange.kind == "fetch":
        return filled("", size, "fetch"), exchange.headers
    return exchange.body, exchange.headers


@contextlib.contextmanager
def serving(server: RunningServer, exchanges: tuple[Exchange, ...]) -> Iterator[str]:
    """Serve a twin beside a harness, under the same names and certificates; gives its proxy's URL.

    Args:
        server: The harness.
        exchanges: What a real case asked for.
    """
    with contextlib.ExitStack() as stack:
        listener, proxy = (stack.enter_context(bound_socket(0, "--port")) for _ in range(2))
        twin = Twin(server.config.sites, exchanges).asgi()
        secure = uvicorn_server(twin, ssl_context_factory=lambda *_: server.tls.server)
        address: tuple[str, int] = listener.getsockname()
        connecting = ConnectProxy(NameMap(dict.fromkeys(server.config.served, address)))

        async def serve() -> None:
            accepting = await asyncio.start_server(connecting.serve, sock=proxy)
            try:
                await secure.serve(sockets=[listener])
            finally:
                accepting.close()
                await connecting.close()

        def stop() -> None:
            secure.should_exit = True

        stack.enter_context(in_thread(serve, stop))
        yield f"http://{LOOPBACK}:{proxy.getsockname()[1]}"


@dataclass(frozen=True, kw_only=True)
class Driven:
    """How long a test of the twin took, in milliseconds.

    Attributes:
        in_page: From the click to the outcome, by the page's clock.
        whole: From before the context to after it.
        asked: What the browser asked for, where somebody listened.
    """

    in_page: float
    whole: float
    asked: Counter[Name] | None = None


def drive(browser: Browser, proxy_url: str, surface: Surface, *, listen: bool = False) -> Driven:
    """Run the twin's test as somebody writes it who has no harness.

    Args:
        browser: The browser.
        proxy_url: The twin's proxy.
        surface: Which of the two windows.
        listen: Whether somebody hears what is asked for.
    """
    begun = time.perf_counter()
    proxy: ProxySettings = {"server": proxy_url}
    context = browser.new_context(proxy=proxy)
    context.set_default_timeout(Config().deadlines.case * 1000)
    heard = Listening(context) if listen else None
    try:
        page = context.new_page()
        page.goto(f"https://{Config().sites.brand}/account?surface={surface}")
        launcher = page.get_by_role("button", name="Chat with us")
        if surface == "popup":
            with page.expect_popup() as opened:
                launcher.click()
            opened.value.locator("main[data-state=authenticated]").wait_for()
        else:
            launcher.click()
        page.locator("[data-outcome=authenticated]").wait_for(state="attached")
        in_page = float(page.evaluate("timings.flow_in_page"))
        asked = heard.names() if heard else None
    finally:
        context.close()
    return Driven(in_page=in_page, whole=(time.perf_counter() - begun) * 1000, asked=asked)


def differences(real: Counter[Name], twin: Counter[Name]) -> str:
    """Say what one asked for and the other did not; empty where they are twins."""
    said = [f"only the harness asks {' '.join(one)}" for one in (real - twin).elements()]
    said += [f"only the twin asks {' '.join(one)}" for one in (twin - real).elements()]
    return "; ".join(said)
