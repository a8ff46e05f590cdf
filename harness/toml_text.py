"""TOML as text, for files that people keep: what is written here reads back as it was meant."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any

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


def parsed(text: str) -> dict[str, Any]:
    """Return what a TOML text says.

    ``tomllib`` lets two of Python's own limits leave as they are: of nesting and of the digits of a number.

    Raises:
        tomllib.TOMLDecodeError: On anything that is no TOML, or is beyond what can be read.

    Source: TOML 1.0.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except RecursionError:
        raise tomllib.TOMLDecodeError("it is nested too deeply") from None
    except ValueError as error:
        raise tomllib.TOMLDecodeError(f"a value cannot be read: {error}") from None
