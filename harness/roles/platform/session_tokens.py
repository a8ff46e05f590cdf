"""The platform's own short tokens: what a window holds after a verdict, instead of the brand's credential."""

from __future__ import annotations

from dataclasses import dataclass

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key

from harness.clock import Clock

TOKEN_TYPE = "parley-session+jwt"  # noqa: S105 - a media type
SECONDS = 3600


@dataclass(frozen=True, kw_only=True)
class SessionTokens:
    """Issues and reads session tokens.

    Attributes:
        issuer: The platform's own identifier, which is no brand's issuer.
        clock: Gives ``iat`` and ``exp``.
        key: Shared by all workers.
    """

    issuer: str
    clock: Clock
    key: Key

    @classmethod
    def make(cls, issuer: str, clock: Clock) -> SessionTokens:
        """Return one with a fresh key."""
        return cls(issuer=issuer, clock=clock, key=ECKey.generate_key("P-256"))

    def issue(self, conversation: str) -> str:
        """Return a token for one conversation."""
        now = int(self.clock.now())
        claims = {
            "iss": self.issuer,
            "aud": self.issuer,
            "sub": conversation,
            "iat": now,
            "exp": now + SECONDS,
        }
        return jwt.encode({"alg": "ES256", "typ": TOKEN_TYPE}, claims, self.key)

    def conversation(self, token: str) -> str | None:
        """Return the conversation that a token is good for, or ``None``."""
        try:
            decoded = jwt.decode(token, self.key, algorithms=["ES256"])
        except (JoseError, ValueError):
            return None
        claims = decoded.claims
        good = decoded.header.get("typ") == TOKEN_TYPE and claims.get("aud") == self.issuer
        return str(claims["sub"]) if good and claims["exp"] > self.clock.now() else None
