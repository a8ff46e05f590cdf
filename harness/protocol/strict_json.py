"""JSON as a relying party must read it: one meaning or none (RFC 8259, RFC 7493)."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from typing import Any

DEPTH = 32
MEMBERS = 1_000

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
"""The escape of a surrogate, of a pair or alone; only such an escape can bring one into a string."""


class NotJson(ValueError):
    """The octets are not strict JSON."""


class NotUnicode(NotJson):
    """The octets are not UTF-8 without a byte order mark, or a string holds a lone surrogate."""


class DuplicateMember(NotJson):
    """An object names a member twice."""


class TooDeep(NotJson):
    """Nesting or the number of members is over the limit."""


def loads(octets: bytes, *, depth: int = DEPTH, members: int = MEMBERS, lone_surrogates: bool = False) -> Any:
    """Return the JSON value in ``octets``.

    Args:
        octets: UTF-8 without a byte order mark.
        depth: The deepest nesting of arrays and objects that is accepted.
        members: The largest number of object members in the whole value.
        lone_surrogates: Whether strings may hold them, as they may where a script made them; see
            :func:`mended`.

    Raises:
        NotUnicode: On another encoding, a byte order mark or a lone surrogate (RFC 7493 section 2.1).
        DuplicateMember: When an object names a member twice (RFC 7493 section 2.3).
        TooDeep: When a limit is passed, before recursion can be exhausted.
        NotJson: On anything else that is not strict JSON, numbers that are not finite among it.
    """
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        raise NotUnicode("not UTF-8") from None
    if text.startswith("\ufeff"):
        raise NotUnicode("starts with a byte order mark")
    # The count is an upper bound of the depth and costs nothing; the exact walk is only for the rare rest.
    if text.count("[") + text.count("{") > depth and _nesting(text) > depth:
        raise TooDeep(f"nested deeper than {depth}")
    counter = _Counter(members)
    try:
        value = json.loads(
            text, object_pairs_hook=counter.pairs, parse_constant=_refuse_constant, parse_float=_finite
        )
    except NotJson:
        raise
    except (ValueError, RecursionError):
        raise NotJson("not JSON") from None
    if not lone_surrogates and _SURROGATE.search(text):
        _refuse_surrogates(value)
    return value


def mended(value: Any) -> Any:
    """Return a JSON value with U+FFFD in the place of every lone surrogate, so that any text can hold it."""
    if isinstance(value, str):
        return "".join("\ufffd" if _is_surrogate(character) else character for character in value)
    if isinstance(value, dict):
        return {mended(name): mended(member) for name, member in value.items()}
    return [mended(item) for item in value] if isinstance(value, list) else value


class _Counter:
    """Builds objects, refusing duplicates and counting members over the whole value."""

    def __init__(self, limit: int) -> None:
        self._left = limit

    def pairs(self, pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        self._left -= len(pairs)
        if self._left < 0:
            raise TooDeep("too many members")
        built = dict(pairs)
        if len(built) != len(pairs):
            raise DuplicateMember("an object names a member twice")
        return built


def _refuse_constant(name: str) -> Any:
    raise NotJson(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise NotJson("a number is out of range")
    return number


def _nesting(text: str) -> int:
    """Return the deepest nesting without parsing, so that no parser can be made to recurse."""
    deepest = level = 0
    in_string = escaped = False
    for character in text:
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "[{":
            level += 1
            deepest = max(deepest, level)
        elif character in "]}":
            level -= 1
    return deepest


def _refuse_surrogates(value: Any) -> None:
    """Refuse strings that no UTF-8 text can hold: a surrogate can only come from an escape."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            stack.extend(item.keys())
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
        elif isinstance(item, str) and not item.isascii() and any(map(_is_surrogate, item)):
            raise NotUnicode("a string holds a lone surrogate")


def _is_surrogate(character: str) -> bool:
    return "\ud800" <= character <= "\udfff"
