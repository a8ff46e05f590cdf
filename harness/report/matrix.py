"""The matrix as tables: surface by flow, one table for each other circumstance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from harness.config import FLOWS, SURFACES
from harness.report.model import CaseResult

State = Literal["passed", "warned", "failed", "open"]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One case in a table.

    Attributes:
        case: The case.
        state: Which way it went.
        word: The same in words.
    """

    case: CaseResult
    state: State
    word: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """A surface, with one cell for each flow of its table; ``None`` where there is no such case."""

    surface: str
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A table.

    Attributes:
        circumstances: Engine, policy, mode, scenario and the fault where one is set.
        flows: Its columns.
        rows: Its rows.
    """

    circumstances: tuple[str, ...]
    flows: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def name(self) -> str:
        """The circumstances in one line."""
        return " · ".join(self.circumstances)


def grids(cases: tuple[CaseResult, ...]) -> tuple[Grid, ...]:
    """Return the tables of a run in the order of its cases."""
    groups: dict[tuple[str, ...], list[CaseResult]] = {}
    for case in cases:
        groups.setdefault(_circumstances(case), []).append(case)
    return tuple(_grid(circumstances, group) for circumstances, group in groups.items())


def _circumstances(case: CaseResult) -> tuple[str, ...]:
    # The app is on a phone in any case, which makes no other circumstance of it.
    phone = case.conditions.device == "phone" and case.surface != "app"
    more = (("phone",) if phone else ()) + ((f"fault {case.fault}",) if case.fault else ())
    return (case.engine, case.policy, case.mode, case.scenario, *more)


def _grid(circumstances: tuple[str, ...], cases: list[CaseResult]) -> Grid:
    flows = tuple(flow for flow in FLOWS if any(case.flow == flow for case in cases))
    at = {(case.surface, case.flow): case for case in cases}
    rows = (
        Row(surface=surface, cells=tuple(_cell(at.get((surface, flow))) for flow in flows))
        for surface in SURFACES
        if any(case.surface == surface for case in cases)
    )
    return Grid(circumstances=circumstances, flows=flows, rows=tuple(rows))


def _cell(case: CaseResult | None) -> Cell | None:
    return None if case is None else Cell(case=case, state=state(case), word=word(case))


def state(case: CaseResult) -> State:
    """Return which way a case went; a passed one with a warning, or flaky, is told from one without."""
    if case.on_retry:
        return "warned"
    if case.outcome == "undetermined":
        return "open"
    if not case.passed:
        return "warned" if case.as_expected else "failed"
    return "warned" if _warnings(case) else "passed"


def word(case: CaseResult) -> str:
    """Return which way a case went, in a word or two."""
    if case.on_retry:
        return "flaky"
    if case.outcome == "undetermined":
        return "undetermined"
    if not case.passed:
        errors = (one.code for one in case.findings if one.severity == "error")
        wrong = case.code or next(errors, case.outcome)
        return f"expected: {wrong}" if case.as_expected else wrong
    warned = _warnings(case)
    return f"passed, {warned} warning{'s' if warned > 1 else ''}" if warned else "passed"


def _warnings(case: CaseResult) -> int:
    return sum(one.severity == "warning" for one in case.findings)
