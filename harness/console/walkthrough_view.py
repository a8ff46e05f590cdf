"""What the walkthrough's page shows of its form and of its jobs: plain data for the templates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from harness.browser.policies import POLICIES
from harness.config import ENGINES, MODES, OWN_POLICY, SCENARIOS, SURFACES
from harness.console import work
from harness.console.form_check import Checked, Sentence
from harness.console.form_document import MOST_LOGINS, connectors_of, flows_of, is_own
from harness.console.form_fields import Values
from harness.console.jobs import Job, State
from harness.console.work import Step
from harness.matrix import Case
from harness.preflight import Preflight
from harness.report.model import CaseResult, Finding, Report

_BEGINNING = "starting"
Mark = Literal["waiting", "running", "passed", "failed", "undetermined", "left-out"]

_STEPS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "idp": (
        "Identity provider",
        (
            *("connector_id", "display_name", "issuer", "authorization_endpoint", "token_endpoint", "mode"),
            *("client_id", "client_secret_env", "client_auth", "type", "pkce", "encrypted"),
            *("rfc_compliance", "preferred"),
        ),
    ),
    "keys": ("Keys", ("key_type", "jwks_uri", "jwt_public_key")),
    "page": (
        "Page",
        ("page", "js_method", "js_context", "sdk", "before", "launcher", "tag", "window_url"),
    ),
    "login": ("Login", ()),
    "preflight": ("Preflight", ()),
    "run": ("Run", ("surfaces", "flows", "engines", "policies", "scenarios")),
}
"""The steps of the page and the fields of each."""


@dataclass(frozen=True, kw_only=True)
class StepView:
    """One step of the page and how it stands."""

    name: str
    title: str
    state: Literal["wrong", "missing", "good", "open", "running"]

    @property
    def word(self) -> str:
        """How it stands, in a word."""
        return {"wrong": "mend", "missing": "fill in", "good": "good", "open": "to do", "running": "running"}[
            self.state
        ]


@dataclass(frozen=True, kw_only=True)
class FormView:
    """The form as it is shown.

    Attributes:
        values: What stands in the fields.
        checked: What is said of it.
        connectors: What the connectors of the file are called.
        number: Which of them is shown.
        logins: The numbers of the logins that are shown, the last one empty.
        own: Whether it is about a brand of one's own.
        flows: The flows that there are.
        told: What happened last, as what a look-up filled in.
        refused: Why something was not begun.
        asked: What was asked for, as a job's name.
        suggested: How the issuer calls itself.
    """

    values: Values
    checked: Checked
    connectors: list[str]
    number: int
    logins: range
    own: bool
    flows: list[str]
    told: tuple[str, ...] = ()
    refused: str = ""
    asked: str = ""
    suggested: str | None = None

    def said(self, name: str) -> Sentence | None:
        """Return what is said at a field."""
        return self.checked.sentences.get(name)

    def chosen(self, name: str) -> list[str]:
        """Return what is chosen in a list."""
        return self.values.get(name, "").split()


CHOICES: Mapping[str, Any] = {
    "surfaces": SURFACES,
    "engines": ENGINES,
    "policies": {name: one.description for name, one in POLICIES.items()},
    "scenarios": SCENARIOS,
    "modes": MODES,
}
"""What there is to choose from."""


def form_view(values: Values, checked: Checked, number: int, **more: Any) -> FormView:
    """Return the form as it is shown, without what is not to be shown again."""
    shown = {name: "" if name in checked.hidden else text for name, text in values.items()}
    count = sum(f"login.{index}.steps" in shown for index in range(MOST_LOGINS))
    # Those without steps are gone, but for one to write another in.
    filled = [index for index in range(count) if shown[f"login.{index}.steps"].strip()]
    logins = {
        f"login.{new}.{key}": shown.get(f"login.{old}.{key}", "")
        for new, old in enumerate(filled)
        for key in ("on", "account", "steps")
    }
    rest = {name: text for name, text in shown.items() if not name.startswith("login.")}
    return FormView(
        values={**rest, **logins},
        checked=checked,
        connectors=connectors_of(checked.text),
        number=number,
        logins=range(min(len(filled) + 1, MOST_LOGINS)),
        own=is_own(checked.text),
        flows=list(dict.fromkeys(flows_of(checked.text))),
        **more,
    )


def steps_view(form: FormView, jobs: Mapping[str, Job]) -> list[StepView]:
    """Return the steps of the page and how each stands."""
    found = []
    for name, (title, fields) in _STEPS.items():
        said = [one for key, one in form.checked.sentences.items() if key in fields or _is_login(name, key)]
        state = "wrong" if any(one.kind == "wrong" for one in said) else ""
        state = state or ("missing" if any(one.kind == "missing" for one in said) else "good")
        if name == "login" and state == "good" and form.own and len(form.logins) < 2:
            state = "open"
        if name in ("preflight", "run") and state == "good":
            state = _job_state(jobs.get(name))
        found.append(StepView(name=name, title=title, state=state))  # type: ignore[arg-type] # its words
    return found


def _is_login(step: str, key: str) -> bool:
    return step == "login" and key.startswith("login.")


def _job_state(job: Job | None) -> str:
    if job is None or job.state == "cancelled":
        return "open"
    view = job_view(job)
    if job.state == "running":
        return "running"
    if view.report is not None:
        return "good" if view.report.summary.passed == view.report.summary.cases else "wrong"
    if view.preflight is not None:
        return "wrong" if view.preflight.outcome is False else "good"
    return "wrong"


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
