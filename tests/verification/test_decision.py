"""How problems are weighed, and which of them is the reason."""

from __future__ import annotations

import pytest

from harness.config import MODES, Config, Mode
from harness.protocol.problem import Problem, Refusal, Severity
from harness.verification.decision import Decision, Engagement, Judged, Verdict


def decision(mode: Mode = "strict") -> Decision:
    """Return an empty decision for a window of the sample brand."""
    connector = Config().connector("implicit")
    return Decision(Engagement(surface="embedded", connector=connector, mode=mode), "flow-1")


def problem(code: str, severity: Severity | None = None) -> Problem:
    """Return a problem."""
    return Problem(code=code, expected="this", observed="that", severity=severity)


def weighed(decided: Decision) -> list[tuple[str, Severity]]:
    """Return the code and weight of every problem."""
    return [(judged.problem.code, judged.severity) for judged in decided.problems]


def test_a_decision_without_problems_has_no_reason() -> None:
    """Nothing found is nothing to refuse for."""
    assert (decision().problems, decision().reason) == ([], None)


@pytest.mark.parametrize(
    ("code", "own", "strict", "compat"),
    [
        ("claims.aud_missing", None, "error", "warning"),
        ("claims.iss_mismatch", None, "error", "error"),
        ("claims.sub_mutable", None, "warning", "warning"),
        ("authz.access_denied", None, "info", "info"),
        ("claims.sub_format", "error", "error", "error"),
        ("jwt.key_header_present", "info", "info", "info"),
    ],
)
def test_a_problem_weighs_what_its_mode_or_itself_says(
    code: str, own: Severity | None, strict: Severity, compat: Severity
) -> None:
    """The mode gives the weight, unless the problem brings its own."""
    for mode, severity in zip(MODES, (strict, compat), strict=True):
        decided = decision(mode)
        decided.add("step", problem(code, own))
        assert weighed(decided) == [(code, severity)]
        assert decided.reason == (code if severity == "error" else None)


def test_the_first_error_is_the_reason() -> None:
    """Warnings before it and errors after it do not change the reason."""
    decided = decision("compat")
    decided.add("aud", problem("claims.aud_missing"))
    decided.add("exp", problem("claims.expired"), problem("claims.iss_mismatch"))
    assert decided.reason == "claims.expired"


def test_what_ends_a_step_is_an_error_in_every_mode() -> None:
    """A refusal is an error even where its code is a warning, and its notes keep their weight."""
    decided = decision("compat")
    notes = (problem("jwks.refetch_limited"), problem("claims.nonce_missing"))
    decided.refuse("step", Refusal("claims.aud_missing", expected="", observed="", notes=notes))
    assert weighed(decided) == [
        ("claims.aud_missing", "error"),
        ("jwks.refetch_limited", "warning"),
        ("claims.nonce_missing", "warning"),
    ]
    assert decided.reason == "claims.aud_missing"


def test_a_judged_problem_goes_to_the_report_whole() -> None:
    """Step, code, weight, expectation and observation are what the report has."""
    judged = Judged(step="exp", problem=problem("claims.expired"), severity="error")
    assert judged.as_json() == {
        "step": "exp",
        "code": "claims.expired",
        "severity": "error",
        "expected": "this",
        "observed": "that",
    }


def test_a_verdict_does_not_show_its_claims() -> None:
    """What is known of the consumer stays out of logs."""
    verdict = Verdict(flow="flow-1", outcome="authenticated", code=None, claims={"sub": "alice"})
    assert "alice" not in repr(verdict)
