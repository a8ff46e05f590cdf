"""The judgement of a case: its outcome, its code and its findings, from the timeline alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from harness.catalogue.codes import codes
from harness.checks import judge

if TYPE_CHECKING:
    from tests.checks.conftest import Happened, Told

Verdict = Callable[..., "Told"]


def problem(code: str, severity: str = "error") -> dict[str, str]:
    """Return a problem of a verdict."""
    return {"step": "any", "code": code, "severity": severity, "expected": "this", "observed": "that"}


@pytest.fixture
def refused(verdict: Verdict) -> Told:
    """The refusal of an expired token."""
    return verdict(
        outcome="refused", code="claims.expired", profile=None, problems=[problem("claims.expired")]
    )


def test_nothing_that_was_decided_is_undetermined(happened: Happened) -> None:
    """A case without a verdict stays open."""
    judgement = judge(happened(("platform", "call.opened", {})))

    assert ("undetermined", None, ()) == (judgement.outcome, judgement.code, judgement.findings)
    assert not judgement.passed


def test_a_signed_in_consumer_passes(happened: Happened, verdict: Verdict) -> None:
    """Nothing was found."""
    judgement = judge(happened(verdict()))

    assert ("authenticated", None, ()) == (judgement.outcome, judgement.code, judgement.findings)
    assert judgement.passed


def test_the_last_verdict_is_the_outcome_and_every_problem_is_found(
    happened: Happened, verdict: Verdict, refused: Told
) -> None:
    """What was refused before is still said, in the order in which it happened."""
    judgement = judge(happened(refused, verdict(problems=[problem("claims.email_unverified", "warning")])))

    assert ("authenticated", None) == (judgement.outcome, judgement.code)
    assert ["claims.expired", "claims.email_unverified"] == [one.code for one in judgement.findings]
    assert not judgement.passed


def test_a_warning_alone_passes(happened: Happened, verdict: Verdict) -> None:
    """It refuses nobody."""
    warned = verdict(problems=[problem("claims.email_unverified", "warning")])

    assert judge(happened(warned)).passed


def test_a_finding_says_who_must_change_what(happened: Happened, refused: Told) -> None:
    """Party, role, hop, specification and advice are the catalogue's."""
    (found,) = judge(happened(refused)).findings
    known = codes()["claims.expired"]

    assert (known.party, known.role, known.hop, known.spec, known.fix) == (
        found.party,
        found.role,
        found.hop,
        found.spec,
        found.fix,
    )
    assert ("this", "that", "error") == (found.expected, found.observed, found.severity)


def test_nobody_logged_in_is_worth_a_word(happened: Happened, verdict: Verdict) -> None:
    """It is no error, and no success."""
    guest = verdict(outcome="not_authenticated", code="sdk.brand_reported_error", profile=None)
    judgement = judge(happened(guest))

    assert ("not_authenticated", "sdk.brand_reported_error") == (judgement.outcome, judgement.code)
    assert [("sdk.brand_reported_error", "info")] == [(one.code, one.severity) for one in judgement.findings]
    assert not judgement.passed


def test_a_request_that_was_refused_for_its_own_defect_is_a_refusal(
    happened: Happened, verdict: Verdict
) -> None:
    """Nobody was asked to log in."""
    asked: Told = ("platform", "authorization.requested", {"state": "s1"})
    not_accepted = {"reason": "code_challenge", "shown": False, "state": "s1"}
    guest = verdict(outcome="not_authenticated", code="authz.invalid_request", profile=None)
    judgement = judge(happened(asked, ("idp", "authorization.refused", not_accepted), guest))

    assert ("refused", "pkce.challenge_invalid") == (judgement.outcome, judgement.code)
    assert [("pkce.challenge_invalid", "error")] == [(one.code, one.severity) for one in judgement.findings]


def test_a_backend_that_failed_leaves_the_case_open(happened: Happened, verdict: Verdict) -> None:
    """Whatever else is on the timeline may only follow from that."""
    failed = {"operation": "openCall", "expected": "status 200", "observed": "status 503"}
    judgement = judge(happened(("platform", "backend.failed", failed), verdict(profile=None)))

    assert ("undetermined", None) == (judgement.outcome, judgement.code)
    assert ["platform.backend_failed"] == [one.code for one in judgement.findings]


def test_every_check_is_asked(happened: Happened, verdict: Verdict) -> None:
    """What the probes, the logouts and the profiles show is among the findings of a case that passed."""
    request: dict[str, Any] = {"reason": "client", "shown": True, "state": "s1"}
    judgement = judge(
        happened(
            ("idp", "authorization.refused", request),
            ("idp", "authorization.response", {"state": "s1"}),
            (
                "harness",
                "probe.answered",
                {"probe": "authorize-post", "host": "login.brand.test", "seen": {"status": 405}},
            ),
            ("harness", "probe.answered", {"probe": "fresh_context", "credential": "c1"}),
            ("idp", "code.issued", {"credential": "c1", "challenged": False}),
            ("platform", "credential.received", {"credential": "c1", "challenged": True}),
            (
                "idp",
                "logout",
                {"issuer": "https://login.brand.test", "subject": "a1ice0", "auth_time": 1_000},
            ),
            verdict(),
            verdict(issuer="https://idp.test"),
        )
    )

    assert {
        "idp.redirects_unknown_client",
        "idp.authorize_post",
        "brand.token_static",
        "pkce.challenge_not_bound",
        "platform.issuer_collision",
        "claims.auth_time_before_logout",
    } == {one.code for one in judgement.findings}
    assert "authenticated" == judgement.outcome
