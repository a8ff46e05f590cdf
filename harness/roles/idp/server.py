"""Authlib's authorization server on Starlette, and every rule that is tighter than Authlib's.

The rules that Authlib leaves open are all here: one value per parameter, a redirect URI that is always
present and matches exactly, S256 only and required where the client says so, codes taken atomically and
before anything else is looked at, and answers that carry ``iss``.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from authlib.oauth2.rfc6749 import (
    AuthorizationCodeGrant,
    AuthorizationServer,
    ClientMixin,
    InvalidGrantError,
    InvalidRequestError,
    OAuth2Error,
    OAuth2Payload,
    OAuth2Request,
    UnauthorizedClientError,
)
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.grants import OpenIDCode, OpenIDImplicitGrant
from authlib.oidc.core.util import create_half_hash

from harness.clock import Clock
from harness.protocol.pkce import is_s256_challenge
from harness.roles.idp.issuer import Grant, Issuer
from harness.sample import CUSTOMERS, Client, Customer
from harness.store import Store

SCOPES = ("openid", "profile", "email", "phone")
ACCESS_TOKEN_SECONDS = 600


class _Payload(OAuth2Payload):  # type: ignore[misc]
    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._data = dict(pairs)
        self._lists: defaultdict[str, list[str]] = defaultdict(list)
        for name, value in pairs:
            self._lists[name].append(value)

    @property
    def data(self) -> dict[str, str]:
        return self._data

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        return self._lists


class IdpRequest(OAuth2Request):  # type: ignore[misc]
    """One request as Authlib wants to see it.

    Args:
        method: The HTTP method.
        uri: The whole URL.
        headers: The request's headers.
        encoded: The query of a GET or the form of a POST, undecoded.
    """

    def __init__(self, method: str, uri: str, headers: Mapping[str, str], encoded: str) -> None:
        super().__init__(method, uri, headers=headers)
        self.pairs = parse_qsl(encoded, keep_blank_values=True)
        self.payload = _Payload(self.pairs)
        self.auth_time = 0
        self.refusal = ""

    @property
    def args(self) -> dict[str, str]:
        """The parameters of a GET."""
        return dict(self.pairs) if self.method == "GET" else {}

    @property
    def form(self) -> dict[str, str]:
        """The parameters of a POST."""
        return dict(self.pairs) if self.method == "POST" else {}


@dataclass(frozen=True)
class RegisteredClient(ClientMixin):  # type: ignore[misc]
    """A client of the sample as Authlib asks about it."""

    client: Client

    def get_client_id(self) -> str:
        """Return the ``client_id``."""
        return self.client.client_id

    def get_default_redirect_uri(self) -> None:
        """Return nothing: a request must name its redirect URI (OpenID Connect Core section 3.1.2.1)."""

    def get_allowed_scope(self, scope: str) -> str:
        """Return the scopes among ``scope`` that exist here."""
        return " ".join(name for name in (scope or "").split() if name in SCOPES)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Compare exactly (RFC 9700 section 2.1); the older connector version's query varies."""
        known = redirect_uri.partition("?")[0] if self.client.older and redirect_uri else redirect_uri
        return known in self.client.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        """Compare in constant time; Authlib leaves a form-encoded space as it is (RFC 6749 section 2.3.1)."""
        secret = self.client.client_secret
        return secret is not None and secrets.compare_digest(unquote_plus(client_secret), secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Ask a confidential client for its secret, always."""
        return (method == "none") == (self.client.client_secret is None)

    def check_response_type(self, response_type: str) -> bool:
        """Allow what is registered."""
        return response_type in self.client.response_types

    def check_grant_type(self, grant_type: str) -> bool:
        """Allow the code grant to clients of the code flow."""
        return grant_type == "authorization_code" and "code" in self.client.response_types


@dataclass(frozen=True)
class TakenCode:
    """A code that was taken, as Authlib's extensions ask about it."""

    grant: Grant
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


class _S256(CodeChallenge):  # type: ignore[misc]
    """S256 only, named explicitly, and required where the client says so (RFC 7636, RFC 9700 2.1.1)."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
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
        try:
            super().validate_code_verifier(grant, result)
        except OAuth2Error:
            grant.request.refusal = "code_verifier"
            raise


class _Code(AuthorizationCodeGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")

    def create_authorization_response(self, redirect_uri: str, grant_user: Customer) -> dict[str, str]:
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

    def query_authorization_code(self, code: str, client: RegisteredClient) -> TakenCode | None:
        taken = self.server.issuer.take_code(code)
        if not isinstance(taken, Grant):
            self.request.refusal = f"code_{taken}"
            return None
        if taken.client_id != client.get_client_id():
            self.request.refusal = "code_of_other_client"
            return None
        if taken.redirect_uri != self.request.payload.redirect_uri and not client.client.older:
            self.request.refusal = "redirect_uri"
            raise InvalidGrantError("The redirect_uri is not the one of the authorization request.")
        return TakenCode(taken, compared=not client.client.older)

    def authenticate_user(self, authorization_code: TakenCode) -> Customer | None:
        return next((c for c in CUSTOMERS if c.sub == authorization_code.grant.sub), None)

    def delete_authorization_code(self, authorization_code: TakenCode) -> None:
        """Do nothing: a taken code cannot be taken again."""


class _OpenIDCode(OpenIDCode):  # type: ignore[misc]
    def exists_nonce(self, nonce: str, request: IdpRequest) -> bool:
        return False

    def encode_id_token(self, token: dict[str, Any], request: IdpRequest) -> str:
        grant = request.authorization_code.grant
        at_hash = create_half_hash(token["access_token"], "RS256").decode()
        return self.server_issuer(request).id_token(
            request.client.client, request.user, auth_time=grant.auth_time, nonce=grant.nonce, at_hash=at_hash
        )

    def __init__(self, server_issuer: Callable[[IdpRequest], Issuer]) -> None:
        super().__init__(require_nonce=False)
        self.server_issuer = server_issuer


class _Implicit(OpenIDImplicitGrant):  # type: ignore[misc]
    RESPONSE_TYPES = frozenset({"id_token", "token"})

    def authenticate_token_endpoint_client(self) -> RegisteredClient | None:
        """Identify the client only: with or without a secret, it sends none here (OIDC Core 3.2.2.1)."""
        found: RegisteredClient | None = self.server.query_client(self.request.payload.client_id)
        return found

    def exists_nonce(self, nonce: str, request: IdpRequest) -> bool:
        return False

    def create_authorization_response(self, redirect_uri: str, grant_user: Customer) -> dict[str, str]:
        request = self.request
        id_token = self.server.issuer.id_token(
            request.client.client,
            grant_user,
            auth_time=request.auth_time,
            nonce=request.payload.data["nonce"],
        )
        return {request.payload.response_type: id_token}


class Server(AuthorizationServer):  # type: ignore[misc]
    """The sample's authorization server.

    Args:
        issuer: Issues codes and tokens.
        clients: Who is registered.
        store: Keeps access tokens.
        clock: Gives the time.
    """

    def __init__(self, issuer: Issuer, clients: tuple[Client, ...], store: Store, clock: Clock) -> None:
        super().__init__(scopes_supported=None)
        self.issuer, self._store, self._clock = issuer, store, clock
        self._clients = {client.client_id: RegisteredClient(client) for client in clients}
        self.register_token_generator("default", self._new_token)
        self.register_grant(_Code, [_OpenIDCode(lambda _: issuer), _S256(required=True)])
        self.register_grant(_Implicit)

    def query_client(self, client_id: str) -> RegisteredClient | None:
        """Return a registered client."""
        return self._clients.get(client_id)

    def save_token(self, token: dict[str, Any], request: IdpRequest) -> None:
        """Do nothing: an access token is kept, as its hash, when it is made."""

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Ignore Authlib's signals; our own events say what happened."""

    def create_oauth2_request(self, request: IdpRequest) -> IdpRequest:
        """Return the request, which already is in Authlib's form."""
        return request

    def handle_response(
        self, status: int, body: Any, headers: list[tuple[str, str]]
    ) -> tuple[int, Any, dict[str, str]]:
        """Return status, body and headers for the endpoint to answer with."""
        return status, body, dict(headers)

    def validate(self, request: IdpRequest, customer: Customer | None) -> Any:
        """Check an authorization request and return its grant.

        Raises:
            OAuth2Error: With ``redirect_uri`` set where the error may be redirected there.

        Source: OpenID Connect Core section 3.1.2.2, RFC 6749 section 3.1.
        """
        repeated = {name for name, _ in request.pairs if len(request.payload.datalist[name]) > 1}
        client = self.query_client(request.payload.client_id)
        redirect_uri = request.payload.redirect_uri
        if repeated or client is None or not client.check_redirect_uri(redirect_uri):
            raise InvalidRequestError("Unknown client, unregistered redirect_uri or repeated parameter.")
        response_type = request.payload.response_type
        if response_type in ("code", "id_token", "token") and not client.check_response_type(response_type):
            raise UnauthorizedClientError(redirect_uri=redirect_uri)
        mode = request.payload.data.get("response_mode", "")
        if mode not in ("", "form_post", "query" if response_type == "code" else "fragment"):
            raise InvalidRequestError("Unsupported response_mode.", redirect_uri=redirect_uri)
        if "openid" not in (request.payload.scope or "").split():
            raise InvalidRequestError("The scope must contain openid.", redirect_uri=redirect_uri)
        return self.get_consent_grant(request, end_user=customer)

    def _new_token(
        self, grant_type: str, client: RegisteredClient, user: Customer, scope: str, **_: Any
    ) -> dict[str, Any]:
        data = {"sub": user.sub, "client_id": client.get_client_id(), "scope": scope}
        token = self._store.sessions.open("access_token", data, seconds=ACCESS_TOKEN_SECONDS)
        return {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": ACCESS_TOKEN_SECONDS,
            "scope": scope,
        }
