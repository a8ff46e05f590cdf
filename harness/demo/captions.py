"""What is said at each hop: one table from the types of events to sentences.

Nothing here is a script. A caption comes from an event that happened, so that what a fault changes is
narrated too, and it names only words of closed lists: no value that travelled is ever put into a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from harness.demo import sentences
from harness.demo.sentences import Facts, Tone
from harness.timeline import Event

Party = Literal[
    "consumer", "shop", "page", "sdk", "window", "login", "platform", "agent", "browser", "harness"
]

PARTIES: Mapping[Party, str] = {
    "consumer": "Consumer",
    "shop": "Shop's server",
    "page": "Brand's page",
    "sdk": "Platform's SDK",
    "window": "Chat window",
    "login": "Login server",
    "platform": "Platform",
    "agent": "Agent",
    "browser": "Browser",
    "harness": "Harness",
}
"""Who talks to whom, as people read it."""


@dataclass(frozen=True, kw_only=True)
class Caption:
    """What happens at one hop, for people.

    Attributes:
        speaker: Who acts.
        listener: Whom it reaches.
        sentence: What happens, in one plain sentence.
        tone: Whether it is the good end, or where things go wrong.
    """

    speaker: Party
    listener: Party
    sentence: str
    tone: Tone = "plain"


def between(one: Caption) -> str:
    """Return who talks to whom."""
    speaker, listener = PARTIES[one.speaker], PARTIES[one.listener]
    return speaker if speaker == listener else f"{speaker} → {listener}"


@dataclass(frozen=True)
class Row:
    """How an event is told.

    Attributes:
        speaker: Who acts.
        listener: Whom it reaches.
        sentence: What is said, or what makes it of the event's facts; nothing is said where that is empty.
        tone: The tone, or what makes it of the facts.
    """

    speaker: Party
    listener: Party
    sentence: str | Callable[[Facts], str]
    tone: Tone | Callable[[Facts], Tone] = "plain"


def caption(event: Event) -> Caption | None:
    """Return what is said about an event; ``None`` where it is no news for people."""
    row = ROWS.get((event.source, event.type))
    if row is None:
        return None
    sentence = row.sentence if isinstance(row.sentence, str) else row.sentence(event.data)
    tone = row.tone if isinstance(row.tone, str) else row.tone(event.data)
    if not sentence:
        return None
    return Caption(speaker=row.speaker, listener=row.listener, sentence=sentence, tone=tone)


ROWS: Mapping[tuple[str, str], Row] = {
    ("harness", "case.started"): Row(
        "harness", "browser", "A fresh browser with nothing in it but one login."
    ),
    ("harness", "conditions.measured"): Row(
        "harness", "browser", "What this browser keeps and blocks was measured when it started."
    ),
    ("harness", "attack.started"): Row("harness", "platform", "Somebody tries what must not succeed."),
    ("harness", "attack.seen"): Row("platform", "harness", "What came of it was noted."),
    ("harness", "attack.ended"): Row("harness", "platform", "The attempt is over."),
    ("harness", "request.refused"): Row(
        "harness", "browser", "A request for a host that is not the harness's own was refused.", "bad"
    ),
    ("harness", "consumer.acts"): Row("consumer", "page", sentences.acts),
    ("harness", "host.missed"): Row(
        "browser", "harness", "The browser asked for a host that nobody has named; it got no answer.", "bad"
    ),
    ("harness", "login.unknown"): Row(
        "harness", "consumer", "A login has appeared for which there are no steps.", "bad"
    ),
    ("harness", "step.failed"): Row("harness", "page", "A step of signing in could not be taken.", "bad"),
    ("harness", "probe.answered"): Row("harness", "login", "A probe of the harness was answered."),
    ("brand", "login.succeeded"): Row(
        "shop", "consumer", "The shop has had its own code exchanged, and knows this browser from now on."
    ),
    ("brand", "login.refused"): Row(
        "shop",
        "consumer",
        lambda d: f"The shop refuses its own login: {sentences.code_title(d.get('code'))}.",
        "bad",
    ),
    ("brand", "logout"): Row(
        "shop", "login", "The shop has ended its session and leads on to the login server."
    ),
    ("brand", "credential.given"): Row(
        "shop",
        "page",
        "The shop's server gives the page a code for the platform: one for this consumer only.",
    ),
    ("idp", "authorization.request"): Row("browser", "login", sentences.asked),
    ("idp", "authorization.response"): Row("login", "browser", sentences.answered, sentences.tone_of_error),
    ("idp", "authorization.refused"): Row(
        "login",
        "browser",
        lambda d: f"The login server refused the request: {sentences.error_word(d.get('error'))}.",
        "bad",
    ),
    ("idp", "code.issued"): Row("login", "browser", sentences.code_issued),
    ("idp", "id_token.issued"): Row(
        "login",
        "platform",
        sentences.signed,
    ),
    ("idp", "login.failed"): Row(
        "login", "consumer", "User name and password do not go together; the login server asks again.", "bad"
    ),
    ("idp", "login.succeeded"): Row(
        "login", "consumer", "User name and password are right; the login server remembers this browser."
    ),
    ("idp", "logout"): Row("login", "consumer", "The login server has ended its session as well."),
    ("idp", "token.issued"): Row(
        "login",
        "platform",
        "The token endpoint takes the code, which is used up now, and answers with the id_token.",
    ),
    ("idp", "token.refused"): Row(
        "login",
        "platform",
        lambda d: f"The login server refused: {sentences.error_word(d.get('error'))}.",
        "bad",
    ),
    ("platform", "authorization.requested"): Row(
        "platform",
        "browser",
        "The popup cannot call the page's scripts, so the platform sends it to the login server with a "
        "fresh state.",
    ),
    ("platform", "backend.failed"): Row(
        "platform", "platform", "The verification backend did not answer as agreed.", "bad"
    ),
    ("platform", "call.opened"): Row("platform", "window", sentences.opened),
    ("platform", "call.answered"): Row("window", "platform", sentences.call_ended, sentences.tone_of_call),
    ("platform", "clock.seen"): Row("login", "platform", sentences.clock, "bad"),
    ("platform", "code.exchanged"): Row(
        "platform", "platform", "The platform has got an id_token for the code."
    ),
    ("platform", "request.refused"): Row(
        "platform", "window", "A request was refused before there was anything to verify.", "bad"
    ),
    ("platform", "cookie.missed"): Row(
        "browser", "platform", "The window's cookie did not come along; its memory has the session too."
    ),
    ("platform", "credential.received"): Row("window", "platform", sentences.received),
    ("platform", "exchange.sent"): Row("platform", "login", sentences.exchange),
    ("platform", "renewal.started"): Row(
        "platform", "login", "The platform renews the sign-in without asking."
    ),
    ("platform", "renewal.ended"): Row(
        "platform", "window", "There is nothing to renew with; the page is asked."
    ),
    ("platform", "id_token.examined"): Row(
        "platform", "platform", sentences.examined, sentences.tone_of_steps
    ),
    ("platform", "verdict"): Row("platform", "window", sentences.verdict, sentences.verdict_tone),
    ("page", "iframe.added"): Row("sdk", "window", sentences.frame_added),
    ("page", "page_method.called"): Row("sdk", "page", sentences.called),
    ("page", "page_method.answered"): Row("page", "sdk", sentences.page_answered, sentences.page_answer_tone),
    ("page", "page_method.threw"): Row(
        "page", "sdk", lambda d: f"The page method threw an exception{sentences.failure(d)}.", "bad"
    ),
    ("page", "page_method.rejected"): Row(
        "page", "sdk", lambda d: f"The page method's promise was rejected{sentences.failure(d)}.", "bad"
    ),
    ("page", "window.opened"): Row("page", "browser", sentences.window_opened, sentences.window_tone),
    ("page", "policy.violated"): Row("browser", "page", sentences.directive, "bad"),
    ("page", "script.failed"): Row(
        "page", "browser", lambda d: f"A script of the page failed{sentences.failure(d)}.", "bad"
    ),
    ("page", "storage.denied"): Row("browser", "page", "The browser refuses a frame its storage.", "bad"),
    ("page", "resource.failed"): Row(
        "browser", "page", "Something that the page needs does not load.", "bad"
    ),
}
"""Every type of event that servers put on a timeline, and of the page's those that people can follow."""
