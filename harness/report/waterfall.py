"""What a case spent its time on: bars on one scale, by the hop at which it was spent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from harness.page_methods import FAMILIES, PageMethod
from harness.report.plain import line
from harness.timeline import Event, Timeline

Kind = Literal["request", "call", "event"]
Lane = Literal[
    "brand page", "sdk", "authorization endpoint", "token endpoint", "id_token", "platform", "other"
]

LANES: Mapping[Lane, str] = {
    "brand page": "Brand page",
    "sdk": "SDK",
    "authorization endpoint": "Authorization server",
    "token endpoint": "Token endpoint",
    "id_token": "id_token",
    "platform": "Platform",
    "other": "Other hosts",
}
"""The hops on which time is spent, in the order of a sign-in, with their names."""

_OF_HOP: Mapping[str, Lane] = {
    "popup": "sdk",
    "browser policy": "brand page",
    "redirect": "authorization endpoint",
    "discovery": "id_token",
    "jwks": "id_token",
    "userinfo": "token endpoint",
}
_LEFT_OUT = frozenset(("stylesheet", "image", "font", "media", "other", "manifest"))
"""What a page loads for its looks."""

_SDK_PATHS = ("/tag/", "/sdk/")
_SERVERS: Mapping[str, Lane] = {
    "authorization.request": "authorization endpoint",
    "authorization.response": "authorization endpoint",
    "code.issued": "authorization endpoint",
    "id_token.issued": "token endpoint",
    "token.issued": "token endpoint",
    "credential.given": "brand page",
    "userinfo.answered": "token endpoint",
}
"""What the servers did in a moment."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """Something that took its time.

    Attributes:
        lane: Where.
        kind: A request of the browser, a call between parties, or a moment.
        label: What it was.
        start: Milliseconds since the first of them.
        length: Milliseconds.
        note: How it ended.
        bad: Whether that was not well.
    """

    lane: Lane
    kind: Kind
    label: str
    start: float
    length: float
    note: str = ""
    bad: bool = False


@dataclass(frozen=True, kw_only=True)
class Waterfall:
    """All bars of a case.

    Attributes:
        lanes: Each hop's name and its bars, in the order of a sign-in.
        total: The length of the scale in milliseconds.
        left_out: How many requests for styles, pictures and the like are not shown.
    """

    lanes: tuple[tuple[Lane, tuple[Bar, ...]], ...]
    total: float
    left_out: int


def lane_of(hop: str) -> Lane | None:
    """Return where a finding's hop is on the waterfall; ``None`` where it is not."""
    if hop.startswith("id_token"):
        return "id_token"
    known = _OF_HOP.get(hop)
    if known is not None:
        return known
    return next((lane for lane in LANES if lane == hop), None)


def waterfall(timeline: Timeline) -> Waterfall:
    """Return the bars of a case's timeline."""
    if not timeline.events:
        return Waterfall(lanes=(), total=0, left_out=0)
    requests, left_out = _requests(timeline, timeline.events[-1].at)
    bars = [*requests, *_calls(timeline), *_verification(timeline), *_moments(timeline)]
    began = min((bar.start for bar in bars), default=0)
    bars = sorted((_since(began, one) for one in bars), key=lambda bar: bar.start)
    lanes = tuple(
        (lane, found) for lane in LANES if (found := tuple(bar for bar in bars if bar.lane == lane))
    )
    total = max((bar.start + bar.length for bar in bars), default=0)
    return Waterfall(lanes=lanes, total=max(total, 1), left_out=left_out)


def _since(began: float, bar: Bar) -> Bar:
    """Return a bar whose start, in seconds since the epoch, is in milliseconds since another moment."""
    return Bar(**{**vars(bar), "start": max(0.0, (bar.start - began) * 1000)})


def _between(lane: Lane, kind: Kind, label: str, first: Event, last: float, **more: Any) -> Bar:
    length = max(0.0, (last - first.at) * 1000)
    return Bar(lane=lane, kind=kind, label=line(label), start=first.at, length=length, **more)


