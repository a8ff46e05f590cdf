"""The popup window: whether it opened, whose it is, and what became of it and of the page behind it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from harness.checks.exchange import Refined
from harness.checks.found import Found
from harness.checks.places import sandbox_without_popups
from harness.checks.seen import origin, setting, site
from harness.timeline import Event, Timeline

GESTURE_MS = 5_000
"""How long after an input a page may open a window, at the most (HTML, transient activation duration)."""

_NEVER = math.inf

_OWN_WINDOWS = (None, "", "_blank", "_self", "_parent", "_top")
"""Targets that name no window (HTML, valid navigable target name or keyword)."""


@dataclass(frozen=True, kw_only=True)
class _Opening:
    """A call of window.open for a popup of the platform.

    Attributes:
        event: The call.
        page: The page that called.
        windows: Pages that this page opened, by number.
        until: When the sign-in ended after it, by its place on the timeline; the end without one.
    """

    event: Event
    page: int | None
    windows: tuple[int, ...]
    until: float

    def during(self, event: Event) -> bool:
        """Tell whether something happened while the consumer was signing in there."""
        return self.event.seq < event.seq < self.until


def check_opened(timeline: Timeline) -> Iterator[Found]:
    """A popup opens in the consumer's own click (HTML, rules for choosing a navigable)."""
    for opening in _openings(timeline):
        facts = opening.event.data
        if facts["result"] != "null" or facts["noopener"]:
            continue
        since = facts["since_input_ms"]
        if since is None or since > GESTURE_MS or facts["active"] is False:
            yield _blocked(opening.event, since)
        elif not (_framed(timeline, opening.event) or sandbox_without_popups(timeline, opening.event)):
            yield Found(
                code="popup.no_handle",
                severity="error",
                expected="a handle of the window that the click opens",
                observed="none, and no window",
                ends="refused",
                at=opening.event.at,
            )


def _blocked(event: Event, since: float | None) -> Found:
    late = "no click before it" if since is None else f"{since / 1000:.1f} s after the click"
    return Found(
        code="popup.blocked",
        severity="error",
        expected="window.open in the click itself",
        observed=late,
        ends="refused",
        at=event.at,
    )


def check_severed(timeline: Timeline) -> Iterator[Found]:
    """A popup keeps its opener unless a policy says otherwise (HTML, cross-origin opener policies)."""
    for opening in _openings(timeline):
        if any(not one.data["opener"] for one in _documents(timeline, opening)):
            yield Found(
                code="popup.opener_severed",
                severity="warning",
                expected="a popup that keeps its opener",
                observed=f"none; the page's own policy is {_opener_policy(timeline, opening.page)}",
            )
            return


def check_closed(timeline: Timeline) -> Iterator[Found]:
    """A popup that the browser says is gone was closed; what its handle says may be false after a switch."""
    for opening in _openings(timeline):
        closed = [
            one
            for one in timeline.of("page.closed")
            if one.data["page"] in opening.windows and opening.during(one)
        ]
        if closed and opening.until == _NEVER:
            yield Found(
                code="popup.closed_by_user",
                severity="info",
                expected="a sign-in that goes to its end",
                observed="the popup was closed before",
                ends="not_authenticated",
                at=closed[0].at,
            )
            return


def check_opener_gone(timeline: Timeline) -> Iterator[Found]:
    """The conversation goes on in the popup when the page behind it is closed."""
    for opening in _openings(timeline):
        closed = _closed(timeline, opening.page)
        if closed and opening.during(closed) and not _all_closed(timeline, opening):
            yield Found(
                code="popup.opener_gone",
                severity="warning",
                expected="the page, until the sign-in has ended",
                observed="the page was closed before",
            )
            return


def check_name(timeline: Timeline) -> Iterator[Found]:
    """Every popup has a window of its own (HTML, rules for choosing a navigable)."""
    opened = [one for one in _openings(timeline) if one.event.data["result"] == "window"]
    for number, opening in enumerate(opened):
        name = opening.event.data["name"]
        same_page = [one for one in opened if one.page == opening.page]
        before = [one.event.data["name"] for one in opened[:number] if one.page == opening.page]
        if name not in _OWN_WINDOWS and name in before and len(opening.windows) < len(same_page):
            yield Found(
                code="popup.name_reused",
                severity="warning",
                expected="a window of its own for every popup",
                observed=f"the window {name} was there, and was taken",
            )
            return


