"""What the DevTools protocol says, put together: hops, headers, blocked cookies and requests."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from harness.browser.cdp_log import CdpLog, WireHeaders


class Session:
    """Stands in for the driver's session: remembers listeners and what was sent."""

    def __init__(self) -> None:
        self.listeners: dict[str, Callable[[Any], None]] = {}
        self.sent: list[tuple[str, dict[str, Any]]] = []

    def on(self, name: str, listener: Callable[[Any], None]) -> None:
        """Remember a listener."""
        self.listeners[name] = listener

    def send(self, method: str, params: dict[str, Any]) -> None:
        """Remember a message."""
        self.sent.append((method, params))


class Context:
    """Stands in for the browser context."""

    def __init__(self) -> None:
        self.session = Session()

    def new_cdp_session(self, page: object) -> Session:
        """Return the one session."""
        return self.session


def attached() -> tuple[CdpLog, Session]:
    """Return a log that listens to page 1."""
    context: Any = Context()
    log = CdpLog(context)
    page: Any = object()
    log.attach(page, 1)
    return log, context.session


def request(url: str, **more: Any) -> dict[str, Any]:
    """Return a ``requestWillBeSent``."""
    return {
        "requestId": "r",
        "wallTime": 5.0,
        "request": {"url": url},
        "initiator": {"type": "other"},
        **more,
    }


def cookie(name: str, *reasons: str) -> dict[str, Any]:
    """Return an associated cookie with the reasons for which it was withheld."""
    return {"cookie": {"name": name, "value": "never-kept"}, "blockedReasons": list(reasons)}


def test_cookies_belong_to_their_hop() -> None:
    """Of a redirect, each hop has its own cookies, told by the order in which they come."""
    log, session = attached()
    hear = session.listeners
    hear["Network.requestWillBeSent"](request("https://a.test/1"))
    hear["Network.requestWillBeSentExtraInfo"](
        {"requestId": "r", "headers": {}, "associatedCookies": [cookie("one", "SameSiteLax"), cookie("fine")]}
    )
    hear["Network.requestWillBeSent"](request("https://b.test/2"))
    hear["Network.requestWillBeSentExtraInfo"](
        {"requestId": "r", "headers": {"Cookie": "x"}, "associatedCookies": [cookie("two", "NotOnPath")]}
    )
    dropped = {"cookieLine": "three=3; SameSite=None", "blockedReasons": ["SameSiteNoneInsecure"]}
    hear["Network.responseReceivedExtraInfo"]({"requestId": "r", "headers": {}, "blockedCookies": [dropped]})

    blocked = [one.data for one in log.sightings() if one.type == "cookie.blocked"]

    assert [
        ("https://a.test/1", "one", "sent", ["SameSiteLax"]),
        ("https://a.test/1", "three", "set", ["SameSiteNoneInsecure"]),
    ] == [(one["url"], one["name"], one["direction"], one["reasons"]) for one in blocked]
    assert "never-kept" not in repr(blocked)


def test_what_the_browser_refuses_itself_has_a_reason() -> None:
    """A failure without a reason is the network's, and told elsewhere."""
    log, session = attached()
    hear = session.listeners
    hear["Network.requestWillBeSent"](request("http://a.test/x.js"))
    hear["Network.loadingFailed"]({"requestId": "r", "type": "Script", "blockedReason": "mixed-content"})
    hear["Network.loadingFailed"]({"requestId": "r", "type": "Script"})
    hear["Network.loadingFailed"]({"requestId": "unknown", "type": "Script", "blockedReason": "csp"})

    assert [("http://a.test/x.js", "script", "mixed-content", None)] == [
        (one.data["url"], one.data["resource"], one.data["reason"], one.data["cors"])
        for one in log.sightings()
        if one.type == "request.blocked"
    ]


def said(child: str, method: str, params: dict[str, Any]) -> dict[str, Any]:
    """Return what a child session says, as its parent passes it on."""
    return {"sessionId": child, "message": json.dumps({"method": method, "params": params})}


def test_a_frame_in_a_frame_speaks_through_its_parents() -> None:
    """Each child is listened to through the session that it was attached in, however deep."""
    log, session = attached()
    attach = session.listeners["Target.attachedToTarget"]
    receive = session.listeners["Target.receivedMessageFromTarget"]
    attach({"sessionId": "child"})
    receive(said("child", "Target.attachedToTarget", {"sessionId": "grandchild"}))
    asked = [params for method, params in session.sent if method == "Target.sendMessageToTarget"]
    heard = said("grandchild", "Network.requestWillBeSent", request("https://in.test/"))
    receive(said("child", "Target.receivedMessageFromTarget", heard))

    assert {"child"} == {params["sessionId"] for params in asked}
    assert any(
        "grandchild" in params["message"] and "Network.enable" in params["message"] for params in asked
    )
    assert ["https://in.test/"] == [one.data["url"] for one in log.sightings()]


def test_headers_are_taken_once_in_order() -> None:
    """Two requests to one address have headers of their own."""
    log, session = attached()
    hear = session.listeners
    for number in ("1", "2"):
        hear["Network.requestWillBeSent"]({**request("https://a.test/"), "requestId": number})
        extra: dict[str, Any] = {"requestId": number, "headers": {"Referer": number}, "associatedCookies": []}
        hear["Network.requestWillBeSentExtraInfo"](extra)
    headers = log.headers()

    assert [{"referer": "1"}, {"referer": "2"}, None] == [headers.sent("https://a.test/") for _ in range(3)]
    assert WireHeaders().received("https://a.test/") is None
