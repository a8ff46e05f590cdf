"""What a timeline tells of a verified or refused token: headers, claims and steps, without personal data.

Header members are those of RFC 7515 section 4, claims those of RFC 7519 section 4.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from typing import Any

from harness.redact import HIDDEN, Redactor, looks_secret, mark
from harness.verification.pipeline import Examined

SHOWN_HEADERS = frozenset({"alg", "enc", "typ", "cty", "kid", "zip", "crit", "b64"})
SHOWN_CLAIMS = frozenset({"iss", "aud", "azp", "exp", "iat", "nbf", "auth_time", "acr", "amr"})
"""Claims that describe the token and nobody's person."""

MARKED_CLAIMS = frozenset({"sub", "nonce", "jti", "sid", "at_hash", "c_hash"})
"""Claims of which only a fingerprint is told, so that equal ones can be recognised."""

MOST = 40
LONGEST = 200


def told(examined: Examined, *, show_claims: bool) -> dict[str, Any]:
    """Return the facts of the event ``id_token.examined``, as JSON.

    Args:
        examined: What the steps found.
        show_claims: Whether every claim is told with its value; else personal ones with type and length.

    Returns:
        ``headers``: one object per layer with ``kind`` and ``members``; ``claims``: name to text; ``steps``:
        one object per step with ``step`` and the codes that it ``found``.
    """
    return {
        "headers": [
            {"kind": kind, "members": _members(head, lambda name, _: name in SHOWN_HEADERS)}
            for kind, head in examined.headers
        ],
        "claims": _members(examined.claims, lambda name, _: show_claims or name in SHOWN_CLAIMS),
        "steps": [
            {"step": name, "found": [one.problem.code for one in examined.found if one.step == name]}
            for name in examined.ran
        ],
    }


def _members(members: Mapping[str, Any], shown: Callable[[str, Any], bool]) -> dict[str, str]:
    """Return name and text of an object's members, as far as they may be told."""
    return {_name(name): _text(name, value, shown) for name, value in list(members.items())[:MOST]}


def _name(name: str) -> str:
    return _short_name(name) if len(name) <= 60 else _told_name(name)


@functools.lru_cache(maxsize=512)
def _short_name(name: str) -> str:
    # Nearly every token names the same claims.
    return _told_name(name)


def _told_name(name: str) -> str:
    return HIDDEN if looks_secret(name) else Redactor().text(name, limit=60)


def _text(name: str, value: Any, shown: Callable[[str, Any], bool]) -> str:
    if name in MARKED_CLAIMS:
        return mark(value) if isinstance(value, str) else _words(value)
    if not shown(name, value):
        return _words(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    # A key id or a client id may well be long and opaque; whoever puts a token there gets it hidden.
    return mark(text) if "." in text and looks_secret(text) else text[:LONGEST]


def _words(value: Any) -> str:
    """Say of which type and how long a value is."""
    match value:
        case bool() | None:
            return "true or false" if value is not None else "null"
        case str():
            return f"string, {len(value)} characters"
        case int() | float():
            return "number"
        case Mapping():
            return f"object: {', '.join(_name(str(name)) for name in list(value)[:10])}"
        case list():
            return f"array of {len(value)}"
        case _:
            return type(value).__name__
