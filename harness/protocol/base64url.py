"""Base64url without padding, decoded canonically (RFC 4648 section 5, RFC 7515 section 2)."""

from __future__ import annotations

import base64
import re

_ALPHABET = re.compile(r"[A-Za-z0-9_-]*")


class NotBase64Url(ValueError):
    """The text holds a character outside the alphabet, padding, or an impossible length."""


class NotCanonical(ValueError):
    """The text decodes, but another text is the canonical encoding of the same octets."""


def encode(octets: bytes) -> str:
    """Return the base64url text of ``octets`` without padding."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """Return the octets of a canonical base64url text.

    Raises:
        NotBase64Url: On a foreign character, on padding, or on a length of 1 modulo 4.
        NotCanonical: When unused trailing bits are set, so that two texts would mean the same octets.
    """
    if _ALPHABET.fullmatch(text) is None or len(text) % 4 == 1:
        raise NotBase64Url("not base64url without padding")
    octets = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    # Only an incomplete last group of four characters has bits to spare.
    rest = len(text) % 4
    if rest and encode(octets[1 - rest :]) != text[-rest:]:
        raise NotCanonical("base64url with unused bits set")
    return octets
