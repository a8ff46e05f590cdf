"""A brand's signing key, and the id_tokens that it signs (OpenID Connect Core section 2)."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import RSAKey

from .people import Person

LIFETIME_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class Signer:
    """Signs for one issuer.

    Attributes:
        issuer: The ``iss`` of every token.
        unit: Parts of a second in which times are written: 1, as NumericDate says; 1000 is a mistake.
    """

    issuer: str
    unit: int = 1
    _key: RSAKey = field(default_factory=lambda: _new_key(), repr=False)

    def id_token(
        self,
        person: Person,
        audience: str,
        *,
        seconds: int = LIFETIME_SECONDS,
        age: int = 0,
        **more: str | None,
    ) -> str:
        """Sign an id_token for a person.

        Args:
            person: Whom it is about.
            audience: The client that it is for.
            seconds: How long it is good.
            age: For how many seconds it has been there.
            more: Further claims; those that are ``None`` are left out.
        """
        now = int(time.time()) - age
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "sub": person.sub,
            "aud": audience,
            "iat": now * self.unit,
            "exp": (now + seconds) * self.unit,
            **person.claims,
            **{name: value for name, value in more.items() if value is not None},
        }
        return jwt.encode({"alg": "RS256", "kid": self._key.kid}, claims, self._key)

    def jwks(self) -> dict[str, Any]:
        """Return the JWK Set to publish (RFC 7517)."""
        return {"keys": [{**self._key.as_dict(private=False), "use": "sig", "alg": "RS256"}]}

    def public_key(self) -> str:
        """Return the public key as the platform's form takes it: base64 SubjectPublicKeyInfo, one line."""
        public = self._key.public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(public).decode()


def _new_key() -> RSAKey:
    return RSAKey.generate_key(2048, auto_kid=True)
