"""The page method: how it was called, and what became of the call (platform contract)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from harness.checks.exchange import Refined
from harness.checks.found import Found
from harness.checks.script_errors import unhandled
from harness.checks.seen import calls, credential, family, origin, path, setting, site, worded
from harness.timeline import Event, Timeline

_CHALLENGE = re.compile(r"[?&]code_challenge=fp:([0-9a-f]{12})")


def check_repeated(timeline: Timeline) -> Iterator[Found]:
    """The callback of one call is called once; the first answer counts."""
    first = {call: event for call, event in calls(timeline, "answered") if event.data["nth"] == 1}
    for call, event in calls(timeline, "answered"):
        if event.data["nth"] == 2:
            same = call in first and _said(first[call]) == _said(event)
            yield Found(
                code="sdk.callback_repeated",
                severity="warning",
                expected="one call of the callback",
                observed=f"a second one with {'the same' if same else 'another'} answer",
            )


def _said(answered: Event) -> tuple[object, ...]:
    return answered.data["token"], answered.data["error_given"], answered.data["error_type"]


def check_navigated(timeline: Timeline) -> Iterator[Found]:
    """The page stays until its method has answered: what it goes to knows nothing of the call."""
    ended = {call for kind in ("answered", "threw", "rejected") for call, _ in calls(timeline, kind)}
    for call, called in calls(timeline, "called"):
        next_ = _next(timeline, called)
        if (
            call in ended
            or next_ is None
            or _told(timeline, called, next_)
            or _overdue(timeline, called, next_)
        ):
            continue
        yield Found(
            code="sdk.page_navigated",
            severity="error",
            expected="an answer of the page method, on the page that was asked",
            observed=f"the page went to {path(next_.data['url'])} and the chat with it",
            ends="refused",
            at=next_.at,
        )
        return


def _next(timeline: Timeline, called: Event) -> Event | None:
    """Return how the document began that took the place of the one whose method was called.

    What a document says while it is left may get lost on its way, so its successor is what counts.
    """
    here = called.data["document"]
    if any(one.data["document"] == here for one in timeline.of("document.found")):
        return None
    tops = (one for one in timeline.of("document.started") if one.data["top"] and one.seq > called.seq)
    return next((one for one in tops if one.data["page"] == called.data["page"]), None)


def _overdue(timeline: Timeline, called: Event, next_: Event) -> bool:
    """Tell whether the SDK had given up by then, so that the page left nobody waiting."""
    deadline = setting(timeline, "callback_deadline")
    return deadline is not None and next_.at - called.at > deadline


def _told(timeline: Timeline, since: Event, until: Event) -> bool:
    """Tell whether the frame said how the sign-in ended, to the document of an event and after it."""
    return any(
        message.data["type"] == "status" and message.data["document"] == since.data["document"]
        for message in timeline.of("message.received")
        if since.seq < message.seq < until.seq
    )


def check_frame_gone(timeline: Timeline) -> Iterator[Found]:
    """The chat's frame stays in the page until the sign-in has ended."""
    platform = site(timeline, "platform")
    for removed in timeline.of("iframe.removed"):
        added = _added(timeline, removed)
        if platform is None or origin(removed.data["url"]) != platform or _told(timeline, added, removed):
            continue
        yield Found(
            code="sdk.frame_gone",
            severity="error",
            expected="the chat's frame in the page until its sign-in has ended",
            observed="the page removed the frame " + _while(timeline, removed),
            ends="refused",
            at=removed.at,
        )
        return


def _added(timeline: Timeline, removed: Event) -> Event:
    """Return when a frame that was removed had been added."""
    same = [
        one
        for one in timeline.of("iframe.added")
        if one.data["document"] == removed.data["document"] and one.data["url"] == removed.data["url"]
    ]
    return next((one for one in reversed(same) if one.seq < removed.seq), removed)


def _while(timeline: Timeline, removed: Event) -> str:
    here = removed.data["document"]
    called = {call for call, one in calls(timeline, "called") if call[0] == here and one.seq < removed.seq}
    answered = {call for call, one in calls(timeline, "answered") if one.seq < removed.seq}
    return "while its method was asked" if called - answered else "before the sign-in had ended"


def refine_page(code: str, timeline: Timeline) -> Refined | None:
    """Return what the page's own doings tell of a code, ``None`` where they tell no more than the code."""
    refiner = _REFINERS.get(code)
    return _in_the_family(code, refiner(timeline) if refiner else None, timeline)


def _in_the_family(code: str, refined: Refined | None, timeline: Timeline) -> Refined | None:
    """Say it as the SDK's family does, where the catalogue's words are another one's."""
    kind = family(timeline)
    fix = kind.fixes.get(refined.code if refined else code)
    if fix is None or (refined and refined.fix):
        return refined
    if refined is None:
        if code not in _GENERAL:
            return None
        expected, observed = _GENERAL[code]
        words = {name: getattr(kind, name) for name in ("wanted", "absent", "awaited")}
        refined = Refined(
            code=code,
            expected=worded(timeline, expected.format_map(words)),
            observed=worded(timeline, observed.format_map(words)),
        )
    return replace(refined, fix=worded(timeline, fix))


