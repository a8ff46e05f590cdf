"""Messages between page and window: to whom they go, from whom they are taken, and whether they arrive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from harness.checks.found import Found
from harness.checks.places import Places, framed_windows, origin_of, places, started_windows
from harness.checks.seen import origin
from harness.timeline import Event, Timeline

TYPES = frozenset({"hello", "call", "answer", "handover", "ready", "expired", "status"})
"""The types of the platform's messages."""

_CREDENTIAL = frozenset({"answer", "handover"})
"""Those that carry a credential."""

_LARGE = 1 << 20
_MOST_NAMED = 6


def check_target(timeline: Timeline) -> Iterator[Found]:
    """A message with a credential names the one origin that may read it (RFC 9700 section 4.17)."""
    known = places(timeline)
    for sent in timeline.of("message.sent"):
        if sent.data.get("type") in _CREDENTIAL and sent.data.get("to") == "*":
            yield Found(
                code="browser.postmessage_wildcard",
                severity="error",
                expected=f"postMessage(answer, {known.platform!r})",
                observed="postMessage(answer, '*'): whoever is in the frame gets the credential",
                fix=f"Send the credential with the target origin {known.platform}, never with *",
                at=sent.at,
            )
            return


def check_answered_origin(timeline: Timeline) -> Iterator[Found]:
    """The SDK takes questions from the platform's exact origin alone (RFC 9700 section 4.17)."""
    known = places(timeline)
    for sent in timeline.of("message.sent"):
        to = sent.data.get("to")
        if sent.data.get("type") in _CREDENTIAL and known.platform and to not in ("*", known.platform):
            yield Found(
                code="browser.postmessage_origin",
                severity="error",
                expected=f"a credential for {known.platform} alone",
                observed=f"a credential for {to}",
                fix=f"Compare event.origin with {known.platform} by ===, not by indexOf or a pattern",
                ends="refused",
                at=sent.at,
            )
            return


def check_answering_window(timeline: Timeline) -> Iterator[Found]:
    """The window takes an answer from the page around it, from no other window (RFC 9700 section 4.17).

    Another window may well post one; what shows that it was taken is what the window tells its server then.
    """
    known = places(timeline)
    windows = {one.data["document"] for one in started_windows(timeline, known)}
    answers = [
        one
        for one in timeline.of("message.received")
        if one.data.get("document") in windows and one.data.get("type") in _CREDENTIAL
    ]
    right = [one for one in answers if one.data.get("sender") == "parent"]
    for foreign in answers:
        if foreign in right or not _was_taken(timeline, foreign, right, known):
            continue
        sender, from_ = foreign.data.get("sender"), foreign.data.get("origin")
        yield Found(
            code="browser.postmessage_source",
            severity="error",
            expected="an answer from the page around the window",
            observed=f"an answer of {from_}, taken from another window ({sender})",
            fix="Compare event.source with the window that was asked, beside event.origin",
            ends="refused",
            at=foreign.at,
        )
        return


def _was_taken(timeline: Timeline, foreign: Event, right: list[Event], known: Places) -> bool:
    """Tell whether the window passed an answer on: by its credential, or where bodies are unseen by order."""
    calls = [one for one in timeline.of("message.received") if one.data.get("type") == "call"]
    own = set(_marks(foreign)) - {mark for one in (*right, *calls) for mark in _marks(one)}
    first = min((one.at for one in right), default=None)
    for sent in timeline.of("request.sent"):
        if sent.data.get("method") != "POST" or not _from_window(sent, known):
            continue
        if own & set(_marks(sent)):
            return True
        if not sent.data.get("body") and foreign.at <= sent.at and (first is None or sent.at < first):
            return True
    return False


def _from_window(sent: Event, known: Places) -> bool:
    return known.is_window(sent) and origin(sent.data.get("document_url")) == known.platform


def _marks(event: Event) -> list[str]:
    return event.data.get("fingerprints") or []