def _requests(timeline: Timeline, ended: float) -> tuple[list[Bar], int]:
    """Pair each request with its end; one that never ended lasts as long as the case."""
    lanes, bars, left_out = _Hosts(timeline), list[Bar](), 0
    ends = list(timeline.of("request.finished", "request.failed", "request.blocked"))
    answers = list(timeline.of("response.received"))
    for sent in timeline.of("request.sent"):
        end, answer = _taken(ends, sent), _taken(answers, sent)
        if sent.data.get("resource") in _LEFT_OUT:
            left_out += 1
            continue
        url, failed = str(sent.data.get("url")), end is not None and end.type != "request.finished"
        status = answer.data.get("status") if answer else None
        note = str((end.data.get("error") or end.data.get("reason")) if end and failed else status or "…")
        parts = urlsplit(url)
        label = f"{sent.data.get('method') or ''} {parts.hostname or ''}{parts.path}"
        bad = failed or (isinstance(status, int) and status >= 400)
        last = end.at if end else ended
        bars.append(_between(lanes.of(url), "request", label, sent, last, note=line(note), bad=bad))
    return bars, left_out


def _taken(events: list[Event], sent: Event) -> Event | None:
    """Take the first event that is about a request and not before it."""
    for number, one in enumerate(events):
        alike = one.data.get("url") == sent.data.get("url") and one.data.get("page") == sent.data.get("page")
        if alike and one.at >= sent.at:
            return events.pop(number)
    return None


class _Hosts:
    """Tells whose a host is, from the first event's facts."""

    def __init__(self, timeline: Timeline) -> None:
        started = next(iter(timeline.of("case.started")), None)
        facts = started.data if started else {}
        sites = facts.get("sites") or {}
        self._platform = _hosts(sites.get(name) for name in ("platform", "tag", "agent", "verify"))
        idp = (sites.get("idp"), sites.get("partner_idp"))
        self._idp = _hosts((facts.get("issuer"), facts.get("authorization_endpoint"), *idp))
        self._brand = _hosts((facts.get("page"), sites.get("brand"), sites.get("app")))

    def of(self, url: str) -> Lane:
        """Return the lane of an address; a brand may be its own authorization server."""
        parts = urlsplit(url)
        if parts.hostname in self._platform:
            return "sdk" if parts.path.startswith(_SDK_PATHS) else "platform"
        if parts.hostname in self._brand:
            return "brand page"
        return "authorization endpoint" if parts.hostname in self._idp else "other"


def _hosts(urls: Iterable[str | None]) -> frozenset[str]:
    return frozenset(host for url in urls if url and (host := urlsplit(url).hostname))


def _calls(timeline: Timeline) -> Iterator[Bar]:
    """Each time that the SDK needed a credential of the page, until its first answer."""
    started = timeline.of("case.started")
    kind: PageMethod = started[0].data.get("page_method", "named") if started else "named"
    label = FAMILIES[kind].span
    answers = timeline.of("page_method.answered", "page_method.threw", "page_method.rejected")
    for called in timeline.of("page_method.called"):
        key = (called.data.get("document"), called.data.get("call"))
        first = next(
            (one for one in answers if (one.data.get("document"), one.data.get("call")) == key), None
        )
        last = first.at if first else timeline.events[-1].at
        note = first.type.partition(".")[2] if first else "never answered"
        bad = first is None or first.type != "page_method.answered" or bool(first.data.get("error_given"))
        yield _between("brand page", "call", label, called, last, note=note, bad=bad)


def _verification(timeline: Timeline) -> Iterator[Bar]:
    """From the credential to the verdict, the exchange of a code apart."""
    verdicts, exchanges = timeline.of("verdict"), timeline.of("code.exchanged")
    for received in timeline.of("credential.received"):
        verdict = next((one for one in verdicts if one.flow == received.flow and one.at >= received.at), None)
        if verdict is None:
            continue
        begins = received
        if received.data.get("kind") == "code":
            exchanged = next(
                (one for one in exchanges if one.flow == received.flow and one.at >= received.at), None
            )
            last = exchanged.at if exchanged else verdict.at
            note = "exchanged" if exchanged else str(verdict.data.get("code") or "no id_token")
            label = "code → id_token"
            yield _between("token endpoint", "call", label, received, last, note=note, bad=exchanged is None)
            if exchanged is None:
                continue
            begins = exchanged
        outcome, code = verdict.data.get("outcome"), verdict.data.get("code")
        note = line(f"{outcome}, {code}" if code else f"{outcome}")
        bad = outcome != "authenticated"
        yield _between("id_token", "call", "verification", begins, verdict.at, note=note, bad=bad)


def _moments(timeline: Timeline) -> Iterator[Bar]:
    for one in timeline.of(*_SERVERS):
        error = one.data.get("error")
        note = line(str(error)) if error else ""
        yield _between(_SERVERS[one.type], "event", one.type, one, one.at, note=note, bad=bool(error))
