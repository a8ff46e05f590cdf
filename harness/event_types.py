"""What a browser's side of a timeline may hold: every event type, its fields, and the gate that they pass.

One table. The recorder emits nothing else, and every field goes through the gate of its kind, so that no
credential enters a timeline by a path that nobody thought of. The servers' own events are theirs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from harness.redact import Redactor
from harness.timeline import Source

Kind = Literal[
    "url",
    "text",
    "texts",
    "number",
    "flag",
    "fingerprint",
    "fingerprints",
    "value",
    "headers",
    "cookie",
    "cookies",
]


@dataclass(frozen=True, kw_only=True)
class EventType:
    """One type of event.

    Attributes:
        source: Who sees it: ``page`` for the page's own JavaScript, ``browser`` for the engine.
        meaning: What has happened.
        fields: Field name to kind and meaning.
        everywhere: Whether every engine shows it; otherwise Chromium alone does.
    """

    source: Source
    meaning: str
    fields: Mapping[str, tuple[Kind, str]]
    everywhere: bool = True


_WHERE: dict[str, tuple[Kind, str]] = {
    "page": ("number", "the tab or popup, counted from 1 as they appeared")
}
_DOCUMENT: dict[str, tuple[Kind, str]] = {
    **_WHERE,
    "document": ("number", "the document, counted from 1 as they spoke up"),
}
_MESSAGE: dict[str, tuple[Kind, str]] = {
    "type": ("text", "its member type, event or action; else the type of the value"),
    "members": ("texts", "names of its members"),
    "characters": ("number", "its length, where it is a string"),
    "fingerprints": ("fingerprints", "of what in it may be a credential"),
}
_CHANNEL: dict[str, tuple[Kind, str]] = {"channel": ("text", "the name of the channel")}
_CALL: dict[str, tuple[Kind, str]] = {
    "call": ("number", "the call of the page method in its document, from 1")
}
_ELEMENT: dict[str, tuple[Kind, str]] = {
    "url": ("url", "its src"),
    "name": ("text", "its name"),
    "sandbox": ("text", "its sandbox attribute; null without one"),
    "allow": ("text", "its allow attribute"),
    "loading": ("text", "its loading attribute"),
    "hidden": ("flag", "whether it is hidden, or display:none in its own style"),
}
_REQUEST: dict[str, tuple[Kind, str]] = {
    "url": ("url", "the address"),
    "method": ("text", "the HTTP method"),
    "resource": ("text", "what it is for: document, script, fetch …"),
    "navigation": ("flag", "whether it loads a document"),
}


def _page(meaning: str, **fields: tuple[Kind, str]) -> EventType:
    return EventType(source="page", meaning=meaning, fields={**_DOCUMENT, **fields})


def _browser(meaning: str, **fields: tuple[Kind, str]) -> EventType:
    return EventType(source="browser", meaning=meaning, fields={**_WHERE, **fields})


def _chromium(meaning: str, **fields: tuple[Kind, str]) -> EventType:
    return EventType(source="browser", meaning=meaning, fields={**_WHERE, **fields}, everywhere=False)


EVENT_TYPES: Mapping[str, EventType] = {
    "document.started": _page(
        "a document begins, before its first script",
        url=("url", "its address"),
        origin=("text", "its origin; null in a sandbox and in data:"),
        top=("flag", "whether it is no frame"),
        ancestors=("texts", "origins of the documents around it, nearest first, where the engine tells"),
        opener=("flag", "whether window.opener leads anywhere"),
        secure=("flag", "isSecureContext"),
        isolated=("flag", "crossOriginIsolated"),
        cookies=("flag", "navigator.cookieEnabled"),
        storage_access=("flag", "whether Permissions-Policy leaves it storage-access; null where unknown"),
        referrer=("url", "document.referrer"),
    ),
    "document.found": _page(
        "a document that is there when the case ends",
        url=("url", "its address at that moment"),
        referrer_policy=("text", "of its meta element"),
    ),
    "message.received": _page(
        "a message event reaches a window",
        origin=("text", "event.origin"),
        sender=("text", "event.source: parent, opener, top, frame, popup, self, none or other"),
        trusted=("flag", "whether the browser made the event"),
        **_MESSAGE,
    ),
    "message.sent": _page(
        "the platform's own scripts post a message; of other senders only the receipt is seen",
        to=("text", "the target origin"),
        type=("text", "its type"),
    ),
    "channel.sent": _page("a message goes into a BroadcastChannel", **_CHANNEL, **_MESSAGE),
    "channel.received": _page("a message comes out of a BroadcastChannel", **_CHANNEL, **_MESSAGE),
    "window.opened": _page(
        "window.open is called",
        url=("url", "what is opened"),
        name=("text", "the target name"),
        noopener=("flag", "whether the features ask for no opener"),
        active=("flag", "navigator.userActivation.isActive; the driver's own waiting makes it true as well"),
        since_input_ms=("number", "since a real key, tap or click in this document; null before the first"),
        result=("text", "window, null or threw"),
        error=("text", "the name of the error"),
    ),
    "dialog.opened": _page("alert, confirm or prompt is called", kind=("text", "which")),
    "iframe.added": _page("an iframe element enters the document", **_ELEMENT),
    "iframe.removed": _page("an iframe element leaves the document", **_ELEMENT),
    "page_method.found": _page(
        "how far the configured name of the page method leads, when that changes",
        status=("text", "function, missing, not_callable, or accessor, which is not called to find out"),
        segment=("text", "the last segment that was reached"),
        type=("text", "the type of what stands there"),
        watched=("flag", "whether its calls are seen"),
    ),
    "page_method.called": _page(
        "the page method is called",
        **_CALL,
        arguments=("number", "how many arguments"),
        callback=("text", "the type of the first"),
        code_challenge=("fingerprint", "of the second, where it is a string"),
    ),
    "page_method.returned": _page("the call returns", **_CALL, value=("value", "what is returned")),
    "page_method.threw": _page("the call throws", **_CALL, error=("text", "the name of the error")),
    "page_method.resolved": _page(
        "the promise that the call returned resolves", **_CALL, value=("value", "with what")
    ),
    "page_method.rejected": _page(
        "the promise that the call returned rejects", **_CALL, error=("text", "the name of the error")
    ),
    "page_method.answered": _page(
        "the callback of a call is called",
        **_CALL,
        nth=("number", "for the how many-th time"),
        after_ms=("number", "since the call"),
        arguments=("number", "how many arguments"),
        token=("value", "the first argument"),
        error_type=("text", "the type of the second"),
        error_given=("flag", "whether that is anything but null and undefined"),
        error_falsy=("flag", "whether it is falsy"),
    ),
    "page_method.pushed": _page(
        "the page pushes a credential, or that there is none",
        arguments=("number", "how many arguments"),
        token=("value", "the first argument"),
    ),
    "page_method.expired": _page(
        "the event is dispatched on which the page has to push", event=("text", "its name")
    ),
    "storage.denied": _page(
        "the browser refuses a store",
        store=("text", "localStorage, sessionStorage, indexedDB or cookie"),
        error=("text", "the name of the error"),
    ),
    "storage.written": _page(
        "something that may be a credential is written to a store",
        store=("text", "localStorage, sessionStorage, indexedDB or cookie"),
        key=("text", "under which key"),
        fingerprints=("fingerprints", "of what may be a credential"),
    ),
    "storage_access.answered": _page(
        "the Storage Access API answers",
        method=("text", "which of its methods"),
        result=("text", "granted, no or denied"),
        error=("text", "the name of the error"),
    ),
    "credential.kept": _page(
        "a credential that this document was given is found where it outlives it",
        where=("text", "localStorage, sessionStorage, cookie, attribute, window.name or history.state"),
        key=("text", "under which key"),
        fingerprint=("fingerprint", "of the credential"),
    ),
    "cache.found": _page(
        "a cache of the document's origin, as service workers keep them, holds an address with a credential",
        url=("url", "that address"),
        key=("text", "the name of the cache"),
        fingerprints=("fingerprints", "of the credentials in it"),
    ),
    "policy.violated": _page(
        "a content security policy is violated",
        directive=("text", "the effective directive"),
        blocked=("url", "what was blocked"),
        disposition=("text", "enforce or report"),
        document_url=("url", "the address that a report would carry"),
        source=("url", "where"),
        line=("number", "in which line"),
    ),
    "script.failed": _page(
        "an error or a rejection that nobody handled",
        kind=("text", "error or rejection"),
        error=("text", "its name"),
        source=("url", "where"),
        line=("number", "in which line"),
    ),
    "resource.failed": _page(
        "an element's resource does not load",
        tag=("text", "which element"),
        url=("url", "its address"),
        integrity=("flag", "whether the element demands a hash"),
        crossorigin=("text", "its crossorigin attribute"),
    ),
    "connection.changed": _page(
        "the browser goes offline, or comes back", online=("flag", "whether it is online from now on")
    ),
    "builtin.replaced": _page(
        "the page has replaced a function that SDKs rely on",
        name=("text", "which"),
        type=("text", "the type of what stands there"),
        native=("flag", "whether it says that it is native"),
    ),
    "sdk.loaded": _page(
        "a script element has loaded the platform's SDK",
        url=("url", "from where"),
        instance=("number", "the how many-th in this document"),
    ),
    "recorder.failed": _page(
        "the recorder's own script could not describe something",
        during=("text", "an event type or a listener"),
    ),
    "recorder.full": _page(
        "a document does so much that the rest is left out", most=("number", "events kept")
    ),
    "page.opened": _browser(
        "a tab or popup appears",
        url=("url", "its address when it was announced"),
        opener=("number", "the page that opened it, as the driver knows it"),
    ),
    "page.closed": _browser("a tab or popup is closed"),
    "page.crashed": _chromium("a page's process dies"),
    "frame.navigated": _browser(
        "a frame shows another address",
        url=("url", "the address; the engine's own error page where it was refused"),
        name=("text", "the frame's name"),
        top=("flag", "whether it is the page itself"),
    ),
    "request.sent": _browser(
        "a request goes out; every hop of a redirect is one",
        **_REQUEST,
        document_url=("url", "the document that stands in the requesting frame"),
        top=("flag", "whether that frame is the page itself"),
        redirected_from=("url", "the hop before"),
        body=("texts", "names of the members of the body"),
        fingerprints=("fingerprints", "of credentials in address and body"),
    ),
    "request.initiated": _chromium(
        "what made the browser send a request",
        url=("url", "the request"),
        by=("text", "parser, script, preload, other …"),
        script=("url", "the script on top of the stack"),
    ),
    "response.received": _browser(
        "a response arrives",
        **_REQUEST,
        status=("number", "the HTTP status"),
        headers=("headers", "policies, types and where it leads, by name in lower case"),
        service_worker=("flag", "whether a service worker gave it"),
    ),
    "request.finished": _browser(
        "a response is complete", url=("url", "the address"), milliseconds=("number", "since the request")
    ),
    "request.failed": _browser("a request fails", **_REQUEST, error=("text", "the engine's word for it")),
    "request.blocked": _chromium(
        "a request that the browser itself refused",
        url=("url", "the address"),
        resource=("text", "what it was for"),
        reason=("text", "the blocked reason"),
        cors=("text", "the CORS error"),
    ),
    "cookie.sent": _browser(
        "the cookies that went with a request",
        url=("url", "the request"),
        names=("cookies", "their names; none for a document or fetch without any"),
    ),
    "cookie.offered": _browser(
        "a response asks for a cookie",
        url=("url", "the response"),
        name=("cookie", "its name"),
        secure=("flag", "Secure"),
        http_only=("flag", "HttpOnly"),
        same_site=("text", "SameSite in lower case; null without one"),
        partitioned=("flag", "Partitioned"),
        domain=("text", "Domain"),
        path=("text", "Path"),
    ),
    "cookie.blocked": _chromium(
        "the browser withholds or drops a cookie",
        url=("url", "the request"),
        name=("cookie", "its name"),
        direction=("text", "sent or set"),
        reasons=("texts", "the browser's reasons"),
    ),
    "referrer.sent": _browser(
        "a request says where it comes from",
        url=("url", "the request"),
        referrer=("url", "its Referer header"),
        fingerprints=("fingerprints", "of credentials in it"),
    ),
    "secret.served": _browser(
        "a page or script of the brand holds something that belongs on a server",
        url=("url", "where"),
        kind=("text", "client_secret, private_key or code_verifier"),
    ),
    "worker.started": _chromium("a service worker starts", url=("url", "its script")),
    "console.written": _browser(
        "a line in the console, the browser's own among them",
        level=("text", "error, warning, log …"),
        text=("text", "the line, redacted"),
        url=("url", "where"),
        line=("number", "in which line"),
        fingerprints=("fingerprints", "of credentials in it"),
    ),
    "error.unhandled": _browser(
        "an error that nobody handled, with its message",
        error=("text", "its name"),
        text=("text", "the message, redacted"),
    ),
}
"""Every type that the recorder emits."""

VALUE: Mapping[str, tuple[Kind, str]] = {
    "type": ("text", "string, object, array, promise, node, null …"),
    "characters": ("number", "the length of a string"),
    "shape": ("text", "of a string: empty, jws, jwe, url, json, opaque or words"),
    "decoration": ("text", "what was put around it: scheme, quotes, whitespace, percent-encoding or base64"),
    "fingerprint": ("fingerprint", "of a string of eight characters or more"),
    "members": ("texts", "names of an object's members"),
    "credential": ("value", "its member ssoKey, in the same words"),
    "redirect_uri": ("url", "its member redirect_uri"),
}
"""A value of the page in words: what it is, never what it says. Only what applies is there."""

_FINGERPRINT = re.compile(r"[0-9a-f]{12}\Z")
_NONCE = re.compile(r"'(nonce|sha\d{3})-[^']*'")


def admit(type_: str, data: Mapping[str, Any], redactor: Redactor) -> dict[str, Any]:
    """Return an event's data with every field of its type, each through the gate of its kind.

    Args:
        type_: A type of :data:`EVENT_TYPES`.
        data: The raw facts; fields that the type does not have are dropped.
        redactor: What is secret in this case.

    Raises:
        KeyError: For a type that is not in the table.
    """
    fields = EVENT_TYPES[type_].fields
    return {name: _GATES[kind](data.get(name), redactor) for name, (kind, _) in fields.items()}


def _url(value: Any, redactor: Redactor) -> str | None:
    return redactor.url(value[:20_000])[:2000] if isinstance(value, str) else None


def _text(value: Any, redactor: Redactor) -> str | None:
    return redactor.text(value) if isinstance(value, str) else None


def _texts(value: Any, redactor: Redactor) -> list[str]:
    items = value if isinstance(value, list | tuple) else ()
    return [redactor.text(item, limit=120) for item in items if isinstance(item, str)][:30]


def _cookie(value: Any, redactor: Redactor) -> str | None:
    return (redactor.cookie_name(value) or None) if isinstance(value, str) else None


def _cookies(value: Any, redactor: Redactor) -> list[str]:
    items = value if isinstance(value, list | tuple) else ()
    return [name for item in items if (name := _cookie(item, redactor)) is not None][:30]


def _number(value: Any, _: Redactor) -> int | float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if isinstance(value, int) else round(value, 3)


def _flag(value: Any, _: Redactor) -> bool | None:
    return value if isinstance(value, bool) else None


def _fingerprint(value: Any, _: Redactor) -> str | None:
    return value if isinstance(value, str) and _FINGERPRINT.match(value) else None


def _fingerprints(value: Any, _: Redactor) -> list[str]:
    items = value if isinstance(value, list | tuple) else ()
    return [item for item in items if isinstance(item, str) and _FINGERPRINT.match(item)][:30]


def _value(value: Any, redactor: Redactor) -> dict[str, Any] | None:
    if not isinstance(value, Mapping):
        return None
    return {name: _GATES[kind](value[name], redactor) for name, (kind, _) in VALUE.items() if name in value}


def _headers(value: Any, redactor: Redactor) -> dict[str, str]:
    items = value if isinstance(value, Mapping) else {}
    return {str(name): _header(str(name), str(item), redactor) for name, item in items.items()}


def _header(name: str, value: str, redactor: Redactor) -> str:
    if name.lower() == "location":
        # Decoded as text is, a parameter's value could end it, and the rest of it would stand alone.
        return redactor.url(value)[:1500]
    return redactor.text(_NONCE.sub(r"'\1-…'", value), limit=1500)


_GATES: Mapping[Kind, Callable[[Any, Redactor], Any]] = {
    "url": _url,
    "text": _text,
    "texts": _texts,
    "number": _number,
    "flag": _flag,
    "fingerprint": _fingerprint,
    "fingerprints": _fingerprints,
    "value": _value,
    "headers": _headers,
    "cookie": _cookie,
    "cookies": _cookies,
}
