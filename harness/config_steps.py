"""The steps of a configuration file: ``{ fill = "Username", value = "alice" }`` in, fields of a step out."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from harness.own_brand import HTTPS, VERBS, is_https

SOURCES = ("value", "env", "file")
_NEEDS_VALUE = ("fill", "select", "totp")


class BadStep(ValueError):
    """A step that cannot work, with the sentence that says so."""


def step(found: Any, secret: Callable[[Mapping[str, Any]], str]) -> dict[str, Any]:
    """Return the fields of a step.

    Args:
        found: The table as it stands in the file.
        secret: Reads ``{ env = … }`` or ``{ file = … }``.

    Raises:
        BadStep: With what was found and what is allowed.
    """
    if not isinstance(found, dict):
        raise BadStep(f'a step is {found!r}; it takes {{ click = "Sign in" }} or another verb')
    verbs = [word for word in found if word in VERBS]
    if len(verbs) != 1:
        named = " and ".join(verbs) or ", ".join(map(str, found)) or "nothing"
        raise BadStep(f"a step names {named}; it takes one verb of {', '.join(VERBS)}")
    verb, target = verbs[0], found[verbs[0]]
    sources = [word for word in SOURCES if word in found]
    for word in found:
        if word not in (verb, "optional", *SOURCES):
            raise BadStep(
                f"the step {verb} has an unknown key {word!r}; allowed are optional, value, env, file"
            )
    if not isinstance(target, str) or (not target and verb != "frame"):
        raise BadStep(f"{verb} is {target!r}; it takes a string: {VERBS[verb]}")
    if bool(sources) != (verb in _NEEDS_VALUE) or len(sources) > 1:
        wants = "one of value, env and file" if verb in _NEEDS_VALUE else "neither value, env nor file"
        raise BadStep(
            f"the step {verb} {target!r} has {' and '.join(sources) or 'no value'}; it takes {wants}"
        )
    if verb == "totp" and sources == ["value"]:
        raise BadStep(f"the step totp {target!r} has its secret in the file; it takes env or file")
    if verb == "goto" and "://" in target and not is_https(target):
        raise BadStep(f"goto is {target!r}; it takes a path of the page's host, or {HTTPS}")
    value = _value(found, sources, secret)
    if verb == "totp":
        try:
            totp_key(str(value))
        except ValueError:
            raise BadStep(
                f"the step totp {target!r} has a secret that is no base32; it takes letters and 2 to 7"
            ) from None
    return {
        "verb": verb,
        "target": target,
        "value": value,
        "concealed": bool(sources) and sources != ["value"],
        "optional": found.get("optional", False),
    }


def _value(
    found: Mapping[str, Any], sources: list[str], secret: Callable[[Mapping[str, Any]], str]
) -> str | None:
    if not sources:
        return None
    source = sources[0]
    if not isinstance(found[source], str):
        raise BadStep(f"{source} is {found[source]!r}; it takes a string")
    return str(found[source]) if source == "value" else secret({source: found[source]})


def totp_key(secret: str) -> bytes:
    """Return the key of one-time codes from its base32, spaces and small letters allowed.

    Raises:
        ValueError: When it is no base32 (RFC 4648 section 6), or empty.
    """
    text = secret.replace(" ", "").rstrip("=").upper()
    key = base64.b32decode(text + "=" * (-len(text) % 8))
    if not key:
        raise ValueError("the secret is empty")
    return key
