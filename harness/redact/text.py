"""Free text without its credentials."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

from harness.redact.addresses import DONE, EMAIL, address
from harness.redact.names import HIDDEN, mark, treatment
from harness.redact.shapes import PEM, SHAPES, is_opaque

_ADDRESS = re.compile(
    r"\b(?:[a-z][a-z0-9+.-]{1,20}://|(?:data|blob|javascript|mailto|tel):)[^\s\"'<>`\\)}\]…]+", re.I
)
_HEADER = re.compile(r"\b((?:proxy-)?authorization|cookie|set-cookie)([\"']?\s*[:=]\s*)[^\r\n]+", re.I)
_BEARER = re.compile(r"\b(bearer|basic|dpop)\s+[A-Za-z0-9._~+/=-]{6,}", re.I)
_PAIR = re.compile(
    r"""(?P<name>[A-Za-z][A-Za-z0-9_.\-]{1,40})
        (?P<sign>\\*["']?\s*(?:=>|=|:)\s*)
        (?P<value>\\*"(?:[^"\\]|\\[^"])*\\*"|'[^']*'|[^\s&,;"'{}\[\])]+)""",
    re.VERBOSE | re.IGNORECASE,
)
NESTED = 16
"""How many pairs are looked for inside each other."""

PLAIN = re.compile(r"(?:\d{1,4}|true|false|null|undefined|none|object|string|function)\Z", re.I)


def whole(text: str) -> str:
    """Return text that UTF-8 can hold: half a surrogate pair becomes a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")


def redacted(text: str) -> str:
    """Return text by the rules of name and shape."""
    for _ in range(3):
        # Nested percent-encoding hides names from the rules below.
        text = unquote(text) if "%" in text else text
    for pattern, replace in _TEXT_RULES:
        text = pattern.sub(replace, text)
    return text


def _pairs(text: str, left: int = NESTED) -> str:
    """Return text without what its pairs give away; beyond so many inside each other they go as a whole."""
    return _PAIR.sub(lambda found: _pair(found, left) if left else HIDDEN, text)


def _pair(found: re.Match[str], left: int) -> str:
    treated, value = treatment(found["name"]), found["value"].strip("\\\"'")
    if treated is None:
        # The value may hold a pair of its own: "Error: code=…".
        return found["name"] + found["sign"] + _pairs(found["value"], left - 1)
    if not value or PLAIN.match(value) or DONE.fullmatch(value) or value == HIDDEN:
        return found[0]
    return found["name"] + found["sign"] + treated(value)


def _shape(found: re.Match[str]) -> str:
    return mark(found[0]) if is_opaque(found[0].rstrip("=")) else found[0]


_TEXT_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str] | str], ...] = (
    (PEM, HIDDEN),
    (_HEADER, rf"\1\2{HIDDEN}"),
    (_BEARER, rf"\1 {HIDDEN}"),
    (_ADDRESS, lambda found: address(found[0]).text),
    (_PAIR, lambda found: _pair(found, NESTED)),
    (SHAPES, _shape),
    (EMAIL, HIDDEN),
)
