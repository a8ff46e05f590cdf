"""The report as JUnit XML, for the readers of Jenkins, GitLab and GitHub.

Each case is a test suite of its own with one test, because the schema has properties for suites only. What
stayed undetermined is an error, which no reader counts as passed; what cannot run here is skipped. What fails
a run beside its cases fails here too: errors before any login and of probes, a surface that is not ready.

Source: ``junit-10.xsd`` of Jenkins' xUnit plugin.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as Tree

from harness.report.model import Broken, CaseResult, Finding, Report, Unavailable
from harness.report.plain import cleaned, line, spelled
from harness.report.text import Diagnosed, known

NAME = "harness"


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Test:
    """A test that is no case.

    Attributes:
        name: Its name.
        code: Why it failed; ``None`` where it passed.
        message: What a list of failures shows.
        told: All that is to be said.
    """

    name: str
    code: str | None = None
    message: str = ""
    told: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Suite:
    """Tests that are no cases.

    Attributes:
        name: What they are about.
        group: The last part of their class.
        tests: The tests.
    """

    name: str
    group: str
    tests: tuple[_Test, ...]

    @property
    def failed(self) -> int:
        """How many have failed."""
        return sum(one.code is not None for one in self.tests)


def render(report: Report) -> str:
    """Return the document."""
    report = cleaned(report)
    summary = report.summary
    before = tuple(_before_login(report))
    after = (*_probes(report), *_not_ready(report), *_expectations(report))
    root = Tree.Element(
        "testsuites",
        name=NAME,
        tests=str(
            summary.cases
            + len(report.broken)
            + len(report.unavailable)
            + sum(len(one.tests) for one in (*before, *after))
        ),
        failures=str(sum(map(_failed, report.cases)) + sum(one.failed for one in (*before, *after))),
        errors=str(sum(map(_open, report.cases)) + len(report.broken)),
        time=_seconds(summary.seconds),
    )
    for suite in before:
        _suite(root, suite)
    for case in report.cases:
        _case(root, case, report)
    for suite in after:
        _suite(root, suite)
    for one_broken in report.broken:
        _broken(root, one_broken)
    for number, one in enumerate(report.unavailable, 1):
        _unavailable(root, number, one)
    Tree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Tree.tostring(root, encoding="unicode") + "\n"


def _before_login(report: Report) -> Iterator[_Suite]:
    """Yield what was found before anybody signed in, where somebody looked."""
    if not (report.preflight or report.unseen or report.readiness):
        return
    others = [_told(one) for one in report.preflight if one.severity != "error"]
    unseen = [f"could not be seen: {line(one)}" for one in report.unseen]
    passed = _Test(name="preflight", told="\n\n".join((*others, *unseen)))
    yield _Suite(name="before any login", group="preflight", tests=_failures(report.preflight) or (passed,))


def _probes(report: Report) -> Iterator[_Suite]:
    """Yield each probe that found an error."""
    for one in report.probes:
        if failures := _failures(one.findings):
            yield _Suite(
                name=f"probe {one.name} ({one.connector})", group=f"probe.{one.name}", tests=failures
            )


def _not_ready(report: Report) -> Iterator[_Suite]:
    """Yield each surface that is not ready although none of its cases has failed."""
    failed = {
        case.surface
        for case in report.cases
        if not case.passed and case.outcome != "undetermined" and not case.on_retry
    }
    for one in report.readiness:
        if one.ready is False and not one.as_expected and one.surface not in failed:
            said = line(one.sentence)
            test = _Test(name=one.surface, code=one.code or "not_ready", message=said, told=said)
            yield _Suite(name=f"readiness of {one.surface}", group="readiness", tests=(test,))


def _expectations(report: Report) -> Iterator[_Suite]:
    """Yield what was expected of findings; what is stale or overdue has failed."""
    tests = tuple(
        _Test(
            name=f"{number}: {one.code}",
            code=one.state if one.failed else None,
            message=line(one.sentence),
            told=line(f"{one.place}: {one.sentence}"),
        )
        for number, one in enumerate(report.expectations, 1)
    )
    if tests:
        yield _Suite(name="expected findings", group="expected", tests=tests)


def _failures(findings: Sequence[Finding]) -> tuple[_Test, ...]:
    errors = (one for one in findings if one.severity == "error" and not _excused(one))
    # Readers take two tests of one name for the same.
    return tuple(
        _Test(name=f"{number}: {one.code}", code=one.code, message=_short(one), told=_told(one))
        for number, one in enumerate(errors, 1)
    )


def _suite(root: Tree.Element, suite: _Suite) -> None:
    element = Tree.SubElement(
        root,
        "testsuite",
        name=suite.name,
        tests=str(len(suite.tests)),
        failures=str(suite.failed),
        errors="0",
        skipped="0",
        time="0.000",
    )
    for one in suite.tests:
        test = Tree.SubElement(
            element, "testcase", classname=f"{NAME}.{suite.group}", name=one.name, time="0.000"
        )
        if one.code is not None:
            Tree.SubElement(test, "failure", type=one.code, message=one.message).text = one.told
        elif one.told:
            Tree.SubElement(test, "system-out").text = one.told


def _open(case: CaseResult) -> bool:
    return case.outcome == "undetermined"


def _excused_case(case: CaseResult) -> bool:
    return case.as_expected or case.on_retry


def _failed(case: CaseResult) -> bool:
    return not (case.passed or _open(case) or _excused_case(case))


def _case(root: Tree.Element, case: CaseResult, report: Report) -> None:
    open_, excused, failed = _open(case), _excused_case(case), _failed(case)
    seconds = _seconds(case.timings_ms.case / 1000)
    suite = Tree.SubElement(
        root,
        "testsuite",
        name=case.id,
        tests="1",
        failures=str(int(failed)),
        errors=str(int(open_)),
        skipped=str(int(excused)),
        time=seconds,
    )
    told = Tree.SubElement(suite, "properties")
    for name, value in (("run", report.run), ("rules", report.rules), *properties(case)):
        Tree.SubElement(told, "property", name=name, value=value)
    test = Tree.SubElement(
        suite,
        "testcase",
        classname=f"{NAME}.{case.surface}.{case.flow}",
        name=case.id.partition("/")[2].partition("/")[2] or case.id,
        time=seconds,
    )
    if failed or open_:
        ended = Tree.SubElement(
            test,
            "failure" if failed else "error",
            type=case.code or case.outcome,
            message=message(case),
        )
        ended.text = "\n\n".join(_told(one) for one in case.findings) or message(case)
    elif case.as_expected:
        # As pytest says it of a test that is expected to fail; why is beside it.
        Tree.SubElement(test, "skipped", message=f"failed as expected; {message(case)}").text = "\n\n".join(
            _told(one) for one in case.findings
        )
    elif case.on_retry:
        said = "flaky: passed on its retry only; before, a browser or its process broke down"
        Tree.SubElement(test, "skipped", message=said)
    elif case.findings:
        Tree.SubElement(test, "system-out").text = "\n\n".join(_told(one) for one in case.findings)


def properties(case: CaseResult) -> Iterator[tuple[str, str]]:
    """Yield the names and values of a case's axes, outcome, conditions, timings and findings."""
    for name in ("surface", "flow", "engine", "policy", "mode", "scenario", "connector", "fault"):
        if (value := getattr(case, name)) is not None:
            yield name, value
    yield "outcome", case.outcome
    yield "code", case.code or ""
    for name, value in case.conditions.model_dump(mode="json").items():
        yield f"condition.{name}", spelled(value)
    for name, value in case.timings_ms.model_dump().items():
        yield f"timing_ms.{name}", f"{value:g}"
    for number, one in enumerate(case.findings, 1):
        for name in ("code", "severity", "party", "role", "hop", "spec"):
            yield f"finding.{number}.{name}", line(str(getattr(one, name)))


