"""The report for a terminal: first who must act, then the details. Fits 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Protocol

from harness.config import OWN_POLICY
from harness.redact import visible
from harness.report.model import CaseResult, Finding, Known, ProbeResult, Readiness, Report, Soak

WIDTH = 80
_COLUMN = 14


def render(report: Report) -> str:
    """Return the report as plain text."""
    parts = [_readiness(report), _grid(report)]
    parts += [diagnosis("; ".join(short_name(case) for case in cases), cases[0]) for cases in _alike(report)]
    parts += [
        _expectations(report),
        _preflight(report),
        _probes(report),
        _unavailable(report),
        _broken(report),
        _learned(report),
        soak(report.soak) if report.soak else "",
        _summary(report),
    ]
    return visible("\n\n".join(part for part in parts if part), lines=True)


def _grid(report: Report) -> str:
    """One line per surface, one column per flow.

    ✓ authenticated, ✗ not, (✗) as expected, ~ flaky, ? undetermined.
    """
    if not report.cases:
        return ""
    flows = list(dict.fromkeys(case.flow for case in report.cases))
    rows: dict[tuple[str, ...], dict[str, str]] = {}
    for case in report.cases:
        extra = (value for value, usual in _unusual(case) if value != usual)
        row = rows.setdefault((*extra, case.surface), {})
        row[case.flow] = _sign(case)
    return "\n".join(_table(flows, rows))


def _sign(case: CaseResult) -> str:
    if case.flaky:
        return "~"
    if case.outcome == "undetermined":
        return "?"
    return "✓" if case.passed else "(✗)" if case.as_expected else "✗"


def _table(flows: Sequence[str], rows: dict[tuple[str, ...], dict[str, str]]) -> Iterator[str]:
    """Put what is out of the ordinary beside the surface, or above it where the line would be too long."""
    names = {words: " ".join((words[-1], *words[:-1])) for words in rows}
    width = max(map(len, names.values()))
    grouped = width + _COLUMN * len(flows) > WIDTH
    if grouped:
        width = max(len(words[-1]) for words in rows)
    yield " " * width + "".join(f"{flow:>{_COLUMN}}" for flow in flows)
    above: tuple[str, ...] = ()
    for words in sorted(rows, key=lambda words: len(words) > 1) if grouped else rows:
        if grouped and above != words[:-1]:
            above = words[:-1]
            yield " ".join(above)
        name = words[-1] if grouped else names[words]
        yield f"{name:{width}}" + "".join(f"{rows[words].get(flow, '·'):>{_COLUMN}}" for flow in flows)


def _unusual(case: CaseResult) -> tuple[tuple[str, str], ...]:
    return (
        (case.engine, "chromium"),
        (case.policy, OWN_POLICY[case.engine]),
        (case.mode, "strict"),
        (case.scenario, "sign-in"),
        (case.fault or "", ""),
    )


def short_name(case: CaseResult) -> str:
    """Return the surface, the flow and what else is out of the ordinary about a case."""
    extra = [value for value, usual in _unusual(case) if value != usual]
    return " ".join((case.surface, case.flow, *extra))


def _alike(report: Report) -> list[list[CaseResult]]:
    """Group the cases that need a word by what is to be said about them."""
    groups: dict[tuple[object, ...], list[CaseResult]] = {}
    for case in report.cases:
        if not case.passed or case.findings:
            said = tuple((one.code, one.severity, one.confirmed, one.known) for one in case.findings)
            groups.setdefault((case.fault, case.outcome, case.code, case.flaky, said), []).append(case)
    return list(groups.values())


class Diagnosed(Protocol):
    """Anything with an outcome, a code and findings."""

    @property
    def outcome(self) -> str:
        """How the sign-in ended."""
        ...

    @property
    def code(self) -> str | None:
        """The code of the earliest failing hop."""
        ...

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found."""
        ...


