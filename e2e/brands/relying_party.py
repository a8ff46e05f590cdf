"""A brand that is itself a client of somebody else's OpenID provider (OpenID Connect Core section 3.1)."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx2
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from starlette.exceptions import HTTPException

from .clients import Client


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A login that has begun: what its end is held against."""

    state: str = field(default_factory=secrets.token_urlsafe, repr=False)
    nonce: str = field(default_factory=secrets.token_urlsafe, repr=False)
    code_verifier: str = field(default_factory=secrets.token_urlsafe, repr=False)


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """Who came back: the verified claims, and the token that they were in."""

    claims: dict[str, Any]
    id_token: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class RelyingParty:
    """The brand's own client.

    Attributes:
        issuer: The provider; its endpoints are below.
        client: How the brand is registered there.
        transport: The way to the provider.
    """

    issuer: str
    client: Client
    transport: httpx2.AsyncBaseTransport

    def authorization_url(self, attempt: Attempt) -> str:
        """Return where the consumer is sent."""
        digest = hashlib.sha256(attempt.code_verifier.encode()).digest()
        request = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": self.client.redirect_uris[0],
            "scope": "openid",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return f"{self.issuer}/authorize?{urlencode(request)}"

    async def finish(self, attempt: Attempt, code: str) -> SignedIn:
        """Exchange the code and verify the id_token.

        Raises:
            HTTPException: Where the provider does not answer as it must.
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.client.redirect_uris[0],
            "code_verifier": attempt.code_verifier,
            "client_id": self.client.client_id,
            "client_secret": self.client.secret,
        }
        async with httpx2.AsyncClient(transport=self.transport, base_url=self.issuer) as provider:
            answer = await provider.post("/token", data=form)
            keys = KeySet.import_key_set((await provider.get("/jwks")).json())
        if answer.status_code != 200:
            raise HTTPException(502, "The login has not worked.")
        token = answer.json()["id_token"]
        try:
            claims = jwt.decode(token, keys, algorithms=["RS256"]).claims
            self._rules(attempt).validate(claims)
        except (JoseError, ValueError):
            raise HTTPException(502, "The login has not worked.") from None
        return SignedIn(claims=claims, id_token=token)

    def _rules(self, attempt: Attempt) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.client.client_id},
            nonce={"essential": True, "value": attempt.nonce},
            sub={"essential": True},
            exp={"essential": True},
        )
