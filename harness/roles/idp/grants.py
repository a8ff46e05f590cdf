"""The grants: Authlib's, with every rule that is tighter here.

One value per parameter and an exact redirect URI are checked before (:mod:`harness.roles.idp.server`).
Here: S256 only and required where the client says so, codes taken atomically and before anything else is
looked at, and refresh tokens that are good once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc6749 import (
    AuthorizationCodeGrant,
    InvalidGrantError,
    InvalidRequestError,
    OAuth2Error,
    RefreshTokenGrant,
)
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.grants import OpenIDCode, OpenIDImplicitGrant
from authlib.oidc.core.util import create_half_hash

from harness.protocol.fingerprint import digest
from harness.protocol.pkce import is_s256_challenge
from harness.roles.idp.issuer import Grant, Issuer
from harness.sample import CUSTOMERS, Customer

OFFLINE = "offline_access"
"""The scope that asks for a refresh token (OpenID Connect Core section 11)."""

_AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")


@dataclass(frozen=True)
class TakenCode:
    """A code that was taken, as Authlib's extensions ask about it.

    Attributes:
        grant: What the consumer granted.
        family: What every token that comes of this code belongs to, so that all end together.
        compared: Whether the token request has to repeat the redirect URI.
    """

    grant: Grant
    family: str
    compared: bool = True

    @property
    def code_challenge(self) -> str | None:
        """The challenge of the authorization request."""
        return self.grant.code_challenge

    @property
    def code_challenge_method(self) -> str:
        """Always S256."""
        return "S256"

    def get_redirect_uri(self) -> str | None:
        """Return the redirect URI of the authorization request, for clients whose two are the same."""
        return self.grant.redirect_uri if self.compared else None

    def get_scope(self) -> str:
        """Return the granted scope."""
        return self.grant.scope


class S256(CodeChallenge):  # type: ignore[misc]
    """S256 only, named explicitly, and required where the client says so (RFC 7636, RFC 9700 2.1.1)."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        """Refuse any method but S256 and any challenge that is none (RFC 7636 section 4.4.1)."""
        data = grant.request.payload.data
        challenge, method = data.get("code_challenge"), data.get("code_challenge_method")
        if grant.request.client.client.require_pkce and not challenge:
            raise InvalidRequestError("This client must send code_challenge.")
        if challenge and (method != "S256" or not is_s256_challenge(challenge)):
            grant.request.refusal = "code_challenge"
            if method != "S256":
                grant.request.refusal = "code_challenge_method" if method else "no_code_challenge_method"
            raise InvalidRequestError("Only code_challenge_method S256 is accepted.")
        super().validate_code_challenge(grant, redirect_uri)

    def validate_code_verifier(self, grant: Any, result: Any) -> None:
        """Hold the verifier against the challenge (RFC 7636 section 4.6)."""
        if not grant.request.client.lenience.verifier:
            return
        unbound = grant.request.authorization_code.code_challenge is None
        if unbound and not grant.server.issuer.seams_of(grant.request.client).verifier_needs_challenge:
            return
        try:
            super().validate_code_verifier(grant, result)
        except OAuth2Error:
            grant.request.refusal = "code_verifier"
            raise


class Code(AuthorizationCodeGrant):  # type: ignore[misc]
    """Codes of 256 bits, taken once, whose reuse ends what came of them (RFC 6749 section 4.1)."""

    TOKEN_ENDPOINT_AUTH_METHODS = _AUTH_METHODS

    def create_authorization_response(self, redirect_uri: str, grant_user: Customer) -> dict[str, str]:
        """Issue a code (RFC 6749 section 4.1.2)."""
        data = self.request.payload.data
        grant = Grant(
            client_id=self.request.client.get_client_id(),
            redirect_uri=redirect_uri,
            scope=self.request.scope,
            sub=grant_user.sub,
            code_challenge=data.get("code_challenge"),
            nonce=data.get("nonce"),
            auth_time=self.request.auth_time,
        )
        return {"code": self.server.issuer.code(self.request.client.client, grant)}

    def query_authorization_code(self, code: str, client: Any) -> TakenCode | None:
        """Take the code before anything else is looked at; ``request.refusal`` says why it cannot be had."""
        taken = self.server.issuer.take_code(code)
        if not isinstance(taken, Grant):
            self.request.refusal = f"code_{taken}"
            if taken == "used":
                self.server.revoke(digest(code), client)
            return None
        lenience = client.lenience
        if taken.client_id != client.get_client_id() and lenience.client:
            self.request.refusal = "code_of_other_client"
            return None
        compared = lenience.exchanged_uri and not client.client.older
        if taken.redirect_uri != self.request.payload.redirect_uri and compared:
            self.request.refusal = "redirect_uri"
            raise InvalidGrantError("The redirect_uri is not the one of the authorization request.")
        return TakenCode(taken, digest(code), compared=compared)

    def authenticate_user(self, authorization_code: TakenCode) -> Customer | None:
        """Return whom the code names."""
        return _customer(authorization_code.grant)

    def generate_token(self, **_: Any) -> dict[str, Any]:
        """Issue the tokens of the code."""
        taken = self.request.authorization_code
        self.server.open_family(taken.family)
        return self.server.new_tokens(taken.grant, taken.family)  # type: ignore[no-any-return]

    def delete_authorization_code(self, authorization_code: TakenCode) -> None:
        """Do nothing: a taken code cannot be taken again."""


@dataclass(frozen=True)
class TakenRefreshToken:
    """A refresh token that was taken, as Authlib's grant asks about it."""

    grant: Grant
    family: str

    def check_client(self, client: Any) -> bool:
        """Tell whether the client is the one that it was issued to (RFC 6749 section 6)."""
        return bool(client.get_client_id() == self.grant.client_id)

    def get_scope(self) -> str:
        """Return the granted scope."""
        return self.grant.scope


