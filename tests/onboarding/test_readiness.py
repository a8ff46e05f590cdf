"""Of each surface one sentence: ready or not, where it first fails, who must act."""

from __future__ import annotations

import pytest

from harness.config import Surface
from harness.matrix import Case
from harness.onboarding.readiness import readiness
from harness.report.model import CaseResult, Readiness

from ..made import result, told

POPUP = Case(surface="popup", flow="code-pkce")
MISMATCH = told("claims.iss_mismatch")


def refused(code: str = "claims.iss_mismatch", case: Case | None = None) -> CaseResult:
    """Return a case that was refused for a code."""
    return result(case, told("idp.framable"), told(code), outcome="refused", code=code)


def said(
    *cases: CaseResult, expected: tuple[Readiness, ...] = (), asked: tuple[Surface, ...] = ("embedded",)
) -> Readiness:
    """Return what is said of the only surface."""
    (one,) = readiness(asked, cases, expected)
    return one


def test_a_surface_whose_cases_passed_is_ready() -> None:
    """With how many there were; a warning does not weigh."""
    one = said(result(), result(None, told("claims.aud_missing", "warning"), passed=True))

    assert (True, "embedded: ready; 2 of 2 cases passed.") == (one.ready, one.sentence)


def test_what_the_platform_does_not_document_is_never_plainly_ready() -> None:
    """The sentence says so, and what to do before going live."""
    before = Readiness(
        surface="embedded", ready=True, code="platform.undocumented", sentence="embedded: ready"
    )
    one = said(result(), expected=(before,))

    assert (True, "platform.undocumented") == (one.ready, one.code)
    assert "does not document" in one.sentence


def test_a_surface_that_fails_names_the_hop_and_who_must_act() -> None:
    """By the finding that decided the first failing case, not by the first of all findings."""
    one = said(result(), refused())

    assert (False, "claims.iss_mismatch", MISMATCH.hop, MISMATCH.role) == (
        one.ready,
        one.code,
        one.hop,
        one.role,
    )
    assert (
        f"embedded: not ready; 1 of 2 cases failed, first at the {MISMATCH.hop} (claims.iss_mismatch). "
        f"The {MISMATCH.role} ({MISMATCH.party}) must act."
    ) == one.sentence


def test_a_sign_in_with_an_error_is_not_ready() -> None:
    """It worked, and somebody must act all the same."""
    one = said(result(None, told("idp.framable")))

    assert (False, "idp.framable") == (one.ready, one.code)


def test_a_failure_without_a_finding_says_how_it_ended() -> None:
    """Nobody is blamed then."""
    one = said(result(outcome="refused"))

    assert (False, None, "embedded: not ready; a sign-in ended refused.") == (
        one.ready,
        one.code,
        one.sentence,
    )


@pytest.mark.parametrize(
    ("case", "why"),
    [
        (
            result(
                None, told("harness.page_elsewhere"), outcome="undetermined", code="harness.page_elsewhere"
            ),
            "harness.page_elsewhere: that",
        ),
        (result(outcome="undetermined"), "the case ended without a verdict"),
    ],
)
def test_what_stayed_open_is_not_blamed_on_anybody(case: CaseResult, why: str) -> None:
    """It says what kept the case from its end, also where another case passed."""
    one = said(result(), case)

    assert (None, f"embedded: cannot be told; {why}.") == (one.ready, one.sentence)


def test_what_fails_outweighs_what_stayed_open() -> None:
    """A surface with one failing case is not ready, whatever the others may have shown."""
    assert said(result(outcome="undetermined"), refused()).ready is False


BROKEN = Readiness(surface="embedded", ready=False, sentence="embedded: not ready; first net.dns_failed")
EXPECTED = Readiness(surface="embedded", ready=True, sentence="embedded: ready, as far as can be known")


def test_what_preflight_found_counts_for_its_own_surface_only() -> None:
    """Where the cases did not fail themselves."""
    embedded, popup = readiness(("popup", "embedded"), (result(), result(POPUP)), (BROKEN,))

    assert (BROKEN, True) == (embedded, popup.ready)
    assert said(result(outcome="undetermined"), expected=(BROKEN,)) == BROKEN
    assert said(refused(), expected=(BROKEN,)).code == "claims.iss_mismatch"


def test_a_weakness_that_a_probe_found_counts_where_the_cases_passed() -> None:
    """For every surface, by its first error; a warning does not weigh."""
    warning, weakness = told("idp.pkce_plain", "warning"), told("idp.code_reusable")
    embedded, popup = readiness(
        ("popup", "embedded"), (result(), refused(case=POPUP)), (), (warning, weakness)
    )
    (warned,) = readiness(("embedded",), (result(),), (), (warning,))

    assert (False, "idp.code_reusable") == (embedded.ready, embedded.code)
    assert "embedded: not ready; a probe found a weakness, first at the token endpoint" in embedded.sentence
    assert ("claims.iss_mismatch", True) == (popup.code, warned.ready)


def test_what_preflight_expects_is_no_proof() -> None:
    """Only a sign-in shows that a surface is ready."""
    assert said(result(outcome="undetermined"), expected=(EXPECTED,)).ready is None


def test_a_surface_none_of_whose_cases_can_run_has_its_sentence_too() -> None:
    """It was asked for, so that its absence would read as ready; the order is that of the surfaces."""
    embedded, popup = readiness(("popup", "embedded"), (result(POPUP),), ())

    assert ("embedded", None, "popup") == (embedded.surface, embedded.ready, popup.surface)
    assert "embedded: cannot be told; none of its cases can run here." == embedded.sentence
    assert BROKEN == said(expected=(BROKEN,))


def test_what_is_not_asked_for_has_no_sentence() -> None:
    """Whatever preflight knows of it."""
    assert () == readiness((), (), (BROKEN,))
