"""Confirms causes: puts in place what would mend a finding and looks whether it is gone when run again."""

from __future__ import annotations

from harness.matrix import Case
from harness.overlays import overlay_for
from harness.report.model import CaseResult, Finding, Outcome
from harness.run import Harness
from harness.timeline import Timeline


def confirmed(harness: Harness, case: Case, result: CaseResult, timeline: Timeline) -> CaseResult:
    """Return a result whose findings say whether their cause was confirmed.

    A cause is confirmed when the finding is gone with the overlay in place, and the sign-in ends as it should
    where the finding was what ended it, else no worse than before: a case that broke off early has found
    less, and confirms nothing. What no overlay fits stays as it is.

    Args:
        harness: Where the case ran.
        case: The case.
        result: What it amounted to.
        timeline: What happened.
    """
    findings = tuple(_tried(harness, case, result, one, timeline) for one in result.findings)
    return result.model_copy(update={"findings": findings})


def _tried(harness: Harness, case: Case, result: CaseResult, finding: Finding, timeline: Timeline) -> Finding:
    overlay = overlay_for(finding, timeline)
    if overlay is None or (overlay.host and harness.config.brand is None):
        return finding
    with harness.beside(overlay) as other:
        again = other.run(case)
    gone = all(one.code != finding.code for one in again.findings)
    decided = result.code == finding.code
    good = {_wanted(case)} if decided else {_wanted(case), result.outcome}
    confirmed = gone and again.outcome in good - {"undetermined"}
    return finding.model_copy(update={"confirmed": confirmed, "overlay": overlay.does})


def _wanted(case: Case) -> Outcome:
    """Return how a case should end, whatever else is found in it."""
    stranger = case.scenario == "logged-out" and case.surface != "popup"
    return "not_authenticated" if stranger else "authenticated"
