"""Authorization codes: issued for one client, one redirect URI and one challenge, and good for once."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass

from .clients import Client, TokenError
from .people import Person

CODE_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What a code stands for.

    Attributes:
        client_id: Who may exchange it.
        redirect_uri: Where it was sent.
        person: Who is signed in.
        code_challenge: What the verifier must hash to, S256; none where no challenge was sent.
        nonce: What the id_token repeats.
        until: When it is good no more, on the clock that never goes back.
    """

    client_id: str
    redirect_uri: str
    person: Person
    code_challenge: str | None
    nonce: str | None
    until: float


class Grants:
    """All codes that are still good."""

    def __init__(self) -> None:
        self._open: dict[str, Grant] = {}

    def issue(self, client: Client, person: Person, asked: Mapping[str, str]) -> str:
        """Issue a code for a request that has been found good."""
        code = secrets.token_urlsafe()
        self._open[code] = Grant(
            client_id=client.client_id,
            redirect_uri=asked["redirect_uri"],
            person=person,
            code_challenge=asked.get("code_challenge"),
            nonce=asked.get("nonce"),
            until=time.monotonic() + CODE_SECONDS,
        )
        return code

    def take(self, client: Client, form: Mapping[str, str]) -> Grant:
        """Take a code; whoever is wrong in anything has used it up (RFC 6749 section 4.1.3, RFC 7636 4.6).

        Raises:
            TokenError: ``invalid_request``, ``unsupported_grant_type`` or ``invalid_grant``.
        """
        if form.get("grant_type") != "authorization_code":
            raise TokenError("unsupported_grant_type", "grant_type has to be authorization_code")
        if not form.get("code") or not form.get("redirect_uri"):
            raise TokenError("invalid_request", "code and redirect_uri are needed")
        grant = self._open.pop(form["code"], None)
        if grant is None or grant.client_id != client.client_id or grant.until < time.monotonic():
            raise TokenError("invalid_grant", "the code is unknown, used or expired")
        if grant.redirect_uri != form["redirect_uri"]:
            raise TokenError("invalid_grant", "redirect_uri is not the one of the authorization request")
        if grant.code_challenge != _challenge(form.get("code_verifier")):
            raise TokenError("invalid_grant", "code_verifier does not fit the code_challenge")
        return grant


def _challenge(verifier: str | None) -> str | None:
    """Return the S256 challenge of a verifier (RFC 7636 section 4.2)."""
    if verifier is None:
        return None
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
