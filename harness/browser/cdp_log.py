"""What only the Chrome DevTools Protocol tells: why a cookie or a request was blocked, and who asked for it.

Every page has a session of its own, and every cross-site frame and worker in it one inside that session:
Playwright drops what a flat child session says, so the children speak through their parent
(``Target.receivedMessageFromTarget``). Nothing waits for this, so a target's very first moments may be
missed; a popup's are, until its first response. What is missed here is still among the driver's own events.
"""

from __future__ import annotations

import contextlib
import json
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import BrowserContext, CDPSession, Error, Page

from harness.browser.sighting import Sighting, wall_clock

Send = Callable[[str, dict[str, Any]], None]

_UNREMARKABLE = {"NotOnPath", "DomainMismatch"}
"""A cookie of another path or host is not blocked; it was never meant."""

_NETWORK = (
    "Network.requestWillBeSent",
    "Network.requestWillBeSentExtraInfo",
    "Network.responseReceivedExtraInfo",
    "Network.loadingFailed",
)
_TARGETS = ("Target.attachedToTarget", "Target.receivedMessageFromTarget")


@dataclass
class _Hops:
    """One request id: its hops, and what is said about them in the same order."""

    page: int | None
    hops: list[Mapping[str, Any]] = field(default_factory=list)
    sent: list[tuple[float, Mapping[str, Any]]] = field(default_factory=list)
    received: list[tuple[float, Mapping[str, Any]]] = field(default_factory=list)
    failed: list[tuple[float, Mapping[str, Any]]] = field(default_factory=list)


class CdpLog:
    """Listens to the pages of one Chromium context.

    Args:
        context: The context.
    """

    def __init__(self, context: BrowserContext) -> None:
        self._context = context
        self._heard: list[tuple[float, int | None, str, str, Mapping[str, Any]]] = []
        self._ids = 0

    def attach(self, page: Page, number: int | None) -> None:
        """Listen to a page from now on; a page that is gone already is left alone."""
        with contextlib.suppress(Error):
            session = self._context.new_cdp_session(page)
            for method in _NETWORK:
                session.on(method, self._hearer(number, "", method))
            for method in _TARGETS:
                session.on(method, self._target_hearer(session, number, method))
            self._begin(lambda method, params: _send(session, method, params))

    def _begin(self, send: Send) -> None:
        send("Network.enable", {"maxTotalBufferSize": 0, "maxResourceBufferSize": 0})
        send("Target.setAutoAttach", {"autoAttach": True, "waitForDebuggerOnStart": False, "flatten": False})

    def _hearer(self, page: int | None, target: str, method: str) -> Callable[[Mapping[str, Any]], None]:
        return lambda params: self._heard.append((wall_clock(), page, target, method, params))

    def _target_hearer(
        self, session: CDPSession, page: int | None, method: str
    ) -> Callable[[Mapping[str, Any]], None]:
        def send(name: str, params: dict[str, Any]) -> None:
            _send(session, name, params)

        return lambda params: self._on_target(send, page, method, params)

    def _on_target(self, send: Send, page: int | None, method: str, params: Mapping[str, Any]) -> None:
        """Follow a child target: a cross-site frame or a worker, and what is inside it in turn."""
        child = str(params["sessionId"])
        inner = self._sender(send, child)
        if method == "Target.attachedToTarget":
            self._begin(inner)
            return
        message = json.loads(params["message"])
        name = message.get("method")
        if name in _NETWORK:
            self._heard.append((wall_clock(), page, child, name, message["params"]))
        elif name in _TARGETS:
            self._on_target(inner, page, name, message["params"])

    def _sender(self, send: Send, child: str) -> Send:
        def inner(method: str, params: dict[str, Any]) -> None:
            self._ids += 1
            message = json.dumps({"id": self._ids, "method": method, "params": params})
            send("Target.sendMessageToTarget", {"sessionId": child, "message": message})

        return inner

    def requests(self) -> tuple[_Hops, ...]:
        """Return what was heard, request by request."""
        found: dict[tuple[str, str], _Hops] = {}
        for at, page, target, method, params in tuple(self._heard):
            hops = found.setdefault((target, str(params["requestId"])), _Hops(page))
            if method == "Network.requestWillBeSent":
                hops.hops.append(params)
            else:
                _FILES[method](hops).append((at, params))
        return tuple(found.values())

    def headers(self) -> WireHeaders:
        """Return the headers that really went over the wire, by address."""
        return WireHeaders(self.requests())

    def sightings(self) -> Iterator[Sighting]:
        """Yield what was heard."""
        for request in self.requests():
            for number, hop in enumerate(request.hops):
                yield from _hop(request, number, hop)
            for at, failed in request.failed:
                yield from _blocked(request, at, failed)


