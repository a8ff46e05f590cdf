"""Whose an address is, by what a timeline says first."""

from __future__ import annotations

from dataclasses import dataclass

from harness.checks.seen import origin, path, setting
from harness.timeline import Event, Timeline


@dataclass(frozen=True, kw_only=True)
class Places:
    """The origins of a case.

    Attributes:
        pages: Those of the pages that the chat is embedded in.
        platform: That of the chat window.
        issuer: That of the brand's authorization server.
        tag: How the address of the platform's SDK begins.
    """

    pages: frozenset[str]
    platform: str
    issuer: str
    tag: str

    def is_tag(self, event: Event) -> bool:
        """Tell whether an event is about the SDK's script, over https or not."""
        url = str(event.data.get("url") or "")
        return bool(self.tag) and url.partition("://")[2].startswith(self.tag.partition("://")[2])

    def is_window(self, event: Event) -> bool:
        """Tell whether an event is about the chat window in a page."""
        return not event.data.get("top") and origin_of(event) == self.platform


def places(timeline: Timeline) -> Places:
    """Return a case's origins; none where the timeline does not name them."""
    sites = setting(timeline, "sites") or {}
    return Places(
        pages=frozenset(sites[role] for role in ("brand", "app") if role in sites),
        platform=sites.get("platform", ""),
        issuer=origin(setting(timeline, "issuer")),
        tag=setting(timeline, "tag") or "",
    )


def origin_of(event: Event) -> str:
    """Return the origin of the address that an event is about."""
    return origin(event.data.get("url"))


def framed_windows(timeline: Timeline, known: Places) -> tuple[Event, ...]:
    """Return the frames that were put into a page for the chat window."""
    return tuple(one for one in timeline.of("iframe.added") if origin_of(one) == known.platform)


def started_windows(timeline: Timeline, known: Places) -> tuple[Event, ...]:
    """Return the chat windows that really began in a page.

    A refused one begins too, as the engine's own error page, which has no origin.
    """
    return tuple(
        one
        for one in timeline.of("document.started")
        if known.is_window(one) and one.data.get("origin") == known.platform
    )


def page_header(timeline: Timeline, url: str | None, name: str) -> str:
    """Return a header with which a document came, empty without one.

    What tells of the document may know its address without the query; then the last one of its path counts.
    """
    pages = [one for one in reversed(timeline.of("response.received")) if one.data.get("navigation")]
    same = [one for one in pages if one.data.get("url") == url]
    alike = [one for one in pages if path(one.data.get("url")) == path(url)]
    for response in (*same, *alike):
        return str((response.data.get("headers") or {}).get(name) or "")
    return ""


def directives(policy: str) -> dict[str, list[str]]:
    """Return a content security policy's directives and their sources; the first counts (CSP3 2.2.1)."""
    found: dict[str, list[str]] = {}
    for part in policy.split(";"):
        words = part.split()
        if words:
            found.setdefault(words[0].lower(), words[1:])
    return found


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """A sandbox (HTML section 7.1.5).

    Attributes:
        words: What it allows, in lower case.
        where: Where it is written.
        since: When it was there, in seconds since the epoch.
    """

    words: tuple[str, ...]
    where: str
    since: float

    @classmethod
    def of(cls, text: str, *, where: str, since: float) -> Sandbox:
        """Read the value of a sandbox attribute or directive."""
        return cls(words=tuple(text.lower().split()), where=where, since=since)


def sandbox_without_popups(timeline: Timeline, event: Event) -> Sandbox | None:
    """Return the sandbox that lets no popup out of the document that an event tells of, if it has one."""
    place = (event.data.get("page"), event.data.get("document"))
    for started in timeline.of("document.started"):
        if (started.data.get("page"), started.data.get("document")) == place:
            sandbox = _sandbox_of(timeline, started)
            return sandbox if sandbox and "allow-popups" not in sandbox.words else None
    return None


def _sandbox_of(timeline: Timeline, started: Event) -> Sandbox | None:
    url, own = started.data.get("url"), origin_of(started)
    policy = directives(page_header(timeline, url, "content-security-policy"))
    if "sandbox" in policy:
        where = f"the Content-Security-Policy of {own}"
        return Sandbox.of(" ".join(policy["sandbox"]), where=where, since=started.at)
    for frame in timeline.of("iframe.added"):
        framed = not started.data.get("top") and frame.data.get("url") == url
        if framed and frame.data.get("sandbox") is not None:
            return Sandbox.of(frame.data["sandbox"], where=f"the iframe of {own}", since=started.at)
    return None
