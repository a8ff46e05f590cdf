"""What has to be known to write a brand's file: the answers, and the check of each."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import ValidationError

from harness.config import ACCOUNT, FLOWS, Flow
from harness.own_brand import REPLACED, Sdk, is_https
from harness.page_methods import FAMILIES, PageMethod
from harness.protocol import keys
from harness.protocol.problem import Refusal
from harness.settings import Settings

INJECT = "inject"
OURS = "harness"
METHOD = "lpGetAuthenticationToken"
LONGEST_ISSUER = 255

_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
_METHOD = re.compile(r"[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*")


class NotThat(ValueError):
    """An answer that cannot work, with the sentence that says so."""


class Answers(Settings):
    """Everything that a file says; texts that are empty are left out of it.

    Attributes:
        issuer: The authorization server.
        flow: How the credential travels.
        authorization_endpoint: Where the popup goes; without one there is no popup.
        token_endpoint: Where codes are exchanged.
        keys: The JWK Set's URL, or the one public key.
        client_id: The platform's client.
        client_secret_env: The variable that holds its secret.
        client_auth: How the secret travels.
        page: Where a signed-in consumer finds the chat.
        tag: The tag URL that the page loads, or ``inject``.
        page_method: How the SDK gets the credential from the page.
        js_method: The page method's name.
        expiry_event: The event on which the page pushes again.
        launcher: What opens the chat, or ``harness``.
        account: Who signs in.
        username: What they type first; without it the file has no login.
        username_field: Where they type it.
        password_env: The variable that holds their password.
        password_field: Where they type it.
        button: What they press.
        advertised: The flows that the server says it offers; ``None`` where it says nothing.
        map: Where a host is, for what DNS does not know.
        ca: Certificate authorities that are trusted beside the public ones.
        proxy_env: The variable that holds the way out.
    """

    issuer: str
    flow: Flow
    authorization_endpoint: str
    token_endpoint: str
    keys: str
    client_id: str
    client_secret_env: str
    client_auth: str = "basic"
    page: str
    tag: str = REPLACED
    page_method: PageMethod = "named"
    js_method: str = METHOD
    expiry_event: str = ""
    launcher: str = OURS
    account: str
    username: str
    username_field: str
    password_env: str
    password_field: str
    button: str
    advertised: tuple[Flow, ...] | None = None
    map: tuple[tuple[str, str], ...] = ()
    ca: Path | None = None
    proxy_env: str = ""


def issuer(text: str) -> str:
    """Check an issuer (OpenID Connect Discovery section 3)."""
    https(text)
    parts = urlsplit(text)
    if parts.query or parts.fragment or text.endswith(("?", "#")):
        raise NotThat(f"{text!r} has a query or a fragment, which no issuer has; leave it out")
    if len(text) > LONGEST_ISSUER:
        raise NotThat(f"this is {len(text)} characters long; an issuer has at most {LONGEST_ISSUER}")
    return text


def https(text: str) -> str:
    """Check an address."""
    if not is_https(text) or not text.isprintable() or " " in text:
        raise NotThat(f"{text!r} is no https URL; it takes one like https://login.acme.example/path")
    return text


def https_or_nothing(text: str) -> str:
    """Check an address that may be left out."""
    return https(text) if text else ""


def flow(text: str) -> str:
    """Check a flow."""
    if text not in FLOWS:
        raise NotThat(f"there is no flow {text!r}; choose {', '.join(FLOWS)}")
    return text


def key_source(text: str) -> str:
    """Check where the keys are: a JWK Set's address, or the one key in the connector form's shape."""
    if text.startswith("https:"):
        return https(text)
    try:
        keys.from_spki(text)
    except Refusal as refusal:
        problem = refusal.problem
        raise NotThat(
            f"this is {problem.observed}; it takes the JWK Set's https URL, or {problem.expected}"
        ) from None
    return text


def variable(text: str) -> str:
    """Check the name of an environment variable; what is none may be a secret and is not repeated."""
    if not _VARIABLE.fullmatch(text):
        raise NotThat(
            "that is no name of an environment variable; it takes capital letters, digits and _, "
            "as ACME_SECRET, and never the secret itself"
        )
    return text


def variable_or_nothing(text: str) -> str:
    """Check the name of an environment variable that may be left out."""
    return variable(text) if text else ""


def tag(text: str) -> str:
    """Check how the SDK gets into the page."""
    if text == INJECT:
        return text
    try:
        Sdk(replace=text)
    except ValidationError:
        raise NotThat(
            f"{text!r} is no tag URL; it takes an https URL with * in its path or query, or {INJECT}"
        ) from None
    return text


def page_method(text: str) -> str:
    """Check how the SDK gets the credential from the page."""
    if text not in FAMILIES:
        raise NotThat(f"there is no page method {text!r}; choose {', '.join(FAMILIES)}")
    return text


def method(text: str) -> str:
    """Check a page method's name."""
    if not _METHOD.fullmatch(text):
        raise NotThat(f"{text!r} is no name of a function; it takes one like auth.getAuthenticationToken")
    return text


def account(text: str) -> str:
    """Check an account's name."""
    if not re.fullmatch(ACCOUNT, text):
        raise NotThat(f"{text!r} is no account's name; it takes letters, digits, _ and -, at most 64")
    return text


def words(text: str) -> str:
    """Check what stands on a page, or what somebody types there."""
    if not text or not text.isprintable():
        raise NotThat("it takes a few words on one line, as they stand on the page")
    return text


def words_or_nothing(text: str) -> str:
    """Check words that may be left out."""
    return words(text) if text else ""
