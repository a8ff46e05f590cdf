"""A timeline as a sequence diagram, with the failing hop found by where a finding's hop is in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from harness.report.model import Finding
from harness.report.sequence.model import LANES, Diagram, Message
from harness.report.sequence.parties import Parties
from harness.report.sequence.requests import Answers, request
from harness.report.sequence.telling import TELLERS, Story
from harness.timeline import Timeline

_METHOD = (
    *("page_method.answered", "page_method.rejected", "page_method.threw", "page_method.called"),
    *("page_method.expired", "page_method.pushed"),
)
_TOKEN = ("id_token.examined", "verdict")
_REDIRECT = ("redirect.window", "authorization.response", "redirect.idp")

SHOWN_AT: Mapping[str, tuple[str, ...]] = {
    "brand page": (*_METHOD, "page_method.found", "message.received", "request.page"),
    "sdk": (*_METHOD, "message.received", "request.platform"),
    "popup": ("window.opened", *_REDIRECT, "request.platform"),
    "browser policy": (
        *("policy.violated", "storage.denied", "cookie.missed", "window.opened"),
        *("request.platform", "request.idp", "redirect.idp", "redirect.window", "iframe.added"),
    ),
    "authorization endpoint": (
        "authorization.refused",
        "authorization.response",
        "redirect.idp",
        "request.idp",
    ),
    "redirect": _REDIRECT,
    "token endpoint": ("token.refused", "exchange.sent", "token.issued"),
    "discovery": _TOKEN,
    "jwks": _TOKEN,
    "id_token header": _TOKEN,
    "id_token signature": _TOKEN,
    "id_token payload": _TOKEN,
    "id_token encryption": _TOKEN,
    "userinfo": ("verdict",),
    "platform": ("verdict",),
    "configuration": ("verdict",),
    "network": ("exchange.sent", "request.idp", "request.platform", "request.page"),
}
"""Hop to the messages at which it is shown, the most telling first."""


def diagram(timeline: Timeline, findings: tuple[Finding, ...] = (), *, code: str | None = None) -> Diagram:
    """Return who said what to whom.

    Args:
        timeline: The case, finished or not yet.
        findings: What the checks found; each is put to the message at which its hop is shown.
        code: The code of the earliest failing hop.
    """
    messages = list(_messages(timeline))
    failing = None
    reason = code or next((one.code for one in findings if one.severity == "error"), None)
    for finding in findings:
        place = _place(finding, messages)
        if place is None:
            continue
        at = messages[place]
        first = finding.code == reason
        put = (finding, *at.findings) if first else (*at.findings, finding)
        worse = finding.severity == "error" or at.status == "bad"
        status = "bad" if worse else "warning" if finding.severity == "warning" else at.status
        messages[place] = replace(at, findings=put, status=status)
        failing = place if first and failing is None else failing
    names = {**LANES, "page": "App"} if Parties.of(timeline).surface == "app" else LANES
    return Diagram(lanes=names, messages=tuple(messages), failing=failing)


def _messages(timeline: Timeline) -> Iterator[Message]:
    """Yield every message in order."""
    if not timeline.events:
        return
    parties, answers = Parties.of(timeline), Answers(timeline)
    started = timeline.of("case.started")
    opened = started[0].data if started else {}
    story = Story(
        parties,
        timeline.events[0].at,
        opened.get("method", "the page method"),
        opened.get("page_method", "named"),
        opened.get("method_call", "("),
    )
    for event in timeline:
        if event.type == "request.sent":
            yield from request(event, parties, answers, story.start)
        elif tell := TELLERS.get(event.type):
            yield from tell(event, story)


def _place(finding: Finding, messages: list[Message]) -> int | None:
    """Return where a finding is shown: at what went wrong of its hop's messages, else at the last of them."""
    family = finding.code.partition(".")[0]
    # What a browser refused is seen where it did so, whoever has to act.
    hop = "browser policy" if family == "browser" else finding.hop
    keys = SHOWN_AT.get(hop, ())
    places = {key: [place for place, one in enumerate(messages) if one.key == key] for key in keys}
    wrong = (place for key in keys for place in places[key] if messages[place].status == "bad")
    known = (places[key][-1] for key in keys if places[key])
    return next(wrong, next(known, len(messages) - 1 if messages else None))
