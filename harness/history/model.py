"""What is known of an earlier run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from harness.report.model import CaseResult, Report, Result, Summary

Verdict = Literal["passed", "failed", "undetermined", "nothing ran"]
Standing = Literal["passed", "failed", "flaky", "undetermined"]
"""What a case amounts to in one run, all attempts together."""


class Check(Result):
    """A check that ran.

    Attributes:
        name: The function that it is, by its module: it stays the same whatever was found.
        codes: What it can find.
        reads: Which of the events that every sign-in has it looks at.
    """

    name: str
    codes: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()


class About(Result):
    """What is kept of a run beside its report.

    Attributes:
        command: The command line, without secrets.
        checks: What was looked for, whether it was found or not.
        seen: For each case which of the events that every sign-in has were recorded.
    """

    command: str
    checks: tuple[Check, ...] = ()
    seen: Mapping[str, tuple[str, ...]] = {}


class RunHead(Result):
    """A run in a list.

    Attributes:
        id: Its name.
        at: When it began, in seconds since the epoch.
        series: Only runs of one series are like each other: the same subject, narrowed in the same way.
        title: What was checked, and how that was narrowed.
        verdict: How it ended.
        harness: The version of the harness.
        rules: The set of checks.
    """

    id: str
    at: float
    series: str
    title: str
    verdict: Verdict
    harness: str
    rules: str
    summary: Summary


class KeptRun(RunHead):
    """A run with all that is kept of it."""

    about: About
    report: Report

    @property
    def engines(self) -> tuple[str, ...]:
        """The versions of the engines that it ran in."""
        return tuple(sorted({case.conditions.engine_version for case in self.report.cases}))

    def as_json(self) -> str:
        """Return the run as indented JSON, its report with the field names that are fixed."""
        values = self.model_dump(mode="json", exclude={"report", "about"})
        about = {**self.about.model_dump(mode="json"), "engines": self.engines}
        return json.dumps(
            {"schema": 1, **values, **about, "report": json.loads(self.report.as_json())}, indent=2
        )


class Attempt(Result):
    """One attempt at a case in an earlier run: what is needed for trends."""

    case_id: str
    outcome: str
    code: str | None
    passed: bool
    login: float
    flow_in_page: float
    whole: float

    @classmethod
    def all_of(cls, case: CaseResult) -> tuple[Attempt, ...]:
        """Return what is kept of a case for trends: of a flaky one an attempt that passed, and one not."""
        one = cls.of(case)
        return (one, one.model_copy(update={"passed": True})) if case.flaky else (one,)

    @classmethod
    def of(cls, case: CaseResult) -> Attempt:
        """Return what is kept of a case that was tried once."""
        timings = case.timings_ms
        return cls(
            case_id=case.id,
            outcome=case.outcome,
            code=case.code,
            passed=case.passed,
            login=timings.login,
            flow_in_page=timings.flow_in_page,
            whole=timings.case,
        )


class Trail(Result):
    """One earlier run, as trends see it."""

    head: RunHead
    attempts: tuple[Attempt, ...]

    def standings(self) -> Mapping[str, Standing]:
        """Return what each case amounted to."""
        found: dict[str, list[Attempt]] = {}
        for one in self.attempts:
            found.setdefault(one.case_id, []).append(one)
        return {name: standing(attempts) for name, attempts in found.items()}


def standing(attempts: Iterable[Any]) -> Standing:
    """Return what attempts at a case amount to: one that passed now and then is flaky, never passed.

    Args:
        attempts: Anything with ``passed`` and ``outcome``, at least one.
    """
    attempts = tuple(attempts)
    if any(getattr(one, "flaky", False) for one in attempts):
        return "flaky"
    passed = sum(one.passed for one in attempts)
    if passed == len(attempts):
        return "passed"
    if passed:
        return "flaky"
    return "undetermined" if all(one.outcome == "undetermined" for one in attempts) else "failed"


def verdict(report: Report) -> Verdict:
    """Return how a run ended, as its exit code says it."""
    if not report.cases:
        return "nothing ran"
    if report.failed:
        return "failed"
    return "undetermined" if report.summary.undetermined else "passed"
