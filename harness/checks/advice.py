"""Advice: from what cookies, frames and forms did to one sentence that a brand can act on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from harness.checks.found import Found
from harness.checks.places import directives, origin_of, page_header
from harness.checks.seen import origin, path, setting, site
from harness.protocol.problem import Severity
from harness.timeline import Event, Timeline

_THIRD_PARTY = ("UserPreferences", "ThirdPartyPhaseout", "ThirdPartyBlockedInFirstPartySet")
_ANYBODY = ("*", "http:", "https:")


def check_defaults(timeline: Timeline) -> Iterator[Found]:
    """A browser is driven with what its consumers have, not with what its driver sets."""
    for measured in timeline.of("conditions.measured"):
        # Both at once is what Playwright makes of Chromium; a consumer may have switched the blocker off.
        if measured.data["popup_blocker"] is False and measured.data["partitioning"] is not True:
            yield Found(
                code="harness.browser_defaults",
                severity="warning",
                expected="a popup blocker, and third parties' storage kept apart",
                observed="neither, as Playwright drives the engine",
            )


def check_third_party_cookies(timeline: Timeline) -> Iterator[Found]:
    """A framed site does not count on cookies that the browser may withhold (RFC 6265bis section 7.1)."""
    missed = {one.data["name"] for one in timeline.of("cookie.missed")}
    parties = {site(timeline, "platform"): "the platform", origin(setting(timeline, "issuer")): "the login"}
    told = set[tuple[str, str]]()
    for where, name in (*_blocked(timeline), *_dropped(timeline)):
        if where not in parties or (where, name) in told:
            continue
        told.add((where, name))
        found = _blocked_cookie(parties[where], where, name, missed=name in missed)
        yield replace(found, observed=found.observed + _asked_for(timeline, where))


def _asked_for(timeline: Timeline, where: str) -> str:
    """Say what came of a frame's asking for its cookies, if it asked (Storage Access API section 3.2)."""
    frames = {
        one.data["document"]
        for one in timeline.of("document.started")
        if not one.data["top"] and one.data["origin"] == where
    }
    answers = (
        f"; it called {one.data['method']}, and the answer was {one.data['result']}"
        for one in timeline.of("storage_access.answered")
        if one.data["document"] in frames
    )
    return next(answers, "")


def _blocked_cookie(party: str, where: str, name: str, *, missed: bool) -> Found:
    weight: Severity = "info"
    then, fix = "its window went on in memory", "Nothing: the window does not need it"
    if party == "the login":
        weight, then = "warning", "in a frame it cannot know who is signed in"
        fix = f"Send the consumer to {where} in a window of its own, or in the whole tab"
    elif missed:
        weight, then = "warning", "its window counted on it and had to go on in memory"
        fix = "Let the platform keep the session in the window's memory, or set its cookie as Partitioned"
    return Found(
        code="browser.third_party_cookie_blocked",
        severity=weight,
        expected=f"a frame of {where} that needs no cookie",
        observed=f"{party}'s cookie {name} was blocked as a third party's; {then}",
        fix=fix,
    )


def _blocked(timeline: Timeline) -> Iterator[tuple[str, str]]:
    """Yield what the browser says it blocked as a third party's: origin and name."""
    for blocked in timeline.of("cookie.blocked"):
        if set(blocked.data["reasons"]) & set(_THIRD_PARTY):
            yield origin_of(blocked), blocked.data["name"]


def _dropped(timeline: Timeline) -> Iterator[tuple[str, str]]:
    """Yield what a frame was offered and did not send back, where the browser gives no reason."""
    requests = _asked_in_frames(timeline)
    for offered in timeline.of("cookie.offered"):
        data, where = offered.data, origin_of(offered)
        if data["same_site"] != "none" or not data["secure"] or data["partitioned"]:
            continue
        place = (data["page"], where)
        later = [names for seq, asked, names in requests if seq > offered.seq and asked == place]
        if later and not any(data["name"] in names for names in later):
            yield where, data["name"]


