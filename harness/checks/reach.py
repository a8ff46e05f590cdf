"""What kept a case from reaching a brand's own page: never blamed on the page method."""

from __future__ import annotations

import math
from collections.abc import Iterator
from urllib.parse import urlsplit

from harness.checks.found import Found
from harness.checks.seen import origin, path, setting
from harness.timeline import Event, Timeline

FORBIDDEN = "harness.target_forbidden"

_MATTER = frozenset({"document", "script", "fetch", "xhr", "eventsource", "websocket"})
"""What a page may need to sign a consumer in; pictures and counters it can do without."""

_CHALLENGES = frozenset({401, 403, 407, 429, 503})
"""How walls against robots and proxies that want a password answer."""

_IN_VAIN = (
    "Compare user name and password of this [[login]] with the account, or add the steps that are missing "
    "before or after it; nobody else is to blame before somebody is signed in"
)


def check_steps(timeline: Timeline) -> Iterator[Found]:
    """Every step of the configuration finds what it is done to, and the last one of a login ends it."""
    for failed in timeline.of("step.failed"):
        step, url = f"{failed.data['verb']} {failed.data['target']!r}", failed.data["url"]
        in_vain = failed.data.get("asks_again", False)
        yield Found(
            code="harness.step_failed",
            severity="error",
            expected=f"to be signed in after the step {step}"
            if in_vain
            else f"something on {url} for the step {step}",
            observed=f"a login that asks for a password still, {url}"
            if in_vain
            else f"nothing of that name for the step {step} in time",
            fix=_IN_VAIN if in_vain else None,
            ends="undetermined",
            at=failed.at,
        )


def check_logins(timeline: Timeline) -> Iterator[Found]:
    """The configuration says how somebody signs in wherever a login is shown."""
    for shown in timeline.of("login.unknown"):
        yield Found(
            code="harness.login_unknown",
            severity="error",
            expected="a popup that knows the consumer, or a [[login]] for its login",
            observed=f"a login at {shown.data['url']}",
            ends="undetermined",
            at=shown.at,
        )


def check_reached(timeline: Timeline) -> Iterator[Found]:
    """The brand's page is reached, and is the page that the configuration names."""
    page = setting(timeline, "page")
    if page is None or _started(timeline):
        return
    last = _last_document(timeline)
    if last is None:
        yield from _unreachable(timeline, page)
    elif path(last.data["url"]) != path(page) or int(last.data["status"]) in _CHALLENGES:
        yield Found(
            code="harness.page_elsewhere",
            severity="error",
            expected=f"{path(page)}",
            observed=f"{path(last.data['url'])}, status {last.data['status']}",
            ends="undetermined",
            at=last.at,
        )


def _started(timeline: Timeline) -> bool:
    """Tell whether the SDK has spoken to the platform, so that the page was the right one."""
    return bool(timeline.of("verdict")) or bool(timeline.of("sdk.loaded"))


def _last_document(timeline: Timeline) -> Event | None:
    """Return the last answer that loaded the page, no redirect."""
    answers = [
        one
        for one in timeline.of("response.received")
        if one.data["navigation"] and one.data.get("page") == 1 and not 300 <= int(one.data["status"]) < 400
    ]
    return answers[-1] if answers else None


def _unreachable(timeline: Timeline, page: str) -> Iterator[Found]:
    for failed in timeline.of("request.failed"):
        if failed.data.get("navigation") and origin(failed.data["url"]) == origin(page):
            yield Found(
                code="harness.page_unreachable",
                severity="error",
                expected=f"an answer of {path(page)}",
                observed=str(failed.data["error"]),
                ends="undetermined",
                at=failed.at,
            )
            return


def check_forbidden(timeline: Timeline) -> Iterator[Found]:
    """The configuration names every host that the page needs."""
    refused = {one.data["host"] for one in timeline.of("host.missed") if one.data["why"] == "forbidden"}
    asked = dict[str, list[Event]]()
    for sent in timeline.of("request.sent"):
        if (host := urlsplit(origin(sent.data["url"])).hostname or "") in refused:
            asked.setdefault(host, []).append(sent)
    for host, requests in asked.items():
        needed = next((one for one in requests if one.data["resource"] in _MATTER), None)
        sent = needed or requests[0]
        yield Found(
            code=FORBIDDEN,
            severity="info",
            expected="hosts that the configuration names",
            observed=f"{sent.data['resource']} of {host}, asked for by {_initiator(timeline, sent)}",
            fix=f'Add "{host}" to allow in [network], if the page needs it',
            ends="undetermined" if needed else None,
            at=sent.at,
        )


def _initiator(timeline: Timeline, sent: Event) -> str:
    """Return whose page asked: the document that it was in, or the page in which another one was to open."""
    asking = str(sent.data.get("document_url") or "")
    if not sent.data.get("navigation") and asking.startswith("http"):
        return path(asking)
    pages = [
        one
        for one in timeline.of("document.started")
        if one.data.get("top") and one.data.get("page") == sent.data.get("page") and one.seq < sent.seq
    ]
    return path(pages[-1].data["url"] if pages else setting(timeline, "page")) or "the page"


def masked(code: str, timeline: Timeline, *, until: float = math.inf) -> bool:
    """Tell whether a host that was kept back by then may be the reason of what the page did not do."""
    kept_back = (one for one in check_forbidden(timeline) if one.ends is not None and one.at < until)
    return code.startswith("sdk.") and any(kept_back)
