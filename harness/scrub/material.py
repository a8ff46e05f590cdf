"""What a scrubber is given, and the gates that every value passes."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.redact import HIDDEN, Redactor, looks_secret

LONGEST_LINE = 32 << 20
LONGEST_BODY = 1 << 20

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.:/-]{0,39}")
_ID = re.compile(r"[A-Za-z]{0,20}@?[A-Za-z0-9]{1,40}(?:@[0-9]{1,12})?")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)")
_IP = re.compile(r"[0-9a-fA-F.:\[\]]{2,45}")
_VERSION = re.compile(r"[A-Za-z0-9./ -]{1,60}")


@dataclass(frozen=True, kw_only=True)
class Material:
    """What is known of a recording, and what was left out of it.

    Attributes:
        redactor: What is secret in it; learns more from the recording itself.
        pages: Whether the pages are the sample brand's, so that of them more is kept than their addresses.
        left_out: How often something of a kind was left out; the kinds are words of our own.
    """

    redactor: Redactor = field(repr=False)
    pages: bool = False
    left_out: Counter[str] = field(default_factory=Counter)


Gate = Callable[[Any, Material], Any]
"""Turns a value into what may leave; ``None`` where nothing may."""


def passed(fields: Mapping[str, Gate], value: Any, material: Material) -> dict[str, Any]:
    """Return of a record the fields of a table, each through its gate; ``None`` is left out."""
    given = value if isinstance(value, Mapping) else {}
    kept = {name: gate(given[name], material) for name, gate in fields.items() if name in given}
    return {name: value for name, value in kept.items() if value is not None}


def items(value: Any) -> list[Any]:
    """Return a list's items; of what is no list, none."""
    return value if isinstance(value, list) else []


def each(gate: Gate, *, most: int = 1000) -> Gate:
    """Return the gate of a list whose items pass a gate."""

    def passing(value: Any, material: Material) -> list[Any]:
        return [kept for one in items(value)[:most] if (kept := gate(one, material)) is not None]

    return passing


def record(fields: Mapping[str, Gate]) -> Gate:
    """Return the gate of a record."""
    return lambda value, material: passed(fields, value, material)


def number(value: Any, _: Material) -> int | float | None:
    """Pass numbers, but none that JSON cannot hold."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def flag(value: Any, _: Material) -> bool | None:
    """Pass yes and no."""
    return value if isinstance(value, bool) else None


def url(value: Any, material: Material) -> str | None:
    """Pass origin, path and names of parameters."""
    return material.redactor.url(value[:20_000])[:4000] if isinstance(value, str) else None


def text(value: Any, material: Material) -> str | None:
    """Pass text without credentials."""
    return material.redactor.text(value) if isinstance(value, str) else None


def hidden(value: Any, _: Material) -> str:
    """Pass nothing, but say that there was something."""
    return HIDDEN if value else ""


def _shaped(pattern: re.Pattern[str], *, opaque: bool = False) -> Gate:
    def gate(value: Any, material: Material) -> str | None:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            return None
        if material.redactor.holds_credential(value) or (not opaque and looks_secret(value)):
            return HIDDEN
        return value

    return gate


word: Gate = _shaped(_WORD)
"""Passes a single word of Playwright's own or a specification's."""

moment: Gate = _shaped(_MOMENT)
"""Passes a moment in time (RFC 3339)."""

address: Gate = _shaped(_IP)
"""Passes an IP address."""

version: Gate = _shaped(_VERSION)
"""Passes a version."""

identifier: Gate = _shaped(_ID, opaque=True)
"""Passes an identifier that Playwright made."""
