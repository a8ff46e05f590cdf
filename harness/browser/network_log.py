"""Requests, responses and cookies as every engine shows them: every hop, and a popup's first one."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Error, Request, Response

from harness.browser.cdp_log import WireHeaders
from harness.browser.sighting import Pages, Sighting, wall_clock
from harness.redact import Redactor, member_names

HEADERS = (
    "access-control-allow-origin",
    "cache-control",
    "clear-site-data",
    "content-security-policy",
    "content-security-policy-report-only",
    "content-type",
    "cross-origin-embedder-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "location",
    "permissions-policy",
    "referrer-policy",
    "refresh",
    "report-to",
    "reporting-endpoints",
    "service-worker-allowed",
    "strict-transport-security",
    "x-content-type-options",
    "x-frame-options",
)
"""The response headers that are kept: policies, types, and where a redirect leads."""

_TALKING = ("document", "fetch", "xhr")
_BODY_LIMIT = 1 << 20
_SECRETS: Mapping[str, re.Pattern[str]] = {
    "private_key": re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----|\"d\"\s*:\s*\"[A-Za-z0-9_-]{40,}\""),
    "client_secret": re.compile(r"client_?secret[\"']?\s*[:=]\s*[\"'][^\"'\s]{6,}[\"']", re.IGNORECASE),
    "code_verifier": re.compile(
        r"code_?verifier[\"']?\s*[:=]\s*[\"'][A-Za-z0-9._~-]{43,128}[\"']", re.IGNORECASE
    ),
}


@dataclass(frozen=True)
class _Seen:
    """A request or response at the moment when the driver told of it."""

    at: float
    request: Request
    response: Response | None = None
    document_url: str | None = None
    top: bool | None = None
    page: int | None = None


class NetworkLog:
    """Keeps what the driver tells about the network; what it costs is paid when the case is over.

    Args:
        pages: Numbers the pages.
        secrets: Values that belong on a server, looked for in what the brand serves.
        ours: Host names of the platform, in whose answers nothing is looked for.
    """

    def __init__(self, pages: Pages, *, secrets: tuple[str, ...], ours: frozenset[str]) -> None:
        self._pages, self._secrets, self._ours = pages, secrets, ours
        self._sent: list[_Seen] = []
        self._received: list[_Seen] = []
        self._finished: list[_Seen] = []
        self._failed: list[tuple[_Seen, str]] = []
        self._headers: dict[Request | Response, dict[str, str] | None] = {}
        self._kinds: dict[Request, tuple[str, ...]] = {}

    def on_request(self, request: Request) -> None:
        """Keep a request; the frame's address is read now, because it changes."""
        page, url, top = None, None, None
        with contextlib.suppress(Error):  # a service worker's request, or one before its page is known
            frame = request.frame
            page, url, top = self._pages.number(frame.page), frame.url, frame.parent_frame is None
        self._sent.append(_Seen(wall_clock(), request, None, url, top, page))

    def on_response(self, response: Response) -> None:
        """Keep a response."""
        self._received.append(_Seen(wall_clock(), response.request, response))

    def on_finished(self, request: Request) -> None:
        """Keep that a request is complete."""
        self._finished.append(_Seen(wall_clock(), request))

    def on_failed(self, request: Request) -> None:
        """Keep that a request failed."""
        self._failed.append((_Seen(wall_clock(), request), request.failure or ""))

    def sent_now(self, request: Request, redactor: Redactor) -> Iterator[Sighting]:
        """Yield what can be told at once of a request that has just been kept."""
        redactor.learn_from(request.url)
        redactor.learn_from(_body(request))
        yield from _request(
            next(one for one in reversed(self._sent) if one.request == request), None, redactor
        )

    def received_now(self, response: Response) -> Sighting:
        """Return what can be told at once of a response."""
        seen = _Seen(wall_clock(), response.request, response)
        return next(_response(seen, None, Redactor(), self._page(response.request)))

    def failed_now(self, request: Request) -> Sighting:
        """Return what can be told at once of a request that failed."""
        data = {**_common(request), "page": self._page(request), "error": request.failure or ""}
        return Sighting(wall_clock(), "request.failed", data)

    def learn(self, redactor: Redactor) -> None:
        """Tell the redactor which credentials went over the wire."""
        for seen in self._sent:
            redactor.learn_from(seen.request.url)
            redactor.learn_from(_body(seen.request))

    def sightings(self, wire: WireHeaders, redactor: Redactor) -> Iterator[Sighting]:
        """Yield what was heard.

        Args:
            wire: Headers that are known already; others are asked for.
            redactor: Learns the cookies' values, makes fingerprints.
        """
        pages = {seen.request: seen.page or self._page(seen.request) for seen in self._sent}
        # The driver answers for headers only when it has them, and waits for ever where none will come.
        answered = {seen.request for seen in self._received if not _by_worker(seen)}
        answered -= {seen.request for seen, _ in self._failed}
        answered -= {seen.request for seen in self._sent if seen.request.service_worker is not None}
        for seen in tuple(self._sent):
            headers = wire.sent(seen.request.url)
            if headers is None and seen.request in answered:
                headers = self._ask(seen.request)
            yield from _request(replace(seen, page=pages[seen.request]), headers, redactor)
        for seen in tuple(self._received):
            headers = wire.received(seen.request.url)
            if headers is None and seen.request in answered and seen.request.resource_type in _TALKING:
                headers = self._ask(seen.response)
            yield from _response(seen, headers, redactor, pages.get(seen.request))
        for seen in tuple(self._finished):
            page, url, took = pages.get(seen.request), seen.request.url, seen.request.timing["responseEnd"]
            data = {"page": page, "url": url, "milliseconds": took if took >= 0 else None}
            yield Sighting(_moment(seen, "responseEnd"), "request.finished", data)
            for kind in self._exposed(seen.request):
                yield Sighting(seen.at, "secret.served", {"page": page, "url": url, "kind": kind})
        for seen, error in tuple(self._failed):
            data = {**_common(seen.request), "page": pages.get(seen.request), "error": error}
            yield Sighting(seen.at, "request.failed", data)

    def _page(self, request: Request) -> int | None:
        """Return the page of a popup's first requests, which were sent before it was announced."""
        with contextlib.suppress(Error):  # a service worker's request
            return self._pages.number(request.frame.page)
        return None

    def _ask(self, asked: Request | Response | None) -> dict[str, str] | None:
        """Return the headers that the driver knows, asking once: of a closed page, a second time it hangs."""
        if asked is None:
            return None
        if asked not in self._headers:
            self._headers[asked] = None
            with contextlib.suppress(Error):  # gone with its page
                self._headers[asked] = asked.all_headers()
        return self._headers[asked]

    def _exposed(self, request: Request) -> tuple[str, ...]:
        """Look through what the brand serves to everybody for what belongs on a server."""
        host = urlsplit(request.url).hostname
        if request.resource_type not in ("document", "script") or host in self._ours:
            return ()
        if request not in self._kinds:
            # Asked for a response that it has not told of, the driver may wait for ever.
            told = next((one.response for one in self._received if one.request == request), None)
            text = _text(told) if told is not None and not told.from_service_worker else ""
            found = {kind for kind, pattern in _SECRETS.items() if pattern.search(text)}
            found |= {"client_secret"} if any(secret in text for secret in self._secrets) else set()
            self._kinds[request] = tuple(sorted(found))
        return self._kinds[request]


