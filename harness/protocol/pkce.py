"""Proof Key for Code Exchange, S256 only (RFC 7636)."""

from __future__ import annotations

import hashlib
import re
import secrets
import string

from harness.protocol.base64url import encode

CODE_CHALLENGE_METHOD = "S256"
UNRESERVED = string.ascii_letters + string.digits + "-._~"

_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


def new_code_verifier(length: int = 43) -> str:
    """Return a fresh ``code_verifier`` of 43 to 128 unreserved characters (RFC 7636 section 4.1)."""
    return "".join(secrets.choice(UNRESERVED) for _ in range(length))


def s256(code_verifier: str) -> str:
    """Return the S256 ``code_challenge`` of a verifier, 43 characters (RFC 7636 section 4.2)."""
    return encode(hashlib.sha256(code_verifier.encode("ascii")).digest())


def is_code_verifier(value: str) -> bool:
    """Tell whether ``value`` has the shape of a verifier: 43 to 128 unreserved characters (section 4.1)."""
    return _VERIFIER.fullmatch(value) is not None


def is_s256_challenge(value: str) -> bool:
    """Tell whether ``value`` has the shape of an S256 challenge: 43 base64url characters (section 4.2)."""
    return _CHALLENGE.fullmatch(value) is not None
