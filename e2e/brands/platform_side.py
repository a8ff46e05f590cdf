"""What the platform does with a brand by its configuration file alone, as far as HTTP shows it."""

from __future__ import annotations

import base64
import hashlib
import secrets
import tomllib
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, urlencode

import httpx2
import jwt
from cryptography.hazmat.primitives.serialization import load_der_public_key

from .clients import WINDOW
from .serving import Served
from .visitor import Visitor, parameters

STATE = '{"siteId":"48210097","skill":"billing & claims","lang":"de-DE","nested":"a=b&c=d #%"}'
"""A state as the platform sends it: JSON, with everything in it that careless code trips over."""


@dataclass(frozen=True, kw_only=True)
class Returned:
    """A popup that came back.

    Attributes:
        parameters: The response's.
        location: Where it came back to.
        nonce: The one of the request.
    """

    parameters: dict[str, str]
    location: str
    nonce: str


@dataclass(frozen=True, kw_only=True)
class PlatformSide:
    """The platform's part.

    Attributes:
        visitor: Whose browser is used.
        code_verifier: Of the one transaction.
    """

    visitor: Visitor
    code_verifier: str = field(default_factory=secrets.token_urlsafe)

    @property
    def connector(self) -> dict[str, Any]:
        """The connector, as the file describes it."""
        connector: dict[str, Any] = read(self.visitor.served)["connector"]
        return connector

    @property
    def code_challenge(self) -> str:
        """The challenge of the one transaction."""
        digest = hashlib.sha256(self.code_verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def request(self, **changes: str | None) -> dict[str, str]:
        """Return an authorization request of the popup, with members changed or, as ``None``, left out."""
        flow = self.connector["flow"]
        asked: dict[str, str | None] = {
            "client_id": self.connector["client_id"],
            "redirect_uri": WINDOW,
            "response_type": "id_token" if flow == "implicit" else "code",
            "scope": "openid",
            "state": STATE,
            "nonce": secrets.token_urlsafe(),
            "parentWindowOrigin": "https://www.anywhere.example",
        }
        if flow == "code-pkce":
            asked |= {"code_challenge": self.code_challenge, "code_challenge_method": "S256"}
        return {name: value for name, value in (asked | changes).items() if value is not None}

    def authorize(self, **changes: str | None) -> httpx2.Response:
        """Send the consumer to the authorization endpoint."""
        return self.visitor.get(
            f"{self.connector['authorization_endpoint']}?{urlencode(self.request(**changes))}"
        )

    def popup(self, username: str) -> Returned:
        """Open the popup, sign in there where it asks for that, and come back."""
        asked = self.request()
        shown = self.visitor.get(f"{self.connector['authorization_endpoint']}?{urlencode(asked)}")
        if shown.status_code == 200:
            shown = self.visitor.sign_in(shown, username)
        location = shown.headers["location"]
        return Returned(parameters=parameters(shown), location=location, nonce=asked["nonce"])

    def exchange(self, code: str, **changes: str | None) -> httpx2.Response:
        """Exchange a code, with members of the form changed or, as ``None``, left out."""
        connector, secret = self.connector, self._secret()
        form: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": WINDOW,
            "code_verifier": self.code_verifier if connector["flow"] == "code-pkce" else None,
            "client_id": None if secret else connector["client_id"],
        }
        pair = (quote_plus(connector["client_id"]), quote_plus(secret or ""))
        return self.visitor.http.post(
            connector["token_endpoint"],
            data={name: value for name, value in (form | changes).items() if value is not None},
            auth=httpx2.BasicAuth(*pair) if secret else httpx2.USE_CLIENT_DEFAULT,
        )

    def _secret(self) -> str | None:
        reference = self.connector.get("client_secret")
        return (self.visitor.served.folder / reference["file"]).read_text() if reference else None

    def verify(self, id_token: str) -> dict[str, Any]:
        """Verify an id_token as strictly as PyJWT does, and return its claims."""
        claims: dict[str, Any] = jwt.decode(
            id_token,
            self._key(id_token),
            algorithms=["RS256"],
            issuer=self.connector["issuer"],
            audience=self.connector["client_id"],
            options={"require": ["iss", "sub", "aud", "exp", "iat"]},
        )
        return claims

    def _key(self, id_token: str) -> Any:
        if "jwt_public_key" in self.connector:
            return load_der_public_key(base64.b64decode(self.connector["jwt_public_key"], validate=True))
        keys = jwt.PyJWKSet.from_dict(self.visitor.get(self.connector["jwks_uri"]).json())
        return keys[jwt.get_unverified_header(id_token)["kid"]].key


def read(served: Served) -> dict[str, Any]:
    """Read a brand's configuration file."""
    return tomllib.loads(served.file.read_text("utf-8"))