def message(case: Diagnosed) -> str:
    """Return what a list of failures shows: the first failing hop, expected, observed, and the fix."""
    first = decided(case)
    if first is None:
        return f"the sign-in ended {case.outcome}"
    return _short(first)


def _short(one: Finding) -> str:
    return (
        f"{one.hop}: {one.code}; expected {line(one.expected)}; observed {line(one.observed)}; "
        f"{one.party}, {one.role}: {line(one.fix)}"
    )


def decided(case: Diagnosed) -> Finding | None:
    """Return the finding that decided a case, else its first error."""
    by_code = (one for one in case.findings if one.code == case.code)
    errors = (one for one in case.findings if one.severity == "error")
    return next(by_code, None) or next(errors, None)


def _excused(one: Finding) -> bool:
    return one.known is not None and not one.known.overdue


def _told(one: Finding) -> str:
    lines = (
        f"{one.severity}: {one.code} ({one.hop}; {one.spec})",
        f"expected: {line(one.expected)}",
        f"observed: {line(one.observed)}",
        f"fix: {one.party}, {one.role}: {line(one.fix)}",
        *((f"new: since rules {one.since}, which are not pinned",) if one.since is not None else ()),
        *((f"known: {line(known(one.known))}",) if one.known is not None else ()),
    )
    return "\n".join(lines)


def _broken(root: Tree.Element, one: Broken) -> None:
    counted = {"tests": "1", "failures": "0", "errors": "1", "skipped": "0", "time": "0.000"}
    suite = Tree.SubElement(root, "testsuite", {"name": one.id, **counted})
    test = Tree.SubElement(suite, "testcase", classname=f"{NAME}.broken", name=one.id, time="0.000")
    said = f"the harness itself broke, twice: {line(one.reason)}"
    Tree.SubElement(test, "error", type="harness.broken", message=said).text = said


def _unavailable(root: Tree.Element, number: int, one: Unavailable) -> None:
    name = f"{one.engine} {one.policy}" if one.policy else one.engine
    suite = Tree.SubElement(
        root,
        "testsuite",
        name=f"not available {number}: {name}",
        tests="1",
        failures="0",
        errors="0",
        skipped="1",
        time="0.000",
    )
    test = Tree.SubElement(suite, "testcase", classname=f"{NAME}.unavailable", name=name, time="0.000")
    # Some readers show the attribute, others the text.
    Tree.SubElement(test, "skipped", message=line(one.reason)).text = line(one.reason)


def _seconds(value: float) -> str:
    return f"{value:.3f}"
