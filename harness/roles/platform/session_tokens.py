"""The platform's own short tokens: what a window holds after a verdict, instead of the brand's credential."""

from __future__ import annotations

from dataclasses import dataclass

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key

from harness.clock import Clock

TOKEN_TYPE = "parley-session+jwt"  # noqa: S105 - a media type
SECONDS = 3600
SHORTEST = 60


@dataclass(frozen=True, kw_only=True)
class Session:
    """What a token stands for.

    Attributes:
        conversation: The conversation.
        expires_at: When it has to be renewed, in seconds since the epoch.
    """

    conversation: str
    expires_at: float


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

    def issue(self, conversation: str, *, until: float | None = None) -> str:
        """Return a token for one conversation.

        Args:
            conversation: The conversation.
            until: When the credential behind it expires, in seconds since the epoch, if there is one.
        """
        now = int(self.clock.now())
        # A credential accepted within the leeway has expired already; the window still gets a minute.
        longest = now + SECONDS if until is None else min(now + SECONDS, max(now + SHORTEST, int(until)))
        claims = {"iss": self.issuer, "aud": self.issuer, "sub": conversation, "iat": now, "exp": longest}
        return jwt.encode({"alg": "ES256", "typ": TOKEN_TYPE}, claims, self.key)

    def read(self, token: str) -> Session | None:
        """Return what a token stands for, or ``None`` when it is none of ours."""
        try:
            decoded = jwt.decode(token, self.key, algorithms=["ES256"])
        except (JoseError, ValueError):
            return None
        claims = decoded.claims
        if decoded.header.get("typ") != TOKEN_TYPE or claims.get("aud") != self.issuer:
            return None
        return Session(conversation=str(claims["sub"]), expires_at=float(claims["exp"]))
