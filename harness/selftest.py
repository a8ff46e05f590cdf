"""The self-test: every fault of the catalogue against the sample, held against what it must get."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict

from harness.catalogue.faults import Expectation, FaultRow, faults
from harness.config import Config, EngineName, Mode, Surface
from harness.matrix import Case
from harness.report.model import CaseResult
from harness.run import Harness


class Verdict(BaseModel):
    """Outcome, code and findings, as they were expected or observed."""

    model_config = ConfigDict(frozen=True)

    outcome: str
    code: str | None
    findings: tuple[dict[str, str], ...]


class Row(BaseModel):
    """One entry of a fault on one surface in one mode."""

    model_config = ConfigDict(frozen=True)

    id: str
    variant: str | None
    surface: Surface
    mode: Mode
    group: str
    ran_in: str = "browser"
    right: bool
    expected: Verdict
    observed: Verdict
    unavailable: str | None = None


class SelfTest(BaseModel):
    """The score."""

    model_config = ConfigDict(frozen=True)

    rows: tuple[Row, ...]
    seconds: float

    @property
    def wrong(self) -> tuple[Row, ...]:
        """The rows that are not right."""
        return tuple(row for row in self.rows if not row.right)

    def score(self, group: str | None = None) -> tuple[int, int]:
        """Return how many faults are right and how many there are, in a group or in all."""
        rows = [row for row in self.rows if group in (None, row.group)]
        every = {row.id for row in rows}
        return len(every - {row.id for row in rows if not row.right}), len(every)

    def as_json(self) -> str:
        """Return the score as indented JSON with the field names that are fixed."""
        right, every = self.score()
        summary = {
            "faults": every,
            "right": right,
            "wrong": every - right,
            "unavailable": 0,
            "seconds": round(self.seconds, 2),
        }
        rows = [row.model_dump(mode="json") for row in self.rows]
        return json.dumps({"schema": 1, "summary": summary, "rows": rows}, indent=2)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What is run for one expectation."""

    row: FaultRow
    expectation: Expectation
    case: Case

    @property
    def twin(self) -> Case:
        """The same case without the fault."""
        return replace(self.case, fault=None)


def entries(*, groups: tuple[str, ...] = (), engine: EngineName = "chromium") -> Iterator[Entry]:
    """Return every entry of every fault: each surface on which it can occur, each mode it speaks of."""
    for row in faults().values():
        if groups and row.group not in groups:
            continue
        for expectation in row.expect:
            modes = get_args(Mode) if expectation.mode == "both" else (expectation.mode,)
            surfaces = (expectation.surface,) if expectation.surface else row.surfaces
            for surface in surfaces:
                for mode in modes:
                    case = Case(surface=surface, flow=row.flows[0], engine=engine, mode=mode, fault=row.id)
                    yield Entry(row=row, expectation=expectation, case=case)


def prepared(config: Config) -> Config:
    """Return the configuration under which faults about waiting are short to show."""
    patience = [row.callback_deadline for row in faults().values() if row.callback_deadline is not None]
    return config.with_callback_deadline(min(patience)) if patience else config


def run(
    harness: Harness, chosen: tuple[Entry, ...], *, progress: Callable[[Row], None] = lambda _: None
) -> SelfTest:
    """Run the entries and compare; ``progress`` hears of each as it comes."""
    started = time.monotonic()
    rows = []
    for entry in chosen:
        rows.append(_compare(entry, harness.run(entry.case)))
        progress(rows[-1])
    return SelfTest(rows=tuple(rows), seconds=time.monotonic() - started)


def _compare(entry: Entry, result: CaseResult) -> Row:
    expectation = entry.expectation
    wanted = tuple({"code": code, "severity": severity} for code, severity in expectation.findings)
    found = tuple({"code": finding.code, "severity": finding.severity} for finding in result.findings)
    facts: dict[str, Any] = {
        "expected": Verdict(outcome=expectation.outcome, code=expectation.code, findings=wanted),
        "observed": Verdict(outcome=result.outcome, code=result.code, findings=found),
    }
    right = (
        result.outcome == expectation.outcome
        and result.code == expectation.code
        and all(one in found for one in wanted)
    )
    return Row(
        id=entry.row.id,
        variant=expectation.variant,
        surface=entry.case.surface,
        mode=entry.case.mode,
        group=entry.row.group,
        right=right,
        **facts,
    )
