"""What passes or fails in a run: its cases, and beside them the preflight and the probes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.history.model import Standing, standing
from harness.report.model import CaseResult, Finding, Report

PREFLIGHT = "preflight"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Something that passes or fails.

    Attributes:
        standing: What it amounts to.
        codes: Why it does not pass.
        said: All of it in words.
        attempts: The results of a case; none for what is no case.
    """

    standing: Standing
    codes: frozenset[str]
    said: str
    attempts: tuple[CaseResult, ...] = ()


def subjects_of(report: Report) -> Mapping[str, Subject]:
    """Return what passes or fails in a run, by name: the cases by their ids."""
    cases: dict[str, list[CaseResult]] = {}
    for case in report.cases:
        cases.setdefault(case.id, []).append(case)
    found = {name: _of_attempts(tuple(attempts)) for name, attempts in cases.items()}
    if report.preflight:
        found[PREFLIGHT] = _of_findings(report.preflight)
    for probe in report.probes:
        if probe.reason is None:
            found[f"probe {probe.name}"] = _of_findings(probe.findings)
    return found


def _of_attempts(attempts: tuple[CaseResult, ...]) -> Subject:
    wrong = tuple(one for one in attempts if not one.passed)
    came_to = standing(attempts)
    passed = len(attempts) - len(wrong)
    words = f"passed {passed} of {len(attempts)} times" if came_to == "flaky" else _words(wrong or attempts)
    if any(one.flaky for one in attempts):
        words = "passed on its retry only" if attempts[0].on_retry else "passed in some rounds only"
    return Subject(
        standing=came_to,
        codes=frozenset(code for one in wrong for code in _codes(one)),
        said=words,
        attempts=attempts,
    )


def _codes(case: CaseResult) -> Iterable[str]:
    errors = tuple(one.code for one in case.findings if one.severity == "error")
    return (case.code, *errors) if case.code else errors


def _words(attempts: tuple[CaseResult, ...]) -> str:
    last = attempts[-1]
    codes = () if last.passed else tuple(dict.fromkeys(_codes(last)))
    return ", ".join((last.outcome, *codes))


def _of_findings(findings: tuple[Finding, ...]) -> Subject:
    errors = tuple(dict.fromkeys(one.code for one in findings if one.severity == "error"))
    return Subject(
        standing="failed" if errors else "passed",
        codes=frozenset(errors),
        said=", ".join(errors) if errors else "nothing wrong",
    )
