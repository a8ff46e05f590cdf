"""One request with its response, as HAR 1.2 and Playwright's traces both write it.

Source: the HAR 1.2 specification (the archived W3C draft), and Playwright's fields, which begin with ``_``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from harness.redact import HIDDEN, looks_secret, mark
from harness.scrub import bodies
from harness.scrub.material import (
    Gate,
    Material,
    address,
    each,
    flag,
    identifier,
    items,
    moment,
    number,
    passed,
    record,
    text,
    url,
    version,
    word,
)

Content = Callable[[Mapping[str, Any], Material], dict[str, Any]]
"""Returns what stands for the text of a body: where it is, is up to the recording."""

_URLS = frozenset({"location", "origin", "referer", "content-location", "access-control-allow-origin"})
_HARMLESS = frozenset(
    {
        "accept",
        "accept-encoding",
        "accept-language",
        "accept-ranges",
        "access-control-allow-credentials",
        "access-control-allow-headers",
        "access-control-allow-methods",
        "access-control-request-headers",
        "access-control-request-method",
        "cache-control",
        "clear-site-data",
        "connection",
        "content-encoding",
        "content-language",
        "content-length",
        "content-security-policy",
        "content-security-policy-report-only",
        "content-type",
        "cross-origin-embedder-policy",
        "cross-origin-opener-policy",
        "cross-origin-resource-policy",
        "date",
        "expires",
        "host",
        "permissions-policy",
        "pragma",
        "referrer-policy",
        "retry-after",
        "sec-ch-ua",
        "sec-ch-ua-mobile",
        "sec-ch-ua-platform",
        "sec-fetch-dest",
        "sec-fetch-mode",
        "sec-fetch-site",
        "sec-fetch-storage-access",
        "sec-fetch-user",
        "service-worker-allowed",
        "strict-transport-security",
        "transfer-encoding",
        "upgrade",
        "upgrade-insecure-requests",
        "user-agent",
        "vary",
        "x-content-type-options",
        "x-frame-options",
    }
)
"""Headers whose values are kept; of all others the name alone."""

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,60}")
_NONCE = re.compile(r"'(nonce|sha\d{3})-[^']*'")


def _header(value: Any, material: Material) -> dict[str, str] | None:
    name, given = _pair(value)
    if not _HEADER_NAME.fullmatch(name) or looks_secret(name):
        return None
    plain = name.lower()
    if plain in _URLS:
        shown = material.redactor.url(given)
    elif plain in _HARMLESS:
        shown = material.redactor.text(_NONCE.sub(r"'\1-…'", given), limit=1500)
    else:
        shown = HIDDEN if given else ""
    return {"name": material.redactor.text(name, limit=60), "value": _latin(shown)}


def _latin(text: str) -> str:
    """Return what a header can hold (RFC 9110 section 5.5): the viewer makes real headers of these."""
    return text.replace(HIDDEN, "...").encode("latin-1", "replace").decode("latin-1")


def _cookie(value: Any, material: Material) -> dict[str, Any] | None:
    name, given = _pair(value)
    secret = len(given) >= 16 or looks_secret(given)
    kept = {"name": material.redactor.cookie_name(name), "value": mark(given) if secret else HIDDEN}
    return {**kept, **passed(_COOKIE_FIELDS, value, material)}


def _pair(value: Any) -> tuple[str, str]:
    given = value if isinstance(value, Mapping) else {}
    return str(given.get("name") or ""), str(given.get("value") or "")


_COOKIE_FIELDS: Mapping[str, Gate] = {
    "path": url,
    "domain": text,
    "expires": moment,
    "httpOnly": flag,
    "secure": flag,
    "sameSite": word,
}
_REQUEST: Mapping[str, Gate] = {
    "method": word,
    "url": url,
    "httpVersion": version,
    "cookies": each(_cookie),
    "headers": each(_header),
    "headersSize": number,
    "bodySize": number,
}
_RESPONSE: Mapping[str, Gate] = {
    "status": number,
    "statusText": text,
    "httpVersion": version,
    "cookies": each(_cookie),
    "headers": each(_header),
    "headersSize": number,
    "bodySize": number,
    "redirectURL": url,
    "_transferSize": number,
    "_failureText": text,
}
_CONTENT: Mapping[str, Gate] = {"size": number, "compression": number, "mimeType": text}
_TIMINGS = ("blocked", "dns", "connect", "ssl", "send", "wait", "receive")
_ENTRY: Mapping[str, Gate] = {
    "pageref": identifier,
    "startedDateTime": moment,
    "time": number,
    "timings": record(dict.fromkeys(_TIMINGS, number)),
    "serverIPAddress": address,
    "_frameref": identifier,
    "_monotonicTime": number,
    "_resourceType": word,
    "_serverPort": number,
    "_securityDetails": record({"protocol": version, "validFrom": number, "validTo": number}),
    "_wasAborted": flag,
    "_wasFulfilled": flag,
    "_wasContinued": flag,
}


def exchange(entry: Any, material: Material, content: Content) -> dict[str, Any]:
    """Return an entry without credentials and without what people would be known by.

    Args:
        entry: The entry, as Playwright wrote it.
        material: What is known.
        content: Says what stands for a body's text.
    """
    given = entry if isinstance(entry, Mapping) else {}
    request, response = _mapping(given, "request"), _mapping(given, "response")
    kept = passed(_ENTRY, given, material)
    kept["request"] = passed(_REQUEST, request, material)
    kept["request"]["queryString"] = _query(kept["request"].get("url", ""))
    if isinstance(request.get("postData"), Mapping):
        kept["request"]["postData"] = _posted(request["postData"], material, content)
    kept["response"] = passed(_RESPONSE, response, material)
    inside = _mapping(response, "content")
    kept["response"]["content"] = {**passed(_CONTENT, inside, material), **content(inside, material)}
    kept["cache"] = {}
    if material.pages and isinstance(given.get("_webSocketMessages"), list):
        kept["_webSocketMessages"] = [frame(one, material) for one in given["_webSocketMessages"]]
    return kept


def _mapping(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = value.get(name)
    return found if isinstance(found, Mapping) else {}


def _query(redacted: str) -> list[dict[str, str]]:
    """Return the parameters of an address that is redacted already."""
    _, _, query = redacted.partition("#")[0].partition("?")
    return [{"name": name, "value": value} for name, value in parse_qsl(query, keep_blank_values=True)]


def _posted(posted: Mapping[str, Any], material: Material, content: Content) -> dict[str, Any]:
    kept = {"text": "", "params": [], **passed({"mimeType": text}, posted, material)}
    if not material.pages:
        material.left_out["bodies"] += 1
        return kept
    names = (_pair(one) for one in items(posted.get("params")))
    kept["params"] = [
        {"name": name, "value": value}
        for given in names
        for name, value in parse_qsl(
            bodies.form("=".join(map(_quoted, given)), material), keep_blank_values=True
        )
    ]
    return {**kept, **content(posted, material)}


def _quoted(value: str) -> str:
    return re.sub(r"[%&;=+#?]", lambda found: f"%{ord(found[0]):02X}", value)


def frame(value: Any, material: Material) -> dict[str, Any]:
    """Return one message of a WebSocket: its direction and time, and its form where it is JSON."""
    given = value if isinstance(value, Mapping) else {}
    kept = passed({"type": word, "time": number, "opcode": number}, given, material)
    shown = bodies.message(given["data"], material) if isinstance(given.get("data"), str) else None
    return {**kept, "data": HIDDEN if shown is None else shown}


def secrets_of(entry: Any) -> Iterator[tuple[str, str]]:
    """Yield what an entry teaches: ``cookie`` and its value, ``encoded`` and a URL, form or JSON text."""
    given = entry if isinstance(entry, Mapping) else {}
    request, response = _mapping(given, "request"), _mapping(given, "response")
    for side in (request, response):
        for one in items(side.get("cookies")):
            yield "cookie", _pair(one)[1]
        for one in items(side.get("headers")):
            name, value = _pair(one)
            if name.lower() in ("location", "referer"):
                yield "encoded", value
    yield "encoded", str(request.get("url") or "")
    posted = _mapping(request, "postData")
    yield "encoded", str(posted.get("text") or "")
    for one in items(posted.get("params")):
        yield "encoded", "=".join(map(_quoted, _pair(one)))
    yield "encoded", str(_mapping(response, "content").get("text") or "")
    for one in items(given.get("_webSocketMessages")):
        yield "encoded", str(one.get("data") or "") if isinstance(one, Mapping) else ""


def learn(entry: Any, material: Material) -> None:
    """Let the redactor learn the credentials of an entry."""
    for kind, value in secrets_of(entry):
        if kind == "cookie":
            material.redactor.learn_cookie(value)
        else:
            material.redactor.learn_from(value)