_GENERAL = {
    "sdk.method_missing": ("{wanted}", "{absent}"),
    "sdk.callback_timeout": ("{awaited}", "none"),
    "sdk.token_empty": ("a token, or null", "an empty one"),
}
"""What is expected and observed by code, where no event says more."""


def _timeout(timeline: Timeline) -> Refined | None:
    """Tell a callback that came too late, and a value that was returned instead, from mere silence."""
    deadline, answer = setting(timeline, "callback_deadline"), worded(timeline, family(timeline).awaited)
    for call, event in calls(timeline, "answered"):
        waited = event.data["after_ms"] / 1000
        if deadline is not None and event.data["nth"] == 1 and waited > deadline:
            return Refined(
                code="sdk.callback_late",
                expected=f"{answer} within {deadline:g} s",
                observed=f"one after {waited:.1f} s, which was ignored" + _slow(timeline, call, event),
            )
    for kind, how in (("resolved", "returned in a promise"), ("returned", "returned")):
        for _, event in calls(timeline, kind):
            if (value := _given(event)) is not None:
                return Refined(
                    code="sdk.callback_timeout",
                    expected="a call of the callback",
                    observed=f"{value}, {how}, and no call of the callback",
                    fix="Call callback(token) with what is returned now; a returned value is lost",
                )
    return _failed_meanwhile(timeline) or _not_pushed(timeline)


def _not_pushed(timeline: Timeline) -> Refined | None:
    """Tell a page that does not hear that it is asked again from one that has never pushed."""
    for event in timeline.of("page_method.expired"):
        return Refined(
            code="sdk.callback_timeout",
            expected=worded(timeline, family(timeline).awaited),
            observed=f"none after the event {event.data['event']}",
        )
    return None


def _slow(timeline: Timeline, call: tuple[int, int], answered: Event) -> str:
    """Name the request that a late answer waited for, if one took most of the time."""
    called = next((one for which, one in calls(timeline, "called") if which == call), None)
    for done in timeline.of("request.finished"):
        took, meanwhile = (
            done.data["milliseconds"],
            called is not None and called.seq < done.seq < answered.seq,
        )
        if meanwhile and took is not None and took > answered.data["after_ms"] / 2:
            return f"; {path(done.data['url'])} took {took / 1000:.1f} s of them"
    return ""


def _failed_meanwhile(timeline: Timeline) -> Refined | None:
    """Tell a method that broke on its way to the callback from one that is silent."""
    for _, called in calls(timeline, "called"):
        error = unhandled(timeline, {called.data["document"]}, since=called.seq)
        if error is not None:
            return Refined(
                code="sdk.callback_timeout",
                expected=worded(timeline, family(timeline).awaited),
                observed=f"none, and after the call {error}",
                fix=_HANDLED if family(timeline).challenge else None,
            )
    return None


_HANDLED = 'Handle the error where it occurs, and call callback("", "reason") there'


def _missing(timeline: Timeline) -> Refined | None:
    """Tell a script that broke, perhaps before it defined the method, from one that never defines it."""
    here = {one.data["document"] for one in timeline.of("sdk.loaded")}
    error = unhandled(timeline, here)
    if error is None:
        return None
    return Refined(
        code="sdk.method_missing",
        expected=worded(timeline, family(timeline).wanted),
        observed=f"none, and {error}",
        fix="Mend that script first: nothing in it runs after the error, and the method may stand there",
    )


def _given(event: Event) -> str | None:
    """Say what a value is, unless it is the nothing that a method may well return."""
    value = event.data["value"] or {}
    if value.get("type") in (None, "undefined", "null", "promise", "boolean", "number"):
        return None
    shape = (value.get("credential") or value).get("shape")
    names = {"jws": "a JWT", "jwe": "an encrypted JWT", "opaque": "an opaque text"}
    return names.get(shape or "", f"a value of type {value['type']}")


def _threw(timeline: Timeline) -> Refined | None:
    return _broke(timeline, "threw", "sdk.method_threw", "thrown by {}")


def _rejected(timeline: Timeline) -> Refined | None:
    return _broke(timeline, "rejected", "sdk.method_rejected", "with which the promise of {} was rejected")


def _broke(timeline: Timeline, kind: str, code: str, how: str) -> Refined | None:
    """Name the error with which a method broke."""
    for _, event in calls(timeline, kind):
        what = event.data["error"] or "something that is no Error"
        return Refined(
            code=code,
            expected="a call of the callback on every path",
            observed=f"{what}, {how.format(family(timeline).subject)}",
        )
    return None


