"""What a check yields."""

from __future__ import annotations

from dataclasses import dataclass

from harness.protocol.problem import Severity


@dataclass(frozen=True, kw_only=True)
class Found:
    """A code with its weight and the two values; the catalogue knows the rest.

    Attributes:
        fix: What to change, where that is more precise than the catalogue's advice.
    """

    code: str
    severity: Severity
    expected: str
    observed: str
    fix: str | None = None