def diagnosis(name: str, diagnosed: Diagnosed) -> str:
    """Return what is to be said about a case: outcome, code, and each finding with who must act."""
    head = textwrap.fill(name, WIDTH, subsequent_indent="  ")
    outcome = f"  {diagnosed.outcome}" + (f", {diagnosed.code}" if diagnosed.code else "")
    if isinstance(diagnosed, CaseResult) and diagnosed.on_retry:
        outcome += ", on its retry only: before, a browser or its process broke down"
    return visible("\n".join((head, outcome, *(finding(one) for one in diagnosed.findings))), lines=True)


def finding(found: Finding) -> str:
    """Return a finding with who must act and how, indented by two columns."""
    head = f"  {found.severity}: {found.code} ({found.hop}; {found.spec})"
    lines = [textwrap.fill(head, WIDTH, subsequent_indent="    ", break_on_hyphens=False)]
    for label, value in (
        ("expected", found.expected),
        ("observed", found.observed),
        ("fix", f"{found.party}, {found.role}: {found.fix}"),
    ):
        lines.append(
            textwrap.fill(value, WIDTH, initial_indent=f"    {label:9} ", subsequent_indent=" " * 14)
        )
    if found.known is not None:
        said = known(found.known)
        lines.append(textwrap.fill(said, WIDTH, initial_indent="    known     ", subsequent_indent=" " * 14))
    if found.since is not None:
        lines.append(f"    new       since rules {found.since}, which are not pinned: it only warns")
    if found.confirmed is not None:
        told = "cause confirmed: gone when" if found.confirmed else "cause not confirmed: no better when"
        lines.append(
            textwrap.fill(
                f"{told} {found.overlay}", WIDTH, initial_indent="    tried     ", subsequent_indent=" " * 14
            )
        )
    return "\n".join(lines)


def known(one: Known) -> str:
    """Return who expected a finding, until when, and why."""
    day = f"expected until {one.until}" + (", which has passed" if one.overdue else "")
    return f"{day}, {one.owner}: {one.reason}"


_SIGNS = {True: "✓", False: "✗", None: "?"}


def _ready_sign(one: Readiness) -> str:
    return "(✗)" if one.as_expected else _SIGNS[one.ready]


def _readiness(report: Report) -> str:
    """First of all, one sentence for each surface."""
    return "\n".join(
        textwrap.fill(one.sentence, WIDTH, initial_indent=f"{_ready_sign(one)} ", subsequent_indent="  ")
        for one in report.readiness
    )


def _expectations(report: Report) -> str:
    """What was expected: what fails the run first."""
    ordered = sorted(report.expectations, key=lambda one: not one.failed)
    told = (
        textwrap.fill(
            f"{'✗' if one.failed else '·'} {one.place}: {one.sentence}",
            WIDTH,
            initial_indent="  ",
            subsequent_indent="    ",
        )
        for one in ordered
    )
    return "\n".join(("expected findings", *told)) if ordered else ""


def _preflight(report: Report) -> str:
    """What was found before anybody signed in."""
    lines = [finding(one) for one in report.preflight]
    lines += [
        textwrap.fill(f"could not be seen: {one}", WIDTH, initial_indent="  ", subsequent_indent="    ")
        for one in report.unseen
    ]
    return "\n".join(("before any login", *lines)) if lines else ""


def _probes(report: Report) -> str:
    """What probes of the authorization server sent, what came back, and what that shows."""
    if not report.probes:
        return ""
    sent = sum(len(one.sent) for one in report.probes)
    head = f"probes of the authorization server ({report.probes[0].connector}), {sent} requests sent"
    return "\n".join((head, *(line for one in report.probes for line in _probe(one))))


def _probe(probed: ProbeResult) -> Iterator[str]:
    sign = "✗" if probed.findings else "?" if probed.reason else "✓"
    yield textwrap.fill(
        f"{sign} {probed.name}: {probed.reason or probed.what}",
        WIDTH,
        initial_indent="  ",
        subsequent_indent="    ",
    )
    for one in probed.sent:
        said = f"{one.method} {one.url}: {one.what}; {one.answered}"
        yield textwrap.fill(said, WIDTH, initial_indent="    ", subsequent_indent="      ")
    yield from (finding(one) for one in probed.findings)


