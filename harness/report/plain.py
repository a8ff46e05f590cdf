"""Text from elsewhere, made harmless for whoever shows it: a terminal, a page, a parser, a build's log."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from harness.report.model import Report

_DOUBTFUL = re.compile(r"[^\n\t\x20-\x7e]")
_ACTING = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
"""Unicode's categories of what has no shape of its own: controls, turns of direction, halves of pairs."""

_COMMAND = re.compile(r"(^|\s)::(?=[A-Za-z-]+[^\n]*::)")
_OLD_COMMAND = "##["


def plain(text: str) -> str:
    """Return text in which nothing acts: control characters and turns of direction are named instead.

    What a build's log would take for a command of its own is pulled apart (GitHub's "workflow commands").
    """
    shown = _DOUBTFUL.sub(lambda found: _named(found[0]), text)
    return _COMMAND.sub(r"\1: :", shown).replace(_OLD_COMMAND, "## [")


def _named(character: str) -> str:
    """Return a character that is visible as it is, and the name of any other."""
    if unicodedata.category(character) in _ACTING:
        return f"⟨U+{ord(character):04X}⟩"
    return character


def line(text: str) -> str:
    """Return harmless text on one line."""
    return " ".join(plain(text).split())


def spelled(value: object) -> str:
    """Return a condition's value in words."""
    if value is None:
        return "unknown"
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def cleaned(report: Report) -> Report:
    """Return a report all of whose texts are harmless."""
    return Report.model_validate(_cleaned(report.model_dump()))


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, dict):
        return {name: _cleaned(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(item) for item in value]
    return value
