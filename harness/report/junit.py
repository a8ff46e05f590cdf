"""The report as JUnit XML, for the readers of Jenkins, GitLab and GitHub.

Each case is a test suite of its own with one test, because the schema has properties for suites only. What
stayed undetermined is an error, which no reader counts as passed; what cannot run here is skipped.

Source: ``junit-10.xsd`` of Jenkins' xUnit plugin.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree as Tree

from harness.report.model import CaseResult, Finding, Report, Unavailable
from harness.report.plain import cleaned, line, spelled

NAME = "harness"


def render(report: Report) -> str:
    """Return the document."""
    report = cleaned(report)
    summary = report.summary
    root = Tree.Element(
        "testsuites",
        name=NAME,
        tests=str(summary.cases + len(report.unavailable)),
        failures=str(summary.failed),
        errors=str(summary.undetermined),
        time=_seconds(summary.seconds),
    )
    for case in report.cases:
        _case(root, case, report)
    for number, one in enumerate(report.unavailable, 1):
        _unavailable(root, number, one)
    Tree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Tree.tostring(root, encoding="unicode") + "\n"


def _case(root: Tree.Element, case: CaseResult, report: Report) -> None:
    open_ = case.outcome == "undetermined"
    failed = not case.passed and not open_
    seconds = _seconds(case.timings_ms.case / 1000)
    suite = Tree.SubElement(
        root,
        "testsuite",
        name=case.id,
        tests="1",
        failures=str(int(failed)),
        errors=str(int(open_)),
        skipped="0",
        time=seconds,
    )
    properties = Tree.SubElement(suite, "properties")
    for name, value in _properties(case, report):
        Tree.SubElement(properties, "property", name=name, value=value)
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
            message=_message(case),
        )
        ended.text = "\n\n".join(_told(one) for one in case.findings) or _message(case)
    elif case.findings:
        Tree.SubElement(test, "system-out").text = "\n\n".join(_told(one) for one in case.findings)


def _properties(case: CaseResult, report: Report) -> Iterator[tuple[str, str]]:
    yield "run", report.run
    yield "rules", report.rules
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


def _message(case: CaseResult) -> str:
    """Return what a list of failures shows: the first failing hop, expected, observed, and the fix."""
    first = decided(case)
    if first is None:
        return f"the sign-in ended {case.outcome}"
    return (
        f"{first.hop}: {first.code}; expected {line(first.expected)}; observed {line(first.observed)}; "
        f"{first.party}, {first.role}: {line(first.fix)}"
    )


def decided(case: CaseResult) -> Finding | None:
    """Return the finding that decided a case, else its first error."""
    by_code = (one for one in case.findings if one.code == case.code)
    errors = (one for one in case.findings if one.severity == "error")
    return next(by_code, None) or next(errors, None)


def _told(one: Finding) -> str:
    lines = (
        f"{one.severity}: {one.code} ({one.hop}; {one.spec})",
        f"expected: {line(one.expected)}",
        f"observed: {line(one.observed)}",
        f"fix: {one.party}, {one.role}: {line(one.fix)}",
    )
    return "\n".join(lines)


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
