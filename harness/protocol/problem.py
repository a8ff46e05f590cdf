"""What a verification step finds wrong, by a code of ``codes.toml``, which names the section that says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong, by its stable code.

    Attributes:
        code: A code of ``codes.toml``.
        expected: What the specification or the configuration asks for, in words.
        observed: What was seen, redacted: never a credential.
        severity: Overrides the severity that ``codes.toml`` gives for the mode, where one code covers
            cases of different weight.
    """

    code: str
    expected: str
    observed: str
    severity: Severity | None = None


class Refusal(Exception):
    """Raised inside the protocol when nothing more can be read after a problem.

    Args:
        code: The problem's code.
        expected: What was asked for.
        observed: What was seen.
        notes: Lesser problems that were noticed on the way.
    """

    def __init__(self, code: str, *, expected: str, observed: str, notes: tuple[Problem, ...] = ()) -> None:
        super().__init__(code)
        self.problem = Problem(code=code, expected=expected, observed=observed)
        self.notes = notes


def describe(value: object, limit: int = 80) -> str:
    """Return a clipped, printable form of a foreign value for ``Problem.observed``."""
    text = ascii(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
