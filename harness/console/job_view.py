"""A job as the walkthrough's page shows it: progress, the heat map, results; plain data for the templates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from harness.config import OWN_POLICY
from harness.console import work
from harness.console.jobs import Job, State
from harness.console.work import Step
from harness.matrix import Case
from harness.preflight import Preflight
from harness.report.model import CaseResult, Finding, Report
from harness.timeline import Timeline

Mark = Literal["waiting", "running", "passed", "failed", "undetermined", "left-out"]
_BEGINNING = "starting"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One case in the heat map."""

    case: Case
    mark: Mark
    said: str = ""
    number: int = 0
    milliseconds: float = 0


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the heat map: a surface and what else is out of the ordinary."""

    name: str
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, kw_only=True)
class Grid:
    """The heat map of one engine under one policy."""

    name: str
    flows: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True)
class Acting:
    """Findings that one person has to act on."""

    who: str
    findings: tuple[Finding, ...]

    @property
    def urgent(self) -> bool:
        """Whether something does not work until they have acted."""
        return any(one.severity == "error" for one in self.findings)


@dataclass(frozen=True, kw_only=True)
class JobView:
    """A job as it is shown.

    Attributes:
        name: ``preflight`` or ``run``.
        number: Its number.
        seq: The number of the last thing that it told.
        state: How it stands.
        stopping: Whether it was asked to stop.
        sentence: Why it failed or stopped.
        step: What it did last.
        grids: The heat maps.
        cases: The results so far.
        left_out: Cases that cannot be played, with the reason.
        preflight: What a preflight found.
        report: What a run amounted to.
        timelines: What happened in each of its cases.
    """

    name: str
    number: int
    seq: int
    state: State
    stopping: bool
    sentence: str
    step: Step
    grids: tuple[Grid, ...] = ()
    cases: tuple[CaseResult, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    preflight: Preflight | None = None
    report: Report | None = None
    timelines: tuple[Timeline, ...] = ()
    acting: tuple[Acting, ...] = field(default=())


def job_view(job: Job, *, upto: int | None = None) -> JobView:
    """Return a job as it is shown after what it has told, or after the first ``upto`` things of that."""
    told = job.told[:upto]
    state: State = job.state if told and told[-1].kind == "ended" else "running"
    last: dict[str, Any] = {one.kind: one.data for one in told}
    cases = tuple(one.data for one in told if one.kind == "case")
    rows: tuple[Case, ...] = last.get("rows", ())
    left_out = {case: reason for one in told if one.kind == "left-out" for case, reason in [one.data]}
    step = last.get("step", Step(said=_BEGINNING, done=0, total=0))
    if cases or (rows and step.total == 0):
        step = Step(said=step.said, done=len(cases), total=len(rows) - len(left_out))
    preflight, report = last.get("preflight"), last.get("report")
    at_cases = state == "running" and (bool(cases) or step.said in (_BEGINNING, work.RUNNING))
    return JobView(
        name=job.name,
        number=job.number,
        seq=len(told),
        state=state,
        stopping=job.stopping and state == "running",
        sentence=job.sentence if state != "running" else "",
        step=step,
        grids=_grids(rows, cases, left_out, running=at_cases),
        cases=cases,
        left_out=tuple((case.id, reason) for case, reason in left_out.items()),
        preflight=preflight,
        report=report,
        timelines=last.get("timelines", ()),
        acting=acting(preflight.findings if preflight else report.preflight if report else ()),
    )


def acting(findings: Iterable[Finding]) -> tuple[Acting, ...]:
    """Group findings by who must act, in the order in which they come."""
    groups: dict[str, list[Finding]] = {}
    for one in findings:
        groups.setdefault(f"{one.role} ({one.party})", []).append(one)
    return tuple(Acting(who=who, findings=tuple(found)) for who, found in groups.items())


def _grids(
    rows: tuple[Case, ...], cases: tuple[CaseResult, ...], left_out: Mapping[Case, str], *, running: bool
) -> tuple[Grid, ...]:
    results = {one.id: (number, one) for number, one in enumerate(cases, 1)}
    waiting = [case for case in rows if case.id not in results and case not in left_out]
    now = waiting[0] if running and waiting else None
    vectors = dict.fromkeys((case.engine, case.policy) for case in rows)
    return tuple(
        _grid(
            tuple(case for case in rows if (case.engine, case.policy) == (engine, policy)),
            {case: _cell(case, results, left_out, now) for case in rows},
            engine if policy == OWN_POLICY[engine] else f"{engine}, {policy}",
        )
        for engine, policy in vectors
    )


def _grid(rows: tuple[Case, ...], cells: Mapping[Case, Cell], name: str) -> Grid:
    flows = tuple(dict.fromkeys(case.flow for case in rows))
    lines: dict[str, dict[str, Cell]] = {}
    for case in rows:
        extra = [word for word, usual in ((case.mode, "strict"), (case.scenario, "sign-in")) if word != usual]
        lines.setdefault(" · ".join((case.surface, *extra)), {})[case.flow] = cells[case]
    return Grid(
        name=name,
        flows=flows,
        rows=tuple(
            Row(name=line, cells=tuple(found.get(flow) for flow in flows)) for line, found in lines.items()
        ),
    )


def _cell(
    case: Case,
    results: Mapping[str, tuple[int, CaseResult]],
    left_out: Mapping[Case, str],
    now: Case | None,
) -> Cell:
    if case in left_out:
        return Cell(case=case, mark="left-out", said="cannot run here")
    if case.id not in results:
        return Cell(case=case, mark="running" if case == now else "waiting")
    number, one = results[case.id]
    mark: Mark = "undetermined" if one.outcome == "undetermined" else "passed" if one.passed else "failed"
    said = one.outcome.replace("_", " ")
    if one.outcome == "authenticated" and not one.passed:
        said += ", with an error"
    return Cell(case=case, mark=mark, said=said, number=number, milliseconds=one.timings_ms.case)