def _by_worker(seen: _Seen) -> bool:
    return seen.response is not None and seen.response.from_service_worker


def _text(response: Response) -> str:
    with contextlib.suppress(Error, UnicodeDecodeError):  # gone with its document, or no text
        return response.text()[:_BODY_LIMIT]
    return ""


def _request(seen: _Seen, headers: dict[str, str] | None, redactor: Redactor) -> Iterator[Sighting]:
    request, body, at = seen.request, _body(seen.request), _moment(seen, None)
    before = request.redirected_from
    marks = (*redactor.fingerprints(request.url), *redactor.fingerprints(body))
    data = {
        **_common(request),
        "page": seen.page,
        "document_url": seen.document_url,
        "top": seen.top,
        "redirected_from": before.url if before else None,
        "body": member_names(body),
        "fingerprints": list(dict.fromkeys(marks)),
    }
    yield Sighting(at, "request.sent", data)
    if headers is None:
        return
    names = _cookie_names(headers.get("cookie", ""), redactor)
    if names or request.resource_type in _TALKING:
        yield Sighting(at, "cookie.sent", {"page": seen.page, "url": request.url, "names": names})
    if referrer := headers.get("referer"):
        marks = redactor.fingerprints(referrer)
        said = {"page": seen.page, "url": request.url, "referrer": referrer, "fingerprints": marks}
        yield Sighting(at, "referrer.sent", said)


def _response(
    seen: _Seen, headers: dict[str, str] | None, redactor: Redactor, page: int | None
) -> Iterator[Sighting]:
    response, request, at = seen.response, seen.request, _moment(seen, "responseStart")
    assert response is not None, "a response was kept"
    known = response.headers
    data = {
        **_common(request),
        "page": page,
        "status": response.status,
        "headers": {name: known[name] for name in HEADERS if name in known},
        "service_worker": response.from_service_worker,
    }
    yield Sighting(at, "response.received", data)
    for line in (headers or {}).get("set-cookie", "").split("\n"):
        if line:
            yield Sighting(
                at, "cookie.offered", {"page": page, "url": request.url, **_offered(line, redactor)}
            )


def _common(request: Request) -> dict[str, Any]:
    return {
        "url": request.url,
        "method": request.method,
        "resource": request.resource_type,
        "navigation": request.is_navigation_request(),
    }


def _moment(seen: _Seen, since: str | None) -> float:
    """Return when it happened by the engine's own clock, where it tells, and never after it was told."""
    timing: Mapping[str, Any] = dict(seen.request.timing)
    start = float(timing["startTime"])
    if start <= 0 or (since is not None and timing[since] < 0):
        return seen.at
    return min(seen.at, (start + (timing[since] if since else 0)) / 1000)


def _body(request: Request) -> str | None:
    try:
        return request.post_data
    except UnicodeDecodeError:
        return None


def _cookie_names(header: str, redactor: Redactor) -> list[str]:
    names = []
    for pair in header.split(";"):
        name, _, value = pair.strip().partition("=")
        redactor.learn_cookie(value)
        names += [name] if name else []
    return names


def _offered(line: str, redactor: Redactor) -> dict[str, Any]:
    """Read a ``Set-Cookie`` line (RFC 6265 section 5.2); the value is learned and dropped."""
    pair, *attributes = (part.strip() for part in line.split(";"))
    name, _, value = pair.partition("=")
    redactor.learn_cookie(value)
    known = {
        key.strip().lower(): value.strip() for key, _, value in (one.partition("=") for one in attributes)
    }
    return {
        "name": name.strip(),
        "secure": "secure" in known,
        "http_only": "httponly" in known,
        "same_site": known["samesite"].lower() if "samesite" in known else None,
        "partitioned": "partitioned" in known,
        "domain": known.get("domain"),
        "path": known.get("path"),
    }