def _learned(report: Report) -> str:
    return (
        textwrap.fill(f"learned first: {report.learned}", WIDTH, subsequent_indent="  ")
        if report.learned
        else ""
    )


def _unavailable(report: Report) -> str:
    """What was asked for and cannot run here, each with its reason."""
    if not report.unavailable:
        return ""
    lines = ["not available here, neither passed nor failed:"]
    for one in report.unavailable:
        said = f"{one.engine} {one.policy}: {one.reason}" if one.policy else f"{one.engine}: {one.reason}"
        lines.append(textwrap.fill(said, WIDTH, initial_indent="  ", subsequent_indent="    "))
    return "\n".join(lines)


def _broken(report: Report) -> str:
    """The cases in which the harness itself broke, twice."""
    if not report.broken:
        return ""
    told = (
        textwrap.fill(f"{one.id}: {one.reason}", WIDTH, initial_indent="  ", subsequent_indent="    ")
        for one in report.broken
    )
    return "\n".join(("the harness itself broke, twice, so that nothing is known:", *told)) * bool(
        report.broken
    )


def soak(found: Soak) -> str:
    """Return what was counted where cases were repeated: flakes, percentiles, what was not given back."""
    counted = (
        (found.failed, "failed"),
        (found.expected, "failed as expected"),
        (found.undetermined, "undetermined"),
        (found.retried, "passed on a retry"),
    )
    ways = ", ".join((f"{found.passed} passed", *(f"{number} {word}" for number, word in counted if number)))
    lines = [
        f"repeated: {found.flows} flows in {found.rounds} rounds, {found.seconds:.1f} s"
        + ", then interrupted" * found.interrupted,
        f"  {ways}; {found.flaky} of {len(found.cases)} cases flaky",
    ]
    if found.case is not None:
        lines.append(f"  {'milliseconds':24}" + "".join(f"{one:>10}" for one in ("p50", "p95", "p99")))
    for name, one in (("click to message", found.flow_in_page), ("whole case", found.case)):
        if one is not None:
            lines.append(f"  {name:24}{one.p50:10.1f}{one.p95:10.1f}{one.p99:10.1f}")
    lines += _held(found)
    for case in found.cases:
        if case.passed < case.flows:
            codes = ", ".join(f"{code} {number}" for code, number in case.codes.items())
            said = f"{case.id}: passed {case.passed} of {case.flows} times" + (f" ({codes})" if codes else "")
            lines.append(textwrap.fill(said, WIDTH, initial_indent="  ", subsequent_indent="    "))
    return "\n".join(lines)


def _held(found: Soak) -> Iterator[str]:
    """Yield what each process held after the first round and in the end."""
    if found.kept:
        yield f"  {'held':24}" + "".join(f"{one:>10}" for one in ("at first", "at last", "more"))
    many = len({one.worker for one in found.kept}) > 1
    for one in found.kept:
        name = " ".join((one.what, *([one.unit] if one.unit else ()), *([f"({one.worker})"] if many else ())))
        leak = "  leak" if one.leak else ""
        yield f"  {name:24}{one.start:10g}{one.end:10g}{one.end - one.start:+10.4g}{leak}"


def _summary(report: Report) -> str:
    summary = report.summary
    # Who is to be a guest passes without being known.
    guests = any(case.passed and case.outcome != "authenticated" for case in report.cases)
    counts = [f"{summary.passed} of {summary.cases} cases {'passed' if guests else 'authenticated'}"]
    counts += [
        f"{number} {word}"
        for number, word in (
            (summary.failed, "failed"),
            (summary.expected, "failed as expected"),
            (summary.flaky, "flaky"),
            (summary.undetermined, "undetermined"),
            (len(report.broken), "broken"),
        )
        if number
    ]
    line = f"{', '.join(counts)} in {summary.seconds:.1f} s"
    versions = sorted({case.conditions.engine_version for case in report.cases})
    return f"{line} ({'; '.join(versions)})" if versions else line