def _asked_in_frames(timeline: Timeline) -> tuple[tuple[int, tuple[int | None, str], list[str]], ...]:
    """Return the requests of frames to their own sites: when, in which tab to whom, with which cookies."""
    framed = {
        (one.data["page"], one.data["url"])
        for one in timeline.of("request.sent")
        if one.data["top"] is False and origin(one.data["document_url"]) == origin_of(one)
    }
    return tuple(
        (one.seq, (one.data["page"], origin_of(one)), one.data["names"])
        for one in timeline.of("cookie.sent")
        if (one.data["page"], one.data["url"]) in framed
    )


def check_form_action(timeline: Timeline) -> Iterator[Found]:
    """The login page's form-action lists every origin that its form leads to (CSP3 section 6.4.1.1)."""
    ours = {site(timeline, role) for role in ("brand", "app", "platform")}
    told = set[str]()
    for violated in timeline.of("policy.violated"):
        url = violated.data["document_url"]
        where = origin(url)
        if violated.data["directive"] != "form-action" or violated.data["disposition"] == "report":
            continue
        if where in ours or where in told:
            continue
        told.add(where)
        listed = directives(page_header(timeline, url, "content-security-policy")).get("form-action", [])
        goal = _goal(timeline, where)
        yield Found(
            code="idp.csp_form_action",
            severity="error",
            expected=f"{goal} in the form-action of {path(url)}",
            observed=f"form-action {' '.join(listed)}, and a redirect after the form that was refused",
            fix=f"Add {goal} to form-action on {path(url)}: Chromium holds every redirect that follows a "
            "form's POST against it",
            ends="refused",
            at=violated.at,
        )


def _goal(timeline: Timeline, login: str) -> str:
    """Return the origin that a login's redirects lead to."""
    for response in timeline.of("response.received"):
        location = response.data["headers"].get("location")
        if origin_of(response) == login and origin(location) not in ("", login):
            return origin(location)
    # An answer that the browser did not follow may not be told.
    popup = (setting(timeline, "case") or {}).get("surface") == "popup"
    return (site(timeline, "platform") if popup else None) or "the origin of every redirect URI"


def check_framable(timeline: Timeline) -> Iterator[Found]:
    """No foreign site may frame a page of the login (RFC 9700 section 4.16)."""
    endpoint = setting(timeline, "authorization_endpoint")
    logins = {origin(setting(timeline, "issuer")), origin(endpoint)}
    shop = origin(setting(timeline, "page"))
    told = set[str]()
    for response in timeline.of("response.received"):
        page = path(response.data["url"])
        if origin_of(response) not in logins or not _is_page(response) or page in told:
            continue
        if origin_of(response) == shop and page != path(endpoint):
            continue  # a brand that issues its tokens itself: what of its pages is the login, nobody says
        if not (framed_by := who_may_frame(response.data["headers"])):
            continue
        told.add(page)
        yield framable(page, framed_by)


def who_may_frame(headers: Mapping[str, Any]) -> str:
    """Return with what headers a page lets anybody frame it, in words; empty where it does not."""
    listed = _ancestors(headers.get("content-security-policy", ""))
    if listed is None:
        return "" if "x-frame-options" in headers else "without frame-ancestors"
    return f"with frame-ancestors {' '.join(listed)}" if set(listed) & set(_ANYBODY) else ""


def framable(page: str, framed_by: str) -> Found:
    """Return the finding of a page of the login that anybody may frame.

    Args:
        page: Its address, without query.
        framed_by: What lets them, in words.
    """
    return Found(
        code="idp.framable",
        severity="error",
        expected="frame-ancestors 'none', or the origins that may frame it",
        observed=f"{page} {framed_by}",
        fix=f"Send Content-Security-Policy: frame-ancestors 'none' with {page} and with every other page "
        "of the login",
    )


def _ancestors(policies: str) -> list[str] | None:
    """Return who may frame a page by the first of its policies that says so; several come as one list."""
    named = (directives(one).get("frame-ancestors") for one in re.split(r"[,\n]", policies))
    return next((one for one in named if one is not None), None)


def _is_page(response: Event) -> bool:
    data = response.data
    kind = str(data["headers"].get("content-type", ""))
    return kind.startswith("text/html") and data["resource"] == "document" and bool(data["status"] < 300)