class Refresh(RefreshTokenGrant):  # type: ignore[misc]
    """Rotated at each use; one that comes back ends its whole family (RFC 9700 section 4.14.2)."""

    TOKEN_ENDPOINT_AUTH_METHODS = _AUTH_METHODS

    def authenticate_refresh_token(self, refresh_token: str) -> TakenRefreshToken | None:
        """Take the refresh token; ``request.refusal`` says why it cannot be had."""
        taken = self.server.take_refresh_token(refresh_token)
        if not isinstance(taken, TakenRefreshToken):
            self.request.refusal = f"refresh_token_{taken}"
            return None
        if not taken.check_client(self.request.client):
            self.request.refusal = "refresh_token_of_other_client"
        return taken

    def authenticate_user(self, refresh_token: TakenRefreshToken) -> Customer | None:
        """Return whom the refresh token names."""
        return _customer(refresh_token.grant)

    def generate_token(self, **_: Any) -> dict[str, Any]:
        """Issue the next tokens of the family."""
        taken = self.request.refresh_token
        return self.server.new_tokens(taken.grant, taken.family)  # type: ignore[no-any-return]

    def revoke_old_credential(self, refresh_token: TakenRefreshToken) -> None:
        """Do nothing: a taken refresh token cannot be taken again."""


class OpenIDTokens(OpenIDCode):  # type: ignore[misc]
    """Adds an id_token to what a code or a refresh token gets (OpenID Connect Core 3.1.3.3 and 12.2)."""

    def exists_nonce(self, nonce: str, request: Any) -> bool:
        """Allow any nonce: it is the client's to compare."""
        return False

    def encode_id_token(self, token: dict[str, Any], request: Any) -> str:
        """Issue the id_token."""
        taken = request.authorization_code or request.refresh_token
        at_hash = create_half_hash(token["access_token"], "RS256").decode()
        # A refreshed id_token repeats nonce and auth_time (OpenID Connect Core section 12.2).
        return self._issuer.id_token(
            request.client.client,
            request.user,
            auth_time=taken.grant.auth_time,
            nonce=taken.grant.nonce,
            at_hash=at_hash,
            refreshed=isinstance(taken, TakenRefreshToken),
        )

    def __init__(self, issuer: Issuer) -> None:
        super().__init__(require_nonce=False)
        self._issuer = issuer


class Implicit(OpenIDImplicitGrant):  # type: ignore[misc]
    """An id_token by the front channel (OpenID Connect Core section 3.2)."""

    RESPONSE_TYPES = frozenset({"id_token", "token"})

    def authenticate_token_endpoint_client(self) -> Any:
        """Identify the client only: with or without a secret, it sends none here (OIDC Core 3.2.2.1)."""
        return self.server.query_client(self.request.payload.client_id)

    def exists_nonce(self, nonce: str, request: Any) -> bool:
        """Allow any nonce: it is the client's to compare."""
        return False

    def create_authorization_response(self, redirect_uri: str, grant_user: Customer) -> dict[str, str]:
        """Issue the id_token (OpenID Connect Core section 3.2.2.5)."""
        request = self.request
        id_token = self.server.issuer.id_token(
            request.client.client,
            grant_user,
            auth_time=request.auth_time,
            nonce=request.payload.data["nonce"],
        )
        return {request.payload.response_type: id_token}


def _customer(grant: Grant) -> Customer | None:
    return next((customer for customer in CUSTOMERS if customer.sub == grant.sub), None)
