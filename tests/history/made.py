"""Runs made by hand, kept as a finished one is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.config import Config
from harness.history import KeptRun, kept_run
from harness.history.inventory import MILESTONES
from harness.history.model import Attempt, Trail
from harness.matrix import Case
from harness.report.model import CaseResult, Timings
from tests.made import report, result

EMBEDDED = Case(surface="embedded", flow="code-pkce")
POPUP = Case(surface="popup", flow="code-pkce")
SUBJECT = "sample brand"
NOON = 1_795_176_000.0
"""2026-11-20T12:00:00Z."""

_ids: Iterator[int] = iter(range(1, 1_000_000))


def run(*cases: CaseResult, **more: Any) -> KeptRun:
    """Return a kept run of the sample brand with a name of its own.

    Args:
        cases: Its results; one good sign-in when left out.
        more: Arguments of ``kept_run``; ``name`` is the run's name, and ``said`` changes its report.
    """
    cases = cases or (result(EMBEDDED),)
    number = next(_ids)
    changes = {"run": more.pop("name", f"{number:012x}"), **more.pop("said", {})}
    values = {
        "at": NOON + number,
        "subject": SUBJECT,
        "seen": {one.id: MILESTONES for one in cases},
        **more,
    }
    config = values.pop("config", Config())
    return kept_run(config, report(*cases).model_copy(update=changes), **values)


def refused(case: Case, code: str = "claims.expired") -> CaseResult:
    """Return a sign-in that was refused."""
    return result(case, outcome="refused", code=code)


def undetermined(case: Case) -> CaseResult:
    """Return a case that came to no result."""
    return result(case, outcome="undetermined")


def timed(case: Case, milliseconds: float, **changes: Any) -> CaseResult:
    """Return a good sign-in that took so long in the page, and twice that as a whole."""
    timings = Timings(flow_in_page=milliseconds, case=2 * milliseconds)
    return result(case, timings_ms=timings, **changes)


def trail(one: KeptRun) -> Trail:
    """Return a run as trends see it."""
    return Trail(head=one, attempts=tuple(Attempt.of(case) for case in one.report.cases))