_FILES: Mapping[str, Callable[[_Hops], list[tuple[float, Mapping[str, Any]]]]] = {
    "Network.requestWillBeSentExtraInfo": lambda hops: hops.sent,
    "Network.responseReceivedExtraInfo": lambda hops: hops.received,
    "Network.loadingFailed": lambda hops: hops.failed,
}


class WireHeaders:
    """Headers of requests and responses by address, each to be taken once, in order."""

    def __init__(self, requests: tuple[_Hops, ...] = ()) -> None:
        self._sent: dict[str, deque[dict[str, str]]] = defaultdict(deque)
        self._received: dict[str, deque[dict[str, str]]] = defaultdict(deque)
        for request in requests:
            for hop, (_, extra) in zip(request.hops, request.sent, strict=False):
                self._sent[_url(hop)].append(_lower(extra["headers"]))
            for hop, (_, extra) in zip(request.hops, request.received, strict=False):
                self._received[_url(hop)].append(_lower(extra["headers"]))

    def sent(self, url: str) -> dict[str, str] | None:
        """Take the next request headers for an address."""
        found = self._sent.get(url)
        return found.popleft() if found else None

    def received(self, url: str) -> dict[str, str] | None:
        """Take the next response headers for an address; several values are divided by line ends."""
        found = self._received.get(url)
        return found.popleft() if found else None


def _hop(request: _Hops, number: int, hop: Mapping[str, Any]) -> Iterator[Sighting]:
    url, at = _url(hop), float(hop.get("wallTime", 0)) or wall_clock()
    by = hop.get("initiator", {})
    data = {"page": request.page, "url": url, "by": by.get("type"), "script": _script(by)}
    yield Sighting(at, "request.initiated", data)
    for extras, member, direction in (
        (request.sent, "associatedCookies", "sent"),
        (request.received, "blockedCookies", "set"),
    ):
        for heard_at, extra in extras[number : number + 1]:
            for cookie in extra.get(member, ()):
                if reasons := [one for one in cookie["blockedReasons"] if one not in _UNREMARKABLE]:
                    known = {"page": request.page, "url": url, "name": _cookie(cookie), "reasons": reasons}
                    when = at if direction == "sent" else heard_at
                    yield Sighting(when, "cookie.blocked", {**known, "direction": direction})


def _blocked(request: _Hops, at: float, failed: Mapping[str, Any]) -> Iterator[Sighting]:
    cors = failed.get("corsErrorStatus", {}).get("corsError")
    if not request.hops or not (failed.get("blockedReason") or cors):
        return
    data = {"page": request.page, "url": _url(request.hops[-1]), "resource": failed.get("type", "").lower()}
    yield Sighting(at, "request.blocked", {**data, "reason": failed.get("blockedReason"), "cors": cors})


def _cookie(cookie: Mapping[str, Any]) -> str:
    if "cookie" in cookie:
        return str(cookie["cookie"]["name"])
    return str(cookie.get("cookieLine", "")).partition("=")[0].strip()


def _script(initiator: Mapping[str, Any]) -> str | None:
    frames = initiator.get("stack", {}).get("callFrames", ())
    return str(frames[0]["url"]) if frames else initiator.get("url")


def _url(hop: Mapping[str, Any]) -> str:
    return str(hop["request"]["url"]) + str(hop["request"].get("urlFragment", ""))


def _lower(headers: Mapping[str, Any]) -> dict[str, str]:
    return {str(name).lower(): str(value) for name, value in headers.items()}


def _send(session: CDPSession, method: str, params: dict[str, Any]) -> None:
    with contextlib.suppress(Error):  # the target may be gone already
        session.send(method, params)
