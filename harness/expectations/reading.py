"""The file of expected findings: TOML in, entries out, every mistake with its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from harness.catalogue.codes import codes
from harness.config import ENGINES, FLOWS, MODES, SCENARIOS, SURFACES, ExpectedFinding
from harness.errors import ConfigError
from harness.toml_text import parsed

AXES: Mapping[str, tuple[str, ...]] = {
    "surface": SURFACES,
    "flow": FLOWS,
    "engine": ENGINES,
    "mode": MODES,
    "scenario": SCENARIOS,
}
"""Which cases an entry may speak of; all of them where it names none."""

NEEDED = ("code", "owner", "reason", "until")
_HEADER = re.compile(r"\s*\[\[\s*expected\s*\]\]")
_KEY = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=")


def read(path: Path) -> tuple[ExpectedFinding, ...]:
    """Read a file of expected findings: ``[[expected]]`` tables.

    Args:
        path: The file.

    Raises:
        ConfigError: On anything that cannot be meant, with file, line, what was found and what is allowed.
    """
    try:
        text = path.read_text("utf-8-sig")
        values = parsed(text)
    except OSError as error:
        raise ConfigError(f"the expected findings cannot be read: {error.strerror}", file=path) from None
    except UnicodeDecodeError:
        raise ConfigError("the file is not UTF-8; save it as UTF-8", file=path) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"this is not TOML: {error}", file=path) from None
    tables = values.pop("expected", [])
    if values or not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
        found = ", ".join(values) or "expected"
        raise ConfigError(f"{found} is not known here; allowed are tables [[expected]]", file=path)
    return tuple(_Entry(path, text, number, one).entry() for number, one in enumerate(tables))


class _Entry:
    def __init__(self, path: Path, text: str, number: int, values: dict[str, Any]) -> None:
        self._path, self._values = path, values
        self._lines = tuple(_lines(text, number))

    def entry(self) -> ExpectedFinding:
        allowed = (*NEEDED, *AXES)
        for key in self._values:
            if key not in allowed:
                raise self._error(f"unknown key {key!r}; allowed are {', '.join(allowed)}", key)
        for key in NEEDED:
            if key not in self._values:
                raise self._error(f"the entry lacks {key}; it takes {', '.join(NEEDED)}")
        for key in self._values.keys() - {"until"}:
            self._check_word(key)
        self._check_code()
        until = self._values["until"]
        if not isinstance(until, date) or isinstance(until, datetime):
            raise self._error(f"until is {until!r}; it takes a day, until = 2027-01-31", "until")
        return ExpectedFinding(**self._values, place=f"{self._path.name}:{self._line()}")

    def _check_word(self, key: str) -> None:
        value = self._values[key]
        if not isinstance(value, str) or not value.strip():
            raise self._error(f'{key} is {value!r}; it takes words, {key} = "…"', key)
        if key in AXES and value not in AXES[key]:
            raise self._error(f"{key} is {value!r}; allowed are {', '.join(AXES[key])}", key)

    def _check_code(self) -> None:
        """A code whose beginning is none of ours may be an extension's; one that never comes is stale."""
        code = self._values["code"]
        family = code.partition(".")[0]
        if code in codes() or family not in {known.partition(".")[0] for known in codes()}:
            return
        near = ", ".join(get_close_matches(code, codes(), n=3, cutoff=0.4))
        raise self._error(f"there is no code {code!r}{'; near are ' + near if near else ''}", "code")

    def _line(self, key: str = "") -> int | None:
        """Return the line of a key, else of the entry."""
        named = (number for number, line in self._lines if (found := _KEY.match(line)) and found[1] == key)
        return next(named, self._lines[0][0] if self._lines else None)

    def _error(self, message: str, key: str = "") -> ConfigError:
        return ConfigError(message, file=self._path, line=self._line(key))


def _lines(text: str, number: int) -> Iterator[tuple[int, str]]:
    """Yield the lines of an entry, each with its number from 1; ``tomllib`` keeps no positions."""
    current = -1
    for at, line in enumerate(text.splitlines(), 1):
        current += bool(_HEADER.match(line))
        if current == number:
            yield at, line