def _not_callable(timeline: Timeline) -> Refined | None:
    for event in timeline.of("page_method.found"):
        if event.data["status"] == "not_callable":
            return Refined(
                code="sdk.method_not_callable",
                expected=worded(timeline, family(timeline).wanted),
                observed=f"something of type {event.data['type']}",
            )
    return None


def _pushed_shape(timeline: Timeline) -> Refined | None:
    """Tell what was pushed from what the SDK made of it."""
    member = setting(timeline, "token_member")
    for event in reversed(timeline.of("page_method.pushed")):
        value = event.data["token"]
        if value["type"] == "null":
            continue
        members = value.get("members")
        what = f"an object with the members {', '.join(members)}" if members else f"a {value['type']}"
        return Refined(
            code="sdk.result_shape",
            expected=f"an object with the token under {member}" if member else "the token itself, a string",
            observed=what,
            fix="Push " + (f"{{ {member}: token }}" if member else "the token, not what it came in"),
        )
    return None


def _expired(timeline: Timeline) -> Refined | None:
    """Tell a credential that the page had kept from one that was issued with a wrong time."""
    given: dict[str, Event] = {}
    for since, event in _handed(timeline):
        mark = credential(event)
        if mark is None or mark not in given:
            given |= {mark: event} if mark else {}
            continue
        # Two tokens of one second may well be the same.
        if event.at - given[mark].at >= 1 or not _asked_backend(timeline, since, event):
            return Refined(
                code="claims.expired",
                expected=f"a fresh id_token for {family(timeline).fresh}",
                observed="an expired one, which the page had cached: it gave the same earlier",
                fix="Keep no token in the page; fetch a fresh one whenever "
                + worded(timeline, family(timeline).occasion),
            )
    return None


def _handed(timeline: Timeline) -> Iterator[tuple[Event | None, Event]]:
    """Yield what the page handed over, each with what it had to fetch it after."""
    if family(timeline).member == "next":
        pushes = timeline.of("page_method.pushed")
        yield from zip((None, *pushes), pushes, strict=False)
        return
    called = dict(calls(timeline, "called"))
    yield from ((called.get(call), event) for call, event in calls(timeline, "answered"))


def _asked_backend(timeline: Timeline, since: Event | None, handed: Event) -> bool:
    """Tell whether a request went out in between."""
    return since is None or any(
        since.seq < sent.seq < handed.seq and sent.data["resource"] in ("fetch", "xhr")
        for sent in timeline.of("request.sent")
    )


def _refused_code(timeline: Timeline) -> Refined | None:
    """Tell what the page did with a code that was refused without a reason (RFC 6749 section 5.2)."""
    return _other_challenge(timeline) or _own_address(timeline)


def _other_challenge(timeline: Timeline) -> Refined | None:
    """Tell a challenge of the page's own from the one that it was called with."""
    for call, called in calls(timeline, "called"):
        sent = {mark for url in _asked(timeline, call, called) for mark in _CHALLENGE.findall(url)}
        if called.data.get("code_challenge") and sent - {called.data["code_challenge"]}:
            return Refined(
                code="pkce.verification_failed",
                expected="the code_challenge that the page method is called with",
                observed="another one in the page's own request for the code",
                fix="Send the method's second argument as code_challenge; make no verifier in the page",
            )
    return None


def _asked(timeline: Timeline, call: tuple[int, int], called: Event) -> list[str]:
    """Return the addresses of what was asked for between a call and its answer."""
    answered = [one.seq for which, one in calls(timeline, "answered") if which == call]
    return [
        sent.data["url"]
        for sent in timeline.of("request.sent")
        if called.seq < sent.seq < min(answered, default=called.seq)
    ]


def _own_address(timeline: Timeline) -> Refined | None:
    """Tell the page's own address from a redirect URI, where the browser asked nobody to redirect to it."""
    redirected = any("redirect_uri=" in sent.data["url"] for sent in timeline.of("request.sent"))
    shown = {path(one.data["url"]) for one in timeline.of("document.started") if one.data["top"]}
    for _, answered in calls(timeline, "answered"):
        uri = (answered.data["token"] or {}).get("redirect_uri")
        if uri and path(uri) in shown and not redirected:
            return Refined(
                code="token.redirect_uri_mismatch",
                expected="the redirect_uri that the code was issued for",
                observed=f"the page's own address, {path(uri)}",
                fix="Answer with the redirect_uri of the authorization request; location.href is none",
            )
    return None


_REFINERS: Mapping[str, Callable[[Timeline], Refined | None]] = {
    "sdk.callback_timeout": _timeout,
    "sdk.method_missing": _missing,
    "sdk.method_threw": _threw,
    "sdk.method_rejected": _rejected,
    "sdk.method_not_callable": _not_callable,
    "sdk.result_shape": _pushed_shape,
    "claims.expired": _expired,
    "token.invalid_grant": _refused_code,
}
