"""What a name gives away: which parameters, members and headers hold credentials."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import unquote

from harness.protocol.fingerprint import fingerprint

HIDDEN = "…"
"""Stands for a value of which nothing is kept."""

MARKED = frozenset(
    {
        "accesstoken",
        "assertion",
        "authcode",
        "call",
        "callid",
        "clientassertion",
        "code",
        "codechallenge",
        "codeverifier",
        "credential",
        "csrf",
        "idtoken",
        "idtokenhint",
        "jwt",
        "logintoken",
        "logouttoken",
        "nonce",
        "popup",
        "refreshtoken",
        "request",
        "requesturi",
        "samlresponse",
        "sealedverifier",
        "session",
        "sessionid",
        "sessionstate",
        "sid",
        "ssokey",
        "state",
        "ticket",
        "token",
    }
)
"""Names, in lower-case letters only, whose values have enough entropy to be named by a fingerprint."""

CONCEALED = frozenset(
    {
        "apikey",
        "authorization",
        "clientsecret",
        "cookie",
        "otp",
        "passcode",
        "passphrase",
        "passwd",
        "password",
        "pin",
        "privatekey",
        "proxyauthorization",
        "pwd",
        "secret",
        "setcookie",
        "totp",
    }
)
"""Names whose values may be guessable, so that even a fingerprint would tell too much."""

_MARKED_ENDINGS = ("token", "sessionid", "ticket", "nonce", "jwt")
_CONCEALED_ENDINGS = ("password", "secret", "passwd", "apikey", "privatekey")

WORDS: Mapping[str, frozenset[str]] = {
    "prompt": frozenset({"none", "login", "consent", "select_account", "create"}),
    "response_mode": frozenset({"query", "fragment", "form_post", "web_message"}),
    "response_type": frozenset({"code", "id_token", "token", "none", "id_token token", "code id_token"}),
    "code_challenge_method": frozenset({"S256", "plain"}),
    "grant_type": frozenset({"authorization_code", "refresh_token"}),
    "error": frozenset(
        {
            "access_denied",
            "account_selection_required",
            "consent_required",
            "interaction_required",
            "invalid_client",
            "invalid_grant",
            "invalid_request",
            "invalid_scope",
            "login_required",
            "server_error",
            "temporarily_unavailable",
            "unauthorized_client",
            "unsupported_response_type",
        }
    ),
}
"""Parameters whose value is shown, and only while it is one of these registered words."""


def mark(value: str) -> str:
    """Return what stands for a credential: ``fp:`` and its fingerprint."""
    return f"fp:{fingerprint(value)}"


def treatment(name: str) -> Callable[[str], str] | None:
    """Return what happens to a value of this name: marked, concealed, or nothing by name alone.

    Letter case, hyphens, underscores and percent-encoding in the name make no difference.
    """
    plain = re.sub(r"[^a-z]", "", unquote(name).lower())
    if plain in CONCEALED or plain.endswith(_CONCEALED_ENDINGS):
        return lambda value: HIDDEN
    if plain in MARKED or plain.endswith(_MARKED_ENDINGS):
        return mark
    return None
