"""Sealing of values that travel through a browser: AES-256-GCM, bound to their context.

AES-GCM is NIST SP 800-38D's.
"""

from __future__ import annotations

import json
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from harness.protocol import base64url


class Sealer:
    """Seals with one key, which every worker of a server shares.

    Args:
        key: 32 octets; a fresh random key when left out.
    """

    def __init__(self, key: bytes | None = None) -> None:
        self._aead = AESGCM(key or secrets.token_bytes(32))

    def seal(self, secret: str, **context: str) -> str:
        """Return ``secret`` encrypted and bound to ``context``, as base64url text."""
        nonce = secrets.token_bytes(12)
        return base64url.encode(nonce + self._aead.encrypt(nonce, secret.encode(), _associated(context)))

    def unseal(self, sealed: str, **context: str) -> str | None:
        """Return the secret, or ``None`` when it was changed or sealed for another context."""
        try:
            octets = base64url.decode(sealed)
            return self._aead.decrypt(octets[:12], octets[12:], _associated(context)).decode()
        except (ValueError, InvalidTag):
            return None


def _associated(context: dict[str, str]) -> bytes:
    return json.dumps(context, sort_keys=True).encode()
