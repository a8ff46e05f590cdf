"""The score of the self-test: what was expected of each entry, and what was observed."""

from __future__ import annotations

import json
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from harness.config import Mode, Surface
from harness.report.model import Finding


class Verdict(BaseModel):
    """Outcome, code and findings, as they were expected or observed."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True)

    outcome: str
    code: str | None
    findings: tuple[dict[str, str], ...]


class Run(BaseModel):
    """One of the two runs of a row about our own side.

    Attributes:
        side: The product as it is, or its weakened twin.
        right: Whether it came out as it must.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True)

    side: Literal["product", "weakened"]
    right: bool
    expected: Verdict
    observed: Verdict


class Row(BaseModel):
    """One entry of a fault on one surface in one mode.

    Attributes:
        right: Whether what was observed is what was expected.
        observed: ``None`` where the fault cannot be seen.
        unavailable: Why it cannot; such a row is neither right nor wrong.
        told: What was found, with who must act and how; it is not in the JSON.
        runs: Of a row about our own side, the product under attack and each weakened twin; outcome and code
            of the row are the product's, its findings the twin's.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True)

    id: str
    variant: str | None
    surface: Surface
    mode: Mode
    group: str
    ran_in: Literal["process", "browser"]
    right: bool
    expected: Verdict
    observed: Verdict | None
    unavailable: str | None = None
    told: tuple[Finding, ...] = Field(default=(), exclude=True)
    runs: tuple[Run, ...] = ()

    @property
    def wrong(self) -> bool:
        """Whether something else was observed than was expected."""
        return not self.right and self.unavailable is None


class SelfTest(BaseModel):
    """The score."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True)

    rows: tuple[Row, ...]
    seconds: float

    @property
    def wrong(self) -> tuple[Row, ...]:
        """The rows of which something else was observed than was expected."""
        return tuple(row for row in self.rows if row.wrong)

    @property
    def unavailable(self) -> tuple[Row, ...]:
        """The rows of faults that cannot be seen here."""
        return tuple(row for row in self.rows if row.unavailable is not None)

    def score(self, group: str | None = None) -> tuple[int, int]:
        """Return how many faults are right and how many there are, in a group or in all."""
        rows = [row for row in self.rows if group in (None, row.group)]
        every = {row.id for row in rows}
        return len(every - {row.id for row in rows if not row.right}), len(every)

    def as_json(self) -> str:
        """Return the score as indented JSON with the field names that are fixed."""
        right, every = self.score()
        wrong = len({row.id for row in self.wrong})
        summary = {
            "faults": every,
            "right": right,
            "wrong": wrong,
            "unavailable": every - right - wrong,
            "seconds": round(self.seconds, 2),
        }
        rows = [row.model_dump(mode="json") for row in self.rows]
        return json.dumps({"schema": 1, "summary": summary, "rows": rows}, indent=2)
