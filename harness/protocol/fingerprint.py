"""Short names for secret values, so that events correlate without holding a credential (FIPS 180-4)."""

from __future__ import annotations

import hashlib


def fingerprint(value: str) -> str:
    """Return the first 12 hexadecimal digits of the SHA-256 of ``value``.

    Stable across the browser, the servers and the report; only for values with enough entropy of
    their own (codes, tokens, ``state``, ``nonce``).
    """
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def digest(value: str) -> str:
    """Return the whole SHA-256 of ``value`` in hexadecimal: what the store keeps instead of a secret."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
