"""What a function's code can come to say."""

from __future__ import annotations

from harness.catalogue.codes import codes
from harness.checks import judgement
from harness.checks.exchange import refine
from harness.checks.obstacles import check_csp
from harness.checks.probing import READ
from harness.history.reach import words
from harness.verification import pipeline


def test_a_check_names_its_code_and_its_events() -> None:
    """Those that its helpers in other modules use as well."""
    found = words(check_csp)

    assert {"browser.csp_blocked", "policy.violated", "response.received"} <= found
    assert {"browser.csp_blocked"} == found & codes().keys()


def test_a_code_that_a_table_holds_is_found() -> None:
    """As of a refiner that looks one up."""
    assert {"token.code_reused", "pkce.method_missing"} <= words(refine)


def test_a_code_that_a_check_was_made_with_is_found() -> None:
    """As of one that is made for a row."""
    (check,) = READ["plain-challenge"]

    assert {"idp.pkce_plain"} == words(check) & codes().keys()


def test_every_check_of_a_timeline_can_find_something() -> None:
    """Only what hands on what others found has no code of its own."""
    mute = {one.__name__ for one in judgement.CHECKS if not words(one) & codes().keys()}

    assert {"check_verdict", "check_not_logged_in", "check_refused"} == mute


def test_the_steps_of_the_verification_name_their_codes() -> None:
    """Between them nearly all that can be wrong with a token."""
    found = frozenset().union(*(words(step) for step in pipeline.STEPS)) & codes().keys()

    assert {"claims.expired", "claims.aud_mismatch", "jwt.alg_none", "jwe.required"} <= found
