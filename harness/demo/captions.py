"""What is said at each hop: one table from the types of events to sentences.

Nothing here is a script. A caption comes from an event that happened, so that what a fault changes is
narrated too, and it names only words of closed lists: no value that travelled is ever put into a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from harness.catalogue.codes import codes
from harness.redact import WORDS
from harness.timeline import Event

Party = Literal[
    "consumer", "shop", "page", "sdk", "window", "login", "platform", "agent", "browser", "harness"
]
Tone = Literal["plain", "good", "bad"]

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


Facts = Mapping[str, Any]


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


METHOD = "lpGetAuthenticationToken"
"""The sample brand's page method."""

_NAME = re.compile(r"[A-Z][A-Za-z]{0,30}(?:Error|Exception)")
_ACCOUNT = re.compile(r"[a-z]{1,20}")


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


def error_word(value: Any) -> str:
    """Return a protocol's error as it is registered; anything else is not repeated."""
    return value if isinstance(value, str) and value in WORDS["error"] else "an error of its own"


def code_title(value: Any) -> str:
    """Return what one of our codes means, with the code; anything else is not repeated."""
    known = codes().get(value) if isinstance(value, str) else None
    return f"{known.title} ({known.code})" if known else "what was found belongs to no known code"


def _who(data: Facts) -> str:
    account = data.get("account")
    known = isinstance(account, str) and _ACCOUNT.fullmatch(account)
    return str(account).capitalize() if known else "Somebody who has not signed in"


_ACTS: Mapping[str, str] = {
    "opens_chat": "{who} wants to chat. The platform does not know yet who that is.",
    "speaks_again": "{who} comes back to an open chat, whose credential has expired.",
}


def _acts(data: Facts) -> str:
    return _ACTS.get(str(data.get("what")), "{who} goes on.").format(who=_who(data))


_CLIENTS = (("brand-web", "the shop"), ("brand-app", "the app"), ("", "the platform"))


def _client(data: Facts) -> str:
    asked = str(data.get("client_id"))
    return next(name for prefix, name in _CLIENTS if asked.startswith(prefix))


def _asked(data: Facts) -> str:
    bound = [name for name in ("state", "nonce", "code_challenge") if data.get(name)]
    beside = f" with {' and '.join(bound)}" if bound else ""
    return f"The browser brings the login server an authorization request of {_client(data)}{beside}."


def _answered(data: Facts) -> str:
    if data.get("error"):
        return f"The login server sends the browser back with an error: {error_word(data.get('error'))}."
    modes = {"query": " in the query", "fragment": " in the fragment", "form_post": " in a form"}
    way = modes.get(str(data.get("mode")), "")
    return f"The login server sends the browser back with its answer{way}."


def _code_issued(data: Facts) -> str:
    bound = ", bound to the code_challenge, so that only who has the code_verifier can use it"
    kept = bound if data.get("challenged") else ""
    return f"The login server makes a one-time code for {_client(data)}{kept}."


def _opened(data: Facts) -> str:
    challenge = " and a fresh code_challenge" if "pkce" in str(data.get("connector")) else ""
    return f"The chat window has loaded from the platform's own address and gets a call id{challenge}."


_ENDED: Mapping[str, str] = {
    "answered": "The window hands the platform what the page has answered.",
    "timeout": "The page has not called back in time, and the SDK gives up.",
    "missing": "The page has no method under the configured name.",
    "not_callable": "What stands under the configured name is no function.",
    "threw": "The page method threw an exception.",
    "rejected": "The page method's promise was rejected, and its callback was never called.",
}


def _call_ended(data: Facts) -> str:
    return _ENDED.get(str(data.get("happened")), "The page's answer cannot be used.")


def _received(data: Facts) -> str:
    what = "a code" if data.get("kind") == "code" else "an id_token"
    sealed = " and unseals the code_verifier" if data.get("challenged") else ""
    return f"The platform has {what} now{sealed}. It believes nothing before it has checked."


def _exchange(data: Facts) -> str:
    if data.get("grant_type") == "refresh_token":
        return "The platform asks the token endpoint for a fresh id_token, server to server."
    beside = " and the code_verifier" if data.get("code_challenge") else ""
    return f"The platform takes the code{beside} to the token endpoint itself, server to server."


def _examined(data: Facts) -> str:
    steps = data.get("steps") or []
    wrong = [code for step in steps for code in step.get("found") or []]
    if not wrong:
        return (
            f"The platform examines the id_token in {len(steps)} steps: signature, issuer, times, all good."
        )
    return f"The platform examines the id_token and finds: {code_title(wrong[0])}."


_VERDICTS: Mapping[str, str] = {
    "authenticated": "The platform has verified who this is. The chat is signed in, and the agent sees a "
    "profile that the brand vouches for.",
    "not_authenticated": "The page says that nobody is signed in: the chat opens for a guest.",
}


def _verdict(data: Facts) -> str:
    said = _VERDICTS.get(str(data.get("outcome")))
    return said or f"The platform refuses: {code_title(data.get('code'))}."


def _verdict_tone(data: Facts) -> Tone:
    tones: Mapping[str, Tone] = {"authenticated": "good", "not_authenticated": "plain"}
    return tones.get(str(data.get("outcome")), "bad")


def _called(data: Facts) -> str:
    arguments = "callback, code_challenge" if data.get("code_challenge") else "callback"
    return f"The SDK asks the page for a credential: it calls {METHOD}({arguments})."


