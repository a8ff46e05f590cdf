"""What a test says of its cases: properties for JUnit XML, and words for whoever reads that it failed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.report import junit, text
from harness.report.model import CaseResult
from harness.report.text import Diagnosed
from harness.suite.leaving import Leaving

NAME = "harness"
"""What a section of a failed test, and the properties of a case, are called."""


def properties(result: CaseResult, *, number: int) -> Iterator[tuple[str, str]]:
    """Yield what JUnit XML shows beside a test.

    Args:
        result: The case.
        number: Which of the test's cases it is, from 1; names of further ones say so.
    """
    prefix = NAME if number == 1 else f"{NAME}.{number}"
    yield prefix, result.id
    yield from ((f"{prefix}.{name}", value) for name, value in junit.properties(result))


def headline(opened: Diagnosed) -> str:
    """Return one line: what failed first, where, who must act and how."""
    return junit.message(opened)


def diagnosed(report: pytest.TestReport, leaving: Leaving, *, started_in: Path) -> None:
    """Put the diagnosis of a failed test's cases into its report, and where theirs is.

    What a list of failures shows of it begins with the first case that did not end well, unless a fault was
    asked for.

    Args:
        report: The test's report.
        leaving: What the test leaves.
        started_in: Where pytest was started.
    """
    told = [text.diagnosis(one.case.id, one.judgement) for one in leaving.opened]
    if leaving.report is not None:
        told.append(f"report: {shown(leaving.report, started_in)}")
    report.sections.append((NAME, "\n\n".join(told)))
    bad = next((one for one in leaving.opened if not one.passed and one.case.fault is None), None)
    crash = getattr(report.longrepr, "reprcrash", None)
    if bad is not None and crash is not None and headline(bad) not in crash.message:
        crash.message = f"{headline(bad)}\n{crash.message}"


def shown(path: Path, started_in: Path) -> str:
    """Return a path from where pytest was started, or whole where it is elsewhere."""
    return str(path.relative_to(started_in)) if path.is_relative_to(started_in) else str(path)
