"""Who is registered at an authorization server, and how a client authenticates (RFC 6749 section 2.3)."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote_plus

WINDOW = "https://lpcdn.lpsnmedia.net/le_unified_window/index.html"
"""Where the platform's popup wants the consumer back."""

DEFAULT_REDIRECT_URI = "https://liveperson.net"
"""What the platform sends to the token endpoint when the page has named nothing."""


@dataclass(frozen=True, kw_only=True)
class Client:
    """A registered client (RFC 7591 section 2 spells the fields)."""

    client_id: str
    redirect_uris: tuple[str, ...]
    response_type: Literal["code", "id_token"]
    auth: Literal["basic", "post", "none"] = "none"
    secret: str | None = field(default=None, repr=False)
    require_pkce: bool = False


class TokenError(Exception):
    """A refusal of the token endpoint (RFC 6749 section 5.2)."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error, self.description, self.status = error, description, status


def authenticate(clients: Mapping[str, Client], authorization: str | None, form: Mapping[str, str]) -> Client:
    """Return the client that sent a token request, by the one method that it is registered with.

    Args:
        clients: All of them, by their ids.
        authorization: The ``Authorization`` header.
        form: The body's fields.

    Raises:
        TokenError: ``invalid_client``.
    """
    if authorization is not None:
        method, (client_id, secret) = "basic", _basic(authorization)
    else:
        method, client_id, secret = "post", form.get("client_id", ""), form.get("client_secret")
    client = clients.get(client_id)
    if client is None:
        raise TokenError("invalid_client", "unknown client", 401)
    if client.auth != (method if secret is not None else "none"):
        raise TokenError("invalid_client", f"this client authenticates with {client.auth}", 401)
    if not secrets.compare_digest((secret or "").encode(), (client.secret or "").encode()):
        raise TokenError("invalid_client", "wrong client secret", 401)
    return client


def _basic(authorization: str) -> tuple[str, str | None]:
    """Read HTTP Basic; both parts are form-encoded first (RFC 6749 section 2.3.1)."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        pair = base64.b64decode(encoded, validate=True).decode()
    except ValueError:
        raise TokenError("invalid_client", "the Authorization header cannot be read", 401) from None
    client_id, colon, secret = pair.partition(":")
    if scheme.lower() != "basic" or not colon:
        raise TokenError("invalid_client", "the Authorization header is not Basic", 401)
    return unquote_plus(client_id), unquote_plus(secret)
