"""What is made of an event's facts: sentences and tones, of words of closed lists only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from harness.catalogue.codes import codes
from harness.checks.clocks import MOST
from harness.redact import WORDS

Tone = Literal["plain", "good", "bad"]
Facts = Mapping[str, Any]

METHOD = "lpGetAuthenticationToken"
"""The sample brand's page method."""

_NAME = re.compile(r"[A-Z][A-Za-z]{0,30}(?:Error|Exception)")
_ACCOUNT = re.compile(r"[a-z]{1,20}")


def error_word(value: Any) -> str:
    """Return a protocol's error as it is registered; anything else is not repeated."""
    return value if isinstance(value, str) and value in WORDS["error"] else "an error of its own"


def code_title(value: Any) -> str:
    """Return what one of our codes means, with the code; anything else is not repeated."""
    known = codes().get(value) if isinstance(value, str) else None
    return f"{known.title} ({known.code})" if known else "what was found belongs to no known code"


def who(data: Facts) -> str:
    """Return whose account it is."""
    account = data.get("account")
    known = isinstance(account, str) and _ACCOUNT.fullmatch(account)
    return str(account).capitalize() if known else "Somebody who has not signed in"


_ACTS: Mapping[str, str] = {
    "opens_chat": "{who} wants to chat. The platform does not know yet who that is.",
    "speaks_again": "{who} comes back to an open chat, whose credential has expired.",
}


def acts(data: Facts) -> str:
    """Say what the consumer does."""
    return _ACTS.get(str(data.get("what")), "{who} goes on.").format(who=who(data))


_CLIENTS = (("brand-web", "the shop"), ("brand-app", "the app"), ("", "the platform"))


def client(data: Facts) -> str:
    """Return whose client asks."""
    asked = str(data.get("client_id"))
    return next(name for prefix, name in _CLIENTS if asked.startswith(prefix))


def asked(data: Facts) -> str:
    """Say what an authorization request carries."""
    bound = [name for name in ("state", "nonce", "code_challenge") if data.get(name)]
    beside = f" with {' and '.join(bound)}" if bound else ""
    return f"The browser brings the login server an authorization request of {client(data)}{beside}."


def answered(data: Facts) -> str:
    """Say how an authorization request was answered."""
    if data.get("error"):
        return f"The login server sends the browser back with an error: {error_word(data.get('error'))}."
    modes = {"query": " in the query", "fragment": " in the fragment", "form_post": " in a form"}
    way = modes.get(str(data.get("mode")), "")
    return f"The login server sends the browser back with its answer{way}."


def code_issued(data: Facts) -> str:
    """Say what a code is bound to."""
    bound = ", bound to the code_challenge, so that only who has the code_verifier can use it"
    kept = bound if data.get("challenged") else ""
    return f"The login server makes a one-time code for {client(data)}{kept}."


def opened(data: Facts) -> str:
    """Say what a chat window gets when it has loaded."""
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


def call_ended(data: Facts) -> str:
    """Say how a call of the page method ended."""
    return _ENDED.get(str(data.get("happened")), "The page's answer cannot be used.")


def received(data: Facts) -> str:
    """Say what the platform was handed."""
    what = "a code" if data.get("kind") == "code" else "an id_token"
    sealed = " and unseals the code_verifier" if data.get("challenged") else ""
    return f"The platform has {what} now{sealed}. It believes nothing before it has checked."


def exchange(data: Facts) -> str:
    """Say what the token endpoint is asked."""
    if data.get("grant_type") == "refresh_token":
        return "The platform asks the token endpoint for a fresh id_token, server to server."
    beside = " and the code_verifier" if data.get("code_challenge") else ""
    return f"The platform takes the code{beside} to the token endpoint itself, server to server."


def clock(data: Facts) -> str:
    """Say that a server has another time; nothing where the clocks agree."""
    agrees = data.get("ahead") in range(-MOST, MOST + 1)
    return "" if agrees else "By the login server's clock it is another time than by this machine's."


def examined(data: Facts) -> str:
    """Say what came of examining an id_token."""
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


def verdict(data: Facts) -> str:
    """Say what the platform has decided."""
    said = _VERDICTS.get(str(data.get("outcome")))
    return said or f"The platform refuses: {code_title(data.get('code'))}."


def verdict_tone(data: Facts) -> Tone:
    """Return whether that is good."""
    tones: Mapping[str, Tone] = {"authenticated": "good", "not_authenticated": "plain"}
    return tones.get(str(data.get("outcome")), "bad")


def called(data: Facts) -> str:
    """Say how the page method is called."""
    arguments = "callback, code_challenge" if data.get("code_challenge") else "callback"
    return f"The SDK asks the page for a credential: it calls {METHOD}({arguments})."


def page_answered(data: Facts) -> str:
    """Say what the page method's callback was called with."""
    if data.get("error_given"):
        return "The page calls back with an error: it has no credential to give."
    token = data.get("token") or {}
    if token.get("type") == "object" and "ssoKey" in (token.get("members") or []):
        return "The page calls back: an object with ssoKey and redirect_uri."
    shapes = {"jws": "a signed id_token", "jwe": "an encrypted id_token", "opaque": "a code"}
    shape = str((token.get("credential") or token).get("shape"))
    return f"The page calls back with {shapes.get(shape, 'something that is no credential')}."


def page_answer_tone(data: Facts) -> Tone:
    """Return whether that was an error."""
    return "bad" if data.get("error_given") else "plain"


def failure(data: Facts) -> str:
    """Return the name of an exception, where it is an ordinary one."""
    name = data.get("error")
    return f": {name}" if isinstance(name, str) and _NAME.fullmatch(name) else ""


def window_opened(data: Facts) -> str:
    """Say what window.open has led to."""
    if data.get("result") != "window":
        return "The browser opens no window: its popup blocker has stopped the page."
    own = str(data.get("url")).startswith("/")
    return (
        "The app opens the login in the browser's own sheet, which the app cannot look into."
        if own
        else "The click opens a popup, which the platform serves from its own address."
    )


def window_tone(data: Facts) -> Tone:
    """Return whether a window has opened."""
    return "plain" if data.get("result") == "window" else "bad"


def login_refused(data: Facts) -> str:
    """Say why the shop turns its own login down."""
    return f"The shop refuses its own login: {code_title(data.get('code'))}."


def token_refused(data: Facts) -> str:
    """Say what the token endpoint answers instead of a token."""
    return f"The login server refused: {error_word(data.get('error'))}."


def signed(data: Facts) -> str:
    """Say for whom an id_token is."""
    return f"The login server signs an id_token for {client(data)}: who it is, by whose word, until when."


def frame_added(data: Facts) -> str:
    """Say that the chat's frame stands in the page; other frames are no news."""
    framed = data.get("name") == "parley-window"
    return "The SDK puts the chat window into the page: a frame of another site." if framed else ""


def directive(data: Facts) -> str:
    """Say which directive of a content security policy was violated."""
    named = re.fullmatch(r"[a-z-]{3,30}", str(data.get("directive")))
    return f"A content security policy stops something: {named[0] if named else 'a directive'}."


def tone_of_error(data: Facts) -> Tone:
    """Return whether there was an error."""
    return "bad" if data.get("error") else "plain"


def tone_of_steps(data: Facts) -> Tone:
    """Return whether a step has found something."""
    return "bad" if any(step.get("found") for step in data.get("steps") or []) else "plain"


def tone_of_call(data: Facts) -> Tone:
    """Return whether a call was answered."""
    return "plain" if data.get("happened") == "answered" else "bad"
