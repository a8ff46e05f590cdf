"""What a shape gives away: JOSE, PEM, and what is long and opaque."""

from __future__ import annotations

import re

_JOSE = r"e[wy][A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*){1,4}"
_PARTS = r"[A-Za-z0-9_-]{16,}(?:\.[A-Za-z0-9_-]{16,}){2,4}"
_OPAQUE = r"[A-Za-z0-9_-]{20,}"
_BASE64 = r"[A-Za-z0-9+/_-]{40,}={0,2}"
SHAPES = re.compile(rf"(?<![A-Za-z0-9_-])(?:{_JOSE}|{_PARTS}|{_BASE64}|{_OPAQUE})")
PEM = re.compile(r"-----BEGIN [^-]{1,60}-----.*?(?:-----END [^-]{1,60}-----|\Z)", re.DOTALL)


def looks_secret(text: str) -> bool:
    """Tell whether a whole value has the shape of a credential: JOSE, PEM, or long and opaque."""
    found = SHAPES.fullmatch(text)
    return bool(PEM.match(text)) or (found is not None and is_opaque(text))


def is_opaque(text: str) -> bool:
    """Tell chance from words: JOSE always; else digits and letters of both cases, or hexadecimal."""
    if re.fullmatch(_JOSE, text) or re.fullmatch(_PARTS, text):
        return True
    kinds = (any(c.isdigit() for c in text), any(c.islower() for c in text), any(c.isupper() for c in text))
    return all(kinds) or (len(text) >= 32 and re.fullmatch(r"[0-9a-fA-F-]+", text) is not None)
