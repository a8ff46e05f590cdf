"""What a check yields."""

from __future__ import annotations

import math
from dataclasses import dataclass

from harness.protocol.problem import Severity
from harness.report.model import Outcome


@dataclass(frozen=True, kw_only=True)
class Found:
    """A code with its weight and the two values; the catalogue knows the rest.

    Attributes:
        fix: What to change, where that is more precise than the catalogue's advice.
        ends: How the sign-in ended because of it, where the backend was never asked.
        at: When it was seen, in seconds since the epoch; the earliest end counts.
    """

    code: str
    severity: Severity
    expected: str
    observed: str
    fix: str | None = None
    ends: Outcome | None = None
    at: float = math.inf
