"""Authlib's authorization server on Starlette, and every rule that is tighter than Authlib's.

The rules that Authlib leaves open are here and in :mod:`harness.roles.idp.grants`. Here: one value per
parameter, a redirect URI that is always present and matches exactly, and the tokens that are issued.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    ClientMixin,
    InvalidRequestError,
    OAuth2Payload,
    OAuth2Request,
    UnauthorizedClientError,
)

from harness.clock import Clock
from harness.roles.idp import grants
from harness.roles.idp.client_auth import ClientAuthentication
from harness.roles.idp.grants import OFFLINE, TakenRefreshToken
from harness.roles.idp.issuer import Grant, Issuer
from harness.roles.idp.lenience import Lenience
from harness.sample import Client, Customer
from harness.store import Store
from harness.store.once import TakeFailure, Taken

SCOPES = ("openid", "profile", "email", "phone", OFFLINE)
ACCESS_TOKEN_SECONDS = 600
REFRESH_TOKEN_SECONDS = 30 * 86_400


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
    issuer: Issuer = field(compare=False, repr=False)

    @property
    def lenience(self) -> Lenience:
        """The rules that are left out for this client."""
        return self.issuer.seams_of(self).lenience

    def get_client_id(self) -> str:
        """Return the ``client_id``."""
        return self.client.client_id

    def get_default_redirect_uri(self) -> None:
        """Return nothing: a request must name its redirect URI (OpenID Connect Core section 3.1.2.1)."""

    def get_allowed_scope(self, scope: str) -> str:
        """Return the scopes among ``scope`` that exist here and that this client may have."""
        allowed = SCOPES if self.client.offline else SCOPES[:-1]
        return " ".join(name for name in (scope or "").split() if name in allowed)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Compare exactly (RFC 9700 section 2.1); the older connector version's query varies."""
        known = redirect_uri.partition("?")[0] if self.client.older and redirect_uri else redirect_uri
        return bool(redirect_uri) and self.lenience.takes(known, self.client.redirect_uris)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Ask a confidential client for its secret, always."""
        return (method == "none") == (self.client.client_secret is None)

    def check_response_type(self, response_type: str) -> bool:
        """Allow what is registered."""
        return response_type in self.client.response_types

    def check_grant_type(self, grant_type: str) -> bool:
        """Allow the code grant to clients of the code flow, and renewal to those that may have it."""
        allowed = {"authorization_code"} | ({"refresh_token"} if self.client.offline else set())
        return grant_type in allowed and "code" in self.client.response_types


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
        self._clients = {client.client_id: RegisteredClient(client, issuer) for client in clients}
        authentication = ClientAuthentication(issuer)
        self.register_client_auth_method("client_secret_basic", authentication.basic)
        self.register_client_auth_method("client_secret_post", authentication.post)
        self.register_grant(grants.Code, [grants.OpenIDTokens(issuer), grants.S256(required=True)])
        self.register_grant(grants.Refresh, [grants.OpenIDTokens(issuer)])
        self.register_grant(grants.Implicit)

    def query_client(self, client_id: str) -> RegisteredClient | None:
        """Return a registered client."""
        return self._clients.get(client_id)

    def save_token(self, token: dict[str, Any], request: IdpRequest) -> None:
        """Do nothing: a token is kept, as its hash, when it is made."""

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
            request.refusal = "repeated" if repeated else "client" if client is None else "redirect_uri"
            raise InvalidRequestError("Unknown client, unregistered redirect_uri or repeated parameter.")
        if client.lenience.fails_over({name for name, _ in request.pairs}):
            raise InvalidRequestError("Unknown parameter.", redirect_uri=redirect_uri)
        response_type = request.payload.response_type
        if response_type in ("code", "id_token", "token") and not client.check_response_type(response_type):
            raise UnauthorizedClientError(redirect_uri=redirect_uri)
        mode = request.payload.data.get("response_mode", "")
        if mode not in ("", "form_post", "query" if response_type == "code" else "fragment"):
            raise InvalidRequestError("Unsupported response_mode.", redirect_uri=redirect_uri)
        if "openid" not in (request.payload.scope or "").split():
            raise InvalidRequestError("The scope must contain openid.", redirect_uri=redirect_uri)
        return self.get_consent_grant(request, end_user=customer)

    def open_family(self, family: str) -> None:
        """Open what the tokens of one code belong to; once ended, it is never opened again."""
        self._store.sessions.keep("grant", family, seconds=REFRESH_TOKEN_SECONDS)

    def new_tokens(self, grant: Grant, family: str) -> dict[str, Any]:
        """Issue an access token, and a refresh token where the consumer's grant goes beyond their presence.

        Args:
            grant: What the consumer granted.
            family: What the tokens belong to, so that all of one code end together.
        """
        sessions = self._store.sessions
        data = {"sub": grant.sub, "client_id": grant.client_id, "scope": grant.scope, "family": family}
        tokens: dict[str, Any] = {
            "access_token": sessions.open("access_token", data, seconds=ACCESS_TOKEN_SECONDS),
            "token_type": "Bearer",
            "expires_in": ACCESS_TOKEN_SECONDS,
            "scope": grant.scope,
        }
        if OFFLINE in grant.scope.split():
            tokens["refresh_token"] = secrets.token_urlsafe(32)
            kept = {**vars(grant), "code_challenge": None}
            self._store.once.put_transaction(
                "refresh_token", tokens["refresh_token"], family, kept, seconds=REFRESH_TOKEN_SECONDS
            )
        return tokens

    def take_refresh_token(self, token: str) -> TakenRefreshToken | TakeFailure:
        """Take a refresh token of a family that has not been ended, or say why it cannot be taken."""
        once = self._store.once
        taken = once.take_transaction("refresh_token", token)
        if taken == "used" and (found := once.peek_transaction("refresh_token", token)):
            self._store.sessions.end("grant", found.flow)
        if not isinstance(taken, Taken):
            return taken
        family = str(taken.flow)
        if self._store.sessions.find("grant", family) is None:
            return "used"
        return TakenRefreshToken(Grant(**taken.data), family)

    def access(self, token: str) -> dict[str, Any] | None:
        """Return what an access token stands for, unless its family has been ended."""
        found = self._store.sessions.find("access_token", token)
        alive = found is not None and self._store.sessions.find("grant", found["family"]) is not None
        return found if alive else None

    def revoke(self, family: str, client: RegisteredClient) -> None:
        """End everything that came of one code (RFC 6749 section 4.1.2)."""
        if self.issuer.seams_of(client).revoke_on_reuse:
            self._store.sessions.end("grant", family)
