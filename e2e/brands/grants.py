"""Authorization codes: issued for one client, one redirect URI and one challenge, and good for once."""

from __future__ import annotations

import base64
import hashlib
import itertools
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
        code_challenge: What the verifier must come to; none where no challenge was sent.
        code_challenge_method: How.
        nonce: What the id_token repeats.
        until: When it is good no more, on the clock that never goes back.
    """

    client_id: str
    redirect_uri: str
    person: Person
    code_challenge: str | None
    code_challenge_method: str
    nonce: str | None
    until: float


class Grants:
    """All codes that are still good.

    Args:
        keeps: A mistake: a code stays good after its first use.
        counts: A mistake: codes are numbers.
        ignores_verifier: A mistake: nobody looks at ``code_verifier``.
        ignores_redirect_uri: A mistake: nobody looks at ``redirect_uri``.
    """

    def __init__(
        self,
        *,
        keeps: bool = False,
        counts: bool = False,
        ignores_verifier: bool = False,
        ignores_redirect_uri: bool = False,
    ) -> None:
        self._keeps, self._counts = keeps, itertools.count(10_000_001) if counts else None
        self._ignores_verifier, self._ignores_redirect_uri = ignores_verifier, ignores_redirect_uri
        self._open: dict[str, Grant] = {}

    def issue(self, client: Client, person: Person, asked: Mapping[str, str]) -> str:
        """Issue a code for a request that has been found good."""
        code = secrets.token_urlsafe() if self._counts is None else str(next(self._counts))
        self._open[code] = Grant(
            client_id=client.client_id,
            redirect_uri=asked["redirect_uri"],
            person=person,
            code_challenge=asked.get("code_challenge"),
            code_challenge_method=asked.get("code_challenge_method", "S256"),
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
        grant = self._open.get(form["code"]) if self._keeps else self._open.pop(form["code"], None)
        if grant is None or grant.client_id != client.client_id or grant.until < time.monotonic():
            raise TokenError("invalid_grant", "the code is unknown, used or expired")
        if grant.redirect_uri != form["redirect_uri"] and not self._ignores_redirect_uri:
            raise TokenError("invalid_grant", "redirect_uri is not the one of the authorization request")
        verified = grant.code_challenge == _challenge(form.get("code_verifier"), grant.code_challenge_method)
        if not verified and not self._ignores_verifier:
            raise TokenError("invalid_grant", "code_verifier does not fit the code_challenge")
        return grant


def _challenge(verifier: str | None, method: str) -> str | None:
    """Return the challenge of a verifier (RFC 7636 section 4.2)."""
    if verifier is None or method == "plain":
        return verifier
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
