"""Stores and cookies that the browser does not give."""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks.exchange import Refined
from harness.checks.found import Found
from harness.checks.places import origin_of
from harness.checks.seen import origin, setting
from harness.timeline import Event, Timeline

_NO_COOKIE = ("authz.state_cookie_missing", "authz.unsolicited")
"""What the backend says of a browser that comes back without its cookie."""


def check_storage(timeline: Timeline) -> Iterator[Found]:
    """A frame goes on without stores that the browser denies it (HTML section 12.2.3)."""
    ours = _ours(timeline)
    started = {one.data["document"]: one for one in timeline.of("document.started")}
    told = set[str]()
    for denied in timeline.of("storage.denied"):
        document = started.get(denied.data["document"])
        if document is None or document.data["top"] or document.data["origin"] not in ours:
            continue
        where = document.data["origin"]
        if where not in told:
            told.add(where)
            yield Found(
                code="browser.storage_denied",
                severity="warning",
                expected=f"{denied.data['store']} for the frame of {where}",
                observed=str(denied.data["error"]),
            )


def check_cookie(timeline: Timeline) -> Iterator[Found]:
    """A cookie for requests of other sites says Secure (RFC 6265bis section 5.7)."""
    if any(
        problem["code"] in _NO_COOKIE for one in timeline.of("verdict") for problem in one.data["problems"]
    ):
        return  # then it is the reason of that
    ours = _ours(timeline)
    told = set[tuple[str, str]]()
    for offered in _insecure(timeline):
        key = origin_of(offered), offered.data["name"]
        if key[0] in ours and key not in told:
            told.add(key)
            yield Found(
                code="browser.cookie_rejected",
                severity="error",
                expected=f"Secure beside SameSite=None for the cookie {key[1]}",
                observed=f"SameSite=None alone, from {key[0]}",
            )


def refine_cookie(code: str, timeline: Timeline) -> Refined | None:
    """Return why the browser came back without what the window counted on, where the timeline shows it."""
    platform = (setting(timeline, "sites") or {}).get("platform")
    if code == "authz.state_unknown":
        return _partitioned(timeline, platform)
    if code not in _NO_COOKIE:
        return None
    for offered in _insecure(timeline):
        if origin_of(offered) == platform:
            return Refined(
                code="browser.cookie_rejected",
                expected=f"Secure beside SameSite=None for the cookie {offered.data['name']}",
                observed="SameSite=None alone: the browser dropped it, and the response came without it",
            )
    return _posted(timeline, platform) if code == "authz.state_cookie_missing" else None


def _insecure(timeline: Timeline) -> Iterator[Event]:
    for offered in timeline.of("cookie.offered"):
        if offered.data["same_site"] == "none" and not offered.data["secure"]:
            yield offered


def _posted(timeline: Timeline, platform: str | None) -> Refined | None:
    """Tell a cookie that does not travel with another site's POST from one that is gone."""
    lax = [
        one.data["name"]
        for one in timeline.of("cookie.offered")
        if origin_of(one) == platform and one.data["same_site"] != "none"
    ]
    for sent in timeline.of("request.sent"):
        data = sent.data
        posted = data["method"] == "POST" and data["navigation"] and origin_of(sent) == platform
        if lax and posted and origin(data["document_url"]) != platform:
            return Refined(
                code="authz.state_cookie_missing",
                expected=f"the cookie {lax[0]} with the response",
                observed=f"a POST from {origin(data['document_url'])}, and Lax cookies stay behind",
                fix="Let the platform set this one short-lived cookie with SameSite=None; Secure, or ask for "
                "another response_mode than form_post",
            )
    return None


def _partitioned(timeline: Timeline, platform: str | None) -> Refined | None:
    """Tell a state that a frame has kept apart from one that was never known."""
    for started in timeline.of("document.started"):
        if not started.data["top"] and started.data["origin"] == platform:
            around = (started.data["ancestors"] or ["the page"])[0]
            return Refined(
                code="authz.state_unknown",
                expected="a state that the window remembers",
                observed=f"none: a frame of {platform} inside {around} has another store than the popup",
                fix="Keep the state on the server, under a value that travels in the flow: browsers keep a "
                "frame's cookies and storage apart from those of the same site in a window of its own",
            )
    return None


def _ours(timeline: Timeline) -> frozenset[str]:
    sites = (setting(timeline, "sites") or {}).values()
    return frozenset({*sites, origin(setting(timeline, "issuer"))})