def check_ignored(timeline: Timeline) -> Iterator[Found]:
    """Messages in no form of the platform's are left alone; that they come is worth a word."""
    known = places(timeline)
    windows = {one.data["document"] for one in started_windows(timeline, known)}
    strange = [one for one in timeline.of("message.received") if _is_strange(one, windows, known)]
    if not strange:
        return
    kinds = Counter(_kind(one) for one in strange)
    named = ", ".join(kind for kind, _ in kinds.most_common(_MOST_NAMED))
    more = ", …" if len(kinds) > _MOST_NAMED else ""
    senders = ", ".join(sorted({str(one.data.get("origin")) for one in strange}))
    yield Found(
        code="sdk.message_ignored",
        severity="warning",
        expected="messages in the platform's form",
        observed=f"{len(strange)} others from {senders}: {named}{more}",
        fix=f"Find the script of {senders} that posts them, and let it name the window that it means",
        at=strange[0].at,
    )


def _is_strange(message: Event, windows: set[int], known: Places) -> bool:
    """Tell whether a message was meant for window or SDK, or is large, and is in no form of theirs.

    What other parts of a page tell each other is not the chat's business.
    """
    data = message.data
    ours = data.get("type") in TYPES and "ns" in (data.get("members") or ())
    if data.get("document") in windows:
        return not ours
    meant = data.get("origin") == known.platform or "ns" in (data.get("members") or ())
    return (meant and not ours) or (data.get("characters") or 0) >= _LARGE


def _kind(message: Event) -> str:
    characters = message.data.get("characters") or 0
    return f"a string of {characters:,} characters" if characters >= _LARGE else str(message.data.get("type"))


def check_arrival(timeline: Timeline) -> Iterator[Found]:
    """A message arrives: a browser drops one whose receiver is at another origin (HTML section 9.3.3)."""
    known = places(timeline)
    documents = {one.data["document"]: one for one in timeline.of("document.started")}
    gone = min(
        (one.at for one in timeline.of("iframe.removed") if origin_of(one) == known.platform), default=None
    )
    arrived = Counter(
        (one.data.get("type"), documents[one.data["document"]].data.get("origin"))
        for one in timeline.of("message.received")
        if one.data.get("document") in documents
    )
    for sent in timeline.of("message.sent"):
        kind, to = sent.data.get("type"), sent.data.get("to")
        if kind == "status" or to == "*":
            continue
        arrived[kind, to] -= 1
        decided = any(one.at >= sent.at for one in timeline.of("verdict"))
        if arrived[kind, to] >= 0 or decided or (gone is not None and gone <= sent.at):
            continue
        sender = documents.get(sent.data.get("document", 0))
        yield _dropped(timeline, sent, known, sender)
        return


def _dropped(timeline: Timeline, sent: Event, known: Places, sender: Event | None) -> Found:
    to = str(sent.data.get("to"))
    if sender is not None and known.is_window(sender):
        page = next(iter(sender.data.get("ancestors") or ()), "another page")
        observed = f"{sent.data['type']} for {to}, but the page is {page}"
        fix = f"Open the chat from {to}, or give the window {page} as its origin"
    else:
        observed = f"{sent.data['type']} for {to}, but the frame shows {_shown(timeline, sent, known)}"
        fix = "Leave the chat's frame alone while the page method is at work; the router must not reuse it"
    return Found(
        code="sdk.handover_timeout",
        severity="error",
        expected=f"{sent.data['type']} received at {to}",
        observed=observed,
        fix=fix,
        ends="refused",
        at=sent.at,
    )


def _shown(timeline: Timeline, sent: Event, known: Places) -> str:
    """Return what the chat's frame shows in the end."""
    names = {one.data.get("name") for one in framed_windows(timeline, known)}
    shown = [
        str(one.data.get("url"))
        for one in timeline.of("frame.navigated")
        if not one.data.get("top") and one.data.get("name") in names
    ]
    last = shown[-1] if shown else "nothing"
    return origin(last) or last
