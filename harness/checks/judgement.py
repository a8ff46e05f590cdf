"""The judgement of one case: outcome, code and findings, from the timeline alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from harness.catalogue.codes import codes
from harness.checks.authorization_server import (
    check_challenge,
    check_fresh,
    check_probes,
    check_unknown_client,
)
from harness.checks.exchange import refine
from harness.checks.found import Found
from harness.checks.profiles import check_collision, check_logout
from harness.checks.verdict import check_backend, check_not_logged_in, check_verdict
from harness.report.model import Finding, Outcome
from harness.timeline import Timeline

Check = Callable[[Timeline], Iterator[Found]]

CHECKS: tuple[Check, ...] = (
    check_verdict,
    check_not_logged_in,
    check_unknown_client,
    check_probes,
    check_challenge,
    check_fresh,
    check_collision,
    check_logout,
)


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What a timeline amounts to."""

    outcome: Outcome
    code: str | None
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """Whether the consumer was signed in and nothing of severity error was found."""
        return self.outcome == "authenticated" and not any(f.severity == "error" for f in self.findings)


def judge(timeline: Timeline) -> Judgement:
    """Judge a case: no browser, no clock, no knowledge of what may have been broken on purpose."""
    if failures := tuple(check_backend(timeline)):
        # Whatever else is on the timeline may only follow from it.
        return Judgement(outcome="undetermined", code=None, findings=tuple(_finding(one) for one in failures))
    verdicts = timeline.of("verdict")
    if not verdicts:
        return Judgement(outcome="undetermined", code=None, findings=())
    last = verdicts[-1]
    outcome: Outcome = last.data["outcome"]
    found = tuple(_exact(one, timeline) for check in CHECKS for one in check(timeline))
    code = last.data["code"]
    better = refine(code, timeline) if code else None
    if outcome == "authenticated":
        code = None
    elif better:
        # A request that was refused for its own defect is no consumer who is not signed in.
        code, outcome = better.code, "refused"
    return Judgement(outcome=outcome, code=code, findings=tuple(_finding(one) for one in found))


def _exact(found: Found, timeline: Timeline) -> Found:
    better = refine(found.code, timeline)
    if better is None:
        return found
    return replace(found, **vars(better), severity="error")


def _finding(found: Found) -> Finding:
    known = codes()[found.code]
    return Finding(
        code=found.code,
        severity=found.severity,
        party=known.party,
        role=known.role,
        hop=known.hop,
        spec=known.spec,
        expected=found.expected,
        observed=found.observed,
        fix=found.fix or known.fix,
    )
