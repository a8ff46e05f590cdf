"""TOML as text, for files that people keep: what is written here reads back as it was meant."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def quoted(text: str) -> str:
    """Return a string as TOML writes it on one line (TOML 1.0, Basic strings)."""
    # JSON escapes what TOML escapes, but for one control character.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def inline(table: Mapping[str, str | bool]) -> str:
    """Return a table on one line."""
    pairs = (f"{_key(key)} = {value(one)}" for key, one in table.items())
    return f"{{ {', '.join(pairs)} }}"


def value(one: str | bool) -> str:
    """Return a string or a boolean as TOML writes it."""
    return quoted(one) if isinstance(one, str) else str(one).lower()


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else quoted(name)
