"""How clients authenticate at the token endpoint, and why one could not (RFC 6749 section 2.3.1)."""

from __future__ import annotations

import base64
import secrets
from typing import Any
from urllib.parse import unquote_plus

from harness.roles.idp.issuer import Issuer


class ClientAuthentication:
    """Authlib's authentication methods, with a reason for each refusal in ``request.refusal``.

    Authlib decodes a Basic header's parts as URLs are, not as forms are, and says nothing of the reason.

    Args:
        issuer: Returns the seams of a client.
    """

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer

    def basic(self, query_client: Any, request: Any) -> Any:
        """Return the client of a Basic header, or ``None``."""
        scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            name, _, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
        except ValueError:
            return None
        return self._client(query_client, request, unquote_plus(name), secret, encoded=True)

    def post(self, query_client: Any, request: Any) -> Any:
        """Return the client of the form's members, or ``None``."""
        name, secret = (request.form.get(member) for member in ("client_id", "client_secret"))
        if name and not secret and (found := query_client(name)) and not found.lenience.secret:
            return found
        if not name or not secret:
            return None
        return self._client(query_client, request, name, secret, encoded=False)

    def _client(self, query_client: Any, request: Any, name: str, sent: str, *, encoded: bool) -> Any:
        client = query_client(name)
        if client is None:
            request.refusal = "client"
            return None
        seams = self._issuer.seams_of(client)
        registered = seams.client_secret or client.client.client_secret or ""
        decoded = unquote_plus(sent) if encoded else sent
        taken = decoded if seams.secret_decoded else sent
        if not _same(taken, registered):
            odd = encoded and registered in (decoded, sent)
            request.refusal = "secret_encoding" if odd else "secret"
            return None
        method = "client_secret_basic" if encoded else "client_secret_post"
        if seams.auth_method not in (None, method):
            request.refusal = "auth_method"
            return None
        return client


def _same(left: str, right: str) -> bool:
    return bool(right) and secrets.compare_digest(left.encode(), right.encode())
