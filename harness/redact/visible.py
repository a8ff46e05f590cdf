"""Foreign text for a terminal: what a terminal would obey is made visible instead."""

from __future__ import annotations

import unicodedata

_OBEYED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Controls, directions and joiners, half characters, line and paragraph separators (Unicode chapter 4.5)."""


def visible(text: str, *, lines: bool = False) -> str:
    """Return text in which nothing moves the cursor, changes a colour, or turns the direction of writing.

    Args:
        text: Any text.
        lines: Whether line feeds are the text's own and stay.
    """
    if text.isprintable():
        return text
    return "".join(one if (lines and one == "\n") or not _is_obeyed(one) else _named(one) for one in text)


def _is_obeyed(one: str) -> bool:
    return unicodedata.category(one) in _OBEYED


def _named(one: str) -> str:
    """Return a character in Python's notation, which is plain ASCII."""
    return one.encode("unicode_escape", "surrogatepass").decode("ascii")