def check_opener_navigable(timeline: Timeline) -> Iterator[Found]:
    """The page behind the popup stays where it is while the consumer signs in (HTML, window.opener)."""
    for opening in _openings(timeline):
        if not any(one.data["opener"] for one in _documents(timeline, opening)):
            continue
        home = origin(_shown(timeline, opening))
        for sent in timeline.of("request.sent"):
            target = origin(sent.data["url"])
            if _moves(sent, opening) and opening.during(sent) and target != home:
                yield Found(
                    code="popup.opener_navigable",
                    severity="error",
                    expected=f"the page stays at {home}",
                    observed=f"it was sent to {target}",
                )
                return


def refine_silent(code: str, timeline: Timeline) -> Refined | None:
    """Return why a page was told of an error: the login could not be asked for in a hidden frame.

    Source: OpenID Connect Core sections 3.1.2.1 and 3.1.2.6.
    """
    endpoint = setting(timeline, "authorization_endpoint")
    framed = [
        one.data["url"]
        for one in timeline.of("request.sent")
        if one.data["navigation"] and not one.data["top"] and one.data["url"].partition("?")[0] == endpoint
    ]
    silent = [url for url in framed if "prompt=" in url]
    wanted = any(one.data.get("error") == "login_required" for one in timeline.of("authorization.response"))
    if code != "sdk.brand_reported_error" or not silent or not wanted:
        return None
    bare = any(one.data["url"] in silent and not one.data["names"] for one in timeline.of("cookie.sent"))
    return Refined(
        code="authz.login_required",
        expected="a login that the browser lets the hidden frame know of",
        observed="login_required" + (", to a request without a cookie" if bare else ""),
        fix="Ask in the popup, or by a redirect of the page itself; browsers keep the cookies of another "
        "site's login from frames",
        severity="info",
        outcome="not_authenticated",
    )


def _openings(timeline: Timeline) -> Iterator[_Opening]:
    """Yield the calls that open the platform's popup; a timeline without a browser has none."""
    platform = site(timeline, "platform")
    for event in timeline.of("window.opened"):
        if platform is None or origin(event.data["url"]) != platform:
            continue
        page = event.data["page"]
        windows = tuple(one.data["page"] for one in timeline.of("page.opened") if one.data["opener"] == page)
        ends = (one.seq for one in timeline.of("verdict") if one.seq > event.seq)
        yield _Opening(event=event, page=page, windows=windows, until=next(ends, _NEVER))


def _shown(timeline: Timeline, opening: _Opening) -> Any:
    """Return the address of the document that opened the popup."""
    for started in timeline.of("document.started"):
        facts = started.data
        if facts["page"] == opening.page and facts["document"] == opening.event.data["document"]:
            return facts["url"]
    return None


def _framed(timeline: Timeline, event: Event) -> bool:
    """Tell whether the document that made an event stands in a frame, whose sandbox may decide."""
    return any(
        not one.data["top"]
        for one in timeline.of("document.started")
        if (one.data["page"], one.data["document"]) == (event.data["page"], event.data["document"])
    )


def _closed(timeline: Timeline, page: int | None) -> Event | None:
    return next((one for one in timeline.of("page.closed") if one.data["page"] == page), None)


def _all_closed(timeline: Timeline, opening: _Opening) -> bool:
    return all(_closed(timeline, page) for page in opening.windows)


def _moves(sent: Event, opening: _Opening) -> bool:
    """Tell whether a request takes the page that opened a popup elsewhere, after that."""
    facts = sent.data
    moves = facts["page"] == opening.page and facts["navigation"] and facts["top"]
    return bool(moves) and sent.seq > opening.event.seq


def _documents(timeline: Timeline, opening: _Opening) -> Iterator[Event]:
    """Yield the beginnings of the popup's documents for as long as the page that opened it was there."""
    ends = [closed] if (closed := _closed(timeline, opening.page)) else []
    ends += [one for one in timeline.of("request.sent") if _moves(one, opening)]
    end = min((one.seq for one in ends), default=_NEVER)
    for started in timeline.of("document.started"):
        top = started.data["page"] in opening.windows and started.data["top"]
        if top and opening.event.seq < started.seq < end and not opening.event.data["noopener"]:
            yield started


def _opener_policy(timeline: Timeline, page: int | None) -> str:
    """Return the opener policy of the page's document; one without any has unsafe-none."""
    for received in reversed(timeline.of("response.received")):
        facts = received.data
        if facts["page"] == page and facts["resource"] == "document" and facts["navigation"]:
            return str(facts["headers"].get("cross-origin-opener-policy", "unsafe-none"))
    return "unknown"


POPUP_CHECKS = (
    check_opened,
    check_severed,
    check_closed,
    check_opener_gone,
    check_name,
    check_opener_navigable,
)
"""All of them."""
