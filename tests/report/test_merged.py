"""Findings as their readers want them: alike ones once, by who must act, and what is first."""

from __future__ import annotations

from harness.matrix import Case
from harness.report.merged import actors, merged, troubles
from harness.report.model import ProbeResult, Readiness

from ..made import report, result, told

EMBEDDED, POPUP = Case(surface="embedded", flow="code"), Case(surface="popup", flow="code")


def expired(seconds: int) -> str:
    """Return what was observed."""
    return f"expired {seconds} s ago"


def test_findings_that_differ_in_numbers_only_are_one() -> None:
    """How long ago something expired is another every time."""
    cases = [
        result(case, told("claims.expired", observed=expired(at)))
        for at, case in enumerate((EMBEDDED, POPUP))
    ]
    (one,) = merged(report(*cases))

    assert "expired 0 s ago" == one.finding.observed
    assert ("embedded code", "popup code") == one.where


def test_findings_with_another_outcome_of_the_remedy_are_told_apart() -> None:
    """A cause is not called confirmed for another case."""
    cases = [result(EMBEDDED, told("claims.expired", confirmed=confirmed)) for confirmed in (True, None)]

    assert 2 == len(merged(report(*cases)))


def test_who_has_an_error_comes_before_who_has_a_warning() -> None:
    """And what was found before a login or by a probe is among it, with where."""
    warned = told("net.connect_failed", "warning")
    probe = ProbeResult(name="code-reuse", connector="acme", what="", findings=(told("idp.code_reusable"),))
    found = merged(report(result(EMBEDDED), preflight=(warned,), probes=(probe,)))

    assert ["identity administrator", "network administrator"] == [one.role for one in actors(found)]
    assert [("probe code-reuse",), ("before any login",)] == [one.where for one in found]


def test_one_trouble_of_several_surfaces_is_told_once() -> None:
    """What is known comes before what is only open."""
    cases = (
        result(EMBEDDED, told("claims.expired"), outcome="refused", code="claims.expired"),
        result(POPUP, told("claims.expired"), outcome="refused", code="claims.expired"),
        result(Case(surface="app", flow="code"), told("harness.target_forbidden"), outcome="undetermined"),
    )
    ready = (
        Readiness(surface="app", ready=None, code="harness.target_forbidden", sentence="app: open."),
        Readiness(surface="embedded", ready=False, code="claims.expired", sentence="embedded: no."),
        Readiness(surface="popup", ready=False, code="claims.expired", sentence="popup: no."),
    )

    assert [
        (True, ("embedded", "popup"), "claims.expired"),
        (False, ("app",), "harness.target_forbidden"),
    ] == [(one.known, one.surfaces, one.merged.finding.code) for one in troubles(report(*cases), ready)]
