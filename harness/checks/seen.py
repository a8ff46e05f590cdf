"""What several checks ask of a timeline: whose site is whose, which credentials were handed over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from harness.page_methods import FAMILIES, Family, PageMethod
from harness.timeline import Event, Timeline

_SHAPES = ("jws", "jwe", "opaque")


def setting(timeline: Timeline, name: str) -> Any:
    """Return what the case was opened with under a name; ``None`` where the timeline does not say."""
    return next((one.data.get(name) for one in timeline.of("case.started")), None)


def site(timeline: Timeline, role: str) -> str | None:
    """Return the origin of a role, as ``brand``, ``idp`` or ``platform``."""
    sites = setting(timeline, "sites") or {}
    found: str | None = sites.get(role)
    return found


def origin(url: str | None) -> str:
    """Return a URL's origin as browsers write it (RFC 6454 section 6.2), empty for none."""
    parts = _parts(url)
    netloc = parts.netloc.lower().removesuffix(_USUAL.get(parts.scheme, ":"))
    return f"{parts.scheme}://{netloc}" if netloc else ""


_USUAL = {"https": ":443", "wss": ":443", "http": ":80", "ws": ":80"}


def path(url: str | None) -> str:
    """Return a URL's origin and path, which is what a finding may name."""
    return origin(url) + _parts(url).path


def _parts(url: str | None) -> SplitResult:
    try:
        return urlsplit(url or "")
    except ValueError:  # a page may write what is no address
        return urlsplit("")


def family(timeline: Timeline) -> Family:
    """Return how the case's SDK gets the credential from the page; this platform's own way by default."""
    kind: PageMethod = setting(timeline, "page_method") or "named"
    return FAMILIES[kind]


def worded(timeline: Timeline, text: str) -> str:
    """Fill the configured names into a text of the case's family."""
    name = setting(timeline, "method")
    call = setting(timeline, "method_call") or f"{name}("
    return text.format(name=name, call=call, event=setting(timeline, "expiry_event"))


def pages(timeline: Timeline) -> Mapping[int, Event]:
    """Return how each document that is not the platform's own began, by its number."""
    platform = site(timeline, "platform")
    started = timeline.of("document.started")
    return {one.data["document"]: one for one in started if one.data["origin"] != platform}


def calls(timeline: Timeline, kind: str) -> Iterator[tuple[tuple[int, int], Event]]:
    """Yield the events of one kind of the page method's calls, each with document and call.

    Args:
        timeline: The case.
        kind: ``called``, ``answered``, ``returned`` …
    """
    for event in timeline.of(f"page_method.{kind}"):
        yield (event.data["document"], event.data["call"]), event


def credential(answered: Event) -> str | None:
    """Return the fingerprint of what a page method answered, if that may be a credential."""
    token = answered.data["token"] or {}
    value = token.get("credential") or token
    found: str | None = value.get("fingerprint") if value.get("shape") in _SHAPES else None
    return found


def credentials(timeline: Timeline) -> frozenset[str]:
    """Return the fingerprints of every credential that a page handed over, or the platform received."""
    answered = {credential(event) for _, event in calls(timeline, "answered")}
    received = {event.data["credential"] for event in timeline.of("credential.received")}
    return frozenset(mark for mark in answered | received if mark is not None)
