"""Results made by hand, for what is said of them."""

from __future__ import annotations

from typing import Any

from harness.checks.found import Found, finding
from harness.matrix import Case
from harness.report.model import CaseResult, Conditions, Finding, Report, Timings, summarise

CONDITIONS = Conditions(
    third_party_cookies="allowed",
    partitioning=True,
    popup_blocker=True,
    engine_version="Chromium 140, headless",
    tls_trust="this run's authority",
)


def told(code: str, severity: Any = "error", **changes: Any) -> Finding:
    """Return a finding of a code, as the catalogue has it."""
    found = Found(code=code, severity=severity, expected="this", observed="that")
    return finding(found).model_copy(update=changes)


def result(case: Case | None = None, *findings: Finding, **changes: Any) -> CaseResult:
    """Return the result of a case: authenticated, unless a change says otherwise."""
    case = case or Case(surface="embedded", flow="code-pkce")
    outcome = changes.get("outcome", "authenticated")
    severe = any(one.severity == "error" for one in findings)
    values = {
        **vars(case),
        "id": case.id,
        "outcome": outcome,
        "code": None,
        "passed": outcome == "authenticated" and not severe,
        "conditions": CONDITIONS,
        "findings": findings,
        "timings_ms": Timings(),
    }
    return CaseResult.model_validate({**values, **changes})


def report(*cases: CaseResult, **changes: Any) -> Report:
    """Return the report of a run that took a second and a half."""
    return Report(run="1", summary=summarise(cases, 1.5), cases=cases, **changes)