def _page_answered(data: Facts) -> str:
    if data.get("error_given"):
        return "The page calls back with an error: it has no credential to give."
    token = data.get("token") or {}
    if token.get("type") == "object" and "ssoKey" in (token.get("members") or []):
        return "The page calls back: an object with ssoKey and redirect_uri."
    shapes = {"jws": "a signed id_token", "jwe": "an encrypted id_token", "opaque": "a code"}
    shape = str((token.get("credential") or token).get("shape"))
    return f"The page calls back with {shapes.get(shape, 'something that is no credential')}."


def _page_answer_tone(data: Facts) -> Tone:
    return "bad" if data.get("error_given") else "plain"


def _failure(data: Facts) -> str:
    name = data.get("error")
    return f": {name}" if isinstance(name, str) and _NAME.fullmatch(name) else ""


def _window_opened(data: Facts) -> str:
    if data.get("result") != "window":
        return "The browser opens no window: its popup blocker has stopped the page."
    own = str(data.get("url")).startswith("/")
    return (
        "The app opens the login in the browser's own sheet, which the app cannot look into."
        if own
        else "The click opens a popup, which the platform serves from its own address."
    )


def _window_tone(data: Facts) -> Tone:
    return "plain" if data.get("result") == "window" else "bad"


def _frame_added(data: Facts) -> str:
    framed = data.get("name") == "parley-window"
    return "The SDK puts the chat window into the page: a frame of another site." if framed else ""


def _directive(data: Facts) -> str:
    named = re.fullmatch(r"[a-z-]{3,30}", str(data.get("directive")))
    return f"A content security policy stops something: {named[0] if named else 'a directive'}."


def _tone_of_error(data: Facts) -> Tone:
    return "bad" if data.get("error") else "plain"


def _tone_of_steps(data: Facts) -> Tone:
    return "bad" if any(step.get("found") for step in data.get("steps") or []) else "plain"


def _tone_of_call(data: Facts) -> Tone:
    return "plain" if data.get("happened") == "answered" else "bad"


ROWS: Mapping[tuple[str, str], Row] = {
    ("harness", "case.started"): Row(
        "harness", "browser", "A fresh browser with nothing in it but one login."
    ),
    ("harness", "consumer.acts"): Row("consumer", "page", _acts),
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
        "shop", "consumer", lambda d: f"The shop refuses its own login: {code_title(d.get('code'))}.", "bad"
    ),
    ("brand", "logout"): Row(
        "shop", "login", "The shop has ended its session and leads on to the login server."
    ),
    ("brand", "credential.given"): Row(
        "shop",
        "page",
        "The shop's server gives the page a code for the platform: one for this consumer only.",
    ),
    ("idp", "authorization.request"): Row("browser", "login", _asked),
    ("idp", "authorization.response"): Row("login", "browser", _answered, _tone_of_error),
    ("idp", "authorization.refused"): Row(
        "login",
        "browser",
        lambda d: f"The login server refused the request: {error_word(d.get('error'))}.",
        "bad",
    ),
    ("idp", "code.issued"): Row("login", "browser", _code_issued),
    ("idp", "id_token.issued"): Row(
        "login",
        "platform",
        lambda d: (
            f"The login server signs an id_token for {_client(d)}: who it is, by whose word, until when."
        ),
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
        "login", "platform", lambda d: f"The login server refused: {error_word(d.get('error'))}.", "bad"
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
    ("platform", "call.opened"): Row("platform", "window", _opened),
    ("platform", "call.answered"): Row("window", "platform", _call_ended, _tone_of_call),
    ("platform", "code.exchanged"): Row(
        "platform", "platform", "The platform has got an id_token for the code."
    ),
    ("platform", "cookie.missed"): Row(
        "browser", "platform", "The window's cookie did not come along; its memory has the session too."
    ),
    ("platform", "credential.received"): Row("window", "platform", _received),
    ("platform", "exchange.sent"): Row("platform", "login", _exchange),
    ("platform", "renewal.started"): Row(
        "platform", "login", "The platform renews the sign-in without asking."
    ),
    ("platform", "renewal.ended"): Row(
        "platform", "window", "There is nothing to renew with; the page is asked."
    ),
    ("platform", "id_token.examined"): Row("platform", "platform", _examined, _tone_of_steps),
    ("platform", "verdict"): Row("platform", "window", _verdict, _verdict_tone),
    ("page", "iframe.added"): Row("sdk", "window", _frame_added),
    ("page", "page_method.called"): Row("sdk", "page", _called),
    ("page", "page_method.answered"): Row("page", "sdk", _page_answered, _page_answer_tone),
    ("page", "page_method.threw"): Row(
        "page", "sdk", lambda d: f"The page method threw an exception{_failure(d)}.", "bad"
    ),
    ("page", "page_method.rejected"): Row(
        "page", "sdk", lambda d: f"The page method's promise was rejected{_failure(d)}.", "bad"
    ),
    ("page", "window.opened"): Row("page", "browser", _window_opened, _window_tone),
    ("page", "policy.violated"): Row("browser", "page", _directive, "bad"),
    ("page", "script.failed"): Row(
        "page", "browser", lambda d: f"A script of the page failed{_failure(d)}.", "bad"
    ),
    ("page", "storage.denied"): Row("browser", "page", "The browser refuses a frame its storage.", "bad"),
    ("page", "resource.failed"): Row(
        "browser", "page", "Something that the page needs does not load.", "bad"
    ),
}
"""Every type of event that servers put on a timeline, and of the page's those that people can follow."""
