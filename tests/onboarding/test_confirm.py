"""A cause is confirmed by its overlay: the finding is gone and the sign-in ends as it should."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import cast

import pytest

from harness.config import Scenario
from harness.matrix import Case
from harness.onboarding.confirm import confirmed
from harness.overlays import Overlay
from harness.report.model import CaseResult, Finding, Outcome
from harness.run import Harness
from harness.timeline import Event, Timeline

from ..made import result, told

OPENED = {
    "sites": {"brand": "https://www.acme.example", "idp": "https://login.acme.example"},
    "authorization_endpoint": "https://login.acme.example/authorize",
    "method": "auth.getToken",
    "callback_deadline": 7,
}
TIMELINE = Timeline((Event(seq=1, at=1.0, source="harness", type="case.started", flow=None, data=OPENED),))
CASE = Case(surface="embedded", flow="code-pkce")
TIMEOUT, REPEATED, FRAMABLE = (
    told("sdk.callback_timeout"),
    told("sdk.callback_repeated", "warning"),
    told("idp.framable"),
)


class Beside:
    """What stands for a harness: runs every case to one result, and remembers what was put in place."""

    def __init__(self, again: CaseResult, *, own: bool = True) -> None:
        self.config = SimpleNamespace(brand=object() if own else None)
        self.again = again
        self.overlays: list[Overlay] = []

    @contextlib.contextmanager
    def beside(self, overlay: Overlay) -> Iterator[Beside]:
        """Put an overlay in place."""
        self.overlays.append(overlay)
        yield self

    def run(self, case: Case) -> CaseResult:
        """Run a case again."""
        return self.again


def tried(before: CaseResult, harness: Beside, case: Case = CASE) -> list[tuple[str, bool | None]]:
    """Return what is said of the cause of each finding."""
    after = confirmed(cast("Harness", harness), case, before, TIMELINE)
    assert (before.outcome, before.code, before.passed) == (after.outcome, after.code, after.passed)
    return [(one.code, one.confirmed) for one in after.findings]


def refused(*findings: Finding) -> CaseResult:
    """Return a case that was refused because the page method did not answer."""
    return result(CASE, *findings, outcome="refused", code="sdk.callback_timeout")


def test_a_finding_that_is_gone_where_the_sign_in_works_has_its_cause_confirmed() -> None:
    """And what was put in place is said."""
    harness = Beside(result(CASE))
    after = confirmed(cast("Harness", harness), CASE, refused(TIMEOUT), TIMELINE)

    ((finding,), (overlay,)) = after.findings, harness.overlays
    assert (True, overlay.does) == (finding.confirmed, finding.overlay)
    assert "answers-anyway" == overlay.script


@pytest.mark.parametrize(
    "again",
    [
        refused(TIMEOUT),
        result(CASE, told("claims.expired"), outcome="refused", code="claims.expired"),
        result(CASE, outcome="not_authenticated"),
        result(CASE, outcome="undetermined"),
    ],
    ids=["still there", "another refusal", "nobody signed in", "left open"],
)
def test_what_ended_the_sign_in_is_confirmed_by_a_sign_in_only(again: CaseResult) -> None:
    """That the finding is gone is not enough."""
    assert [("sdk.callback_timeout", False)] == tried(refused(TIMEOUT), Beside(again))


def test_another_mistake_does_not_hide_that_a_cause_was_the_right_one() -> None:
    """The sign-in ends as it should, and is held for not passing for a reason of its own."""
    again = result(CASE, FRAMABLE)
    assert not again.passed

    assert [("sdk.callback_timeout", True), ("idp.framable", False)] == tried(
        refused(TIMEOUT, FRAMABLE), Beside(again)
    )


@pytest.mark.parametrize(
    ("outcome", "sure"), [("authenticated", True), ("refused", True), ("undetermined", False)]
)
def test_what_decided_nothing_is_confirmed_where_the_case_ends_no_worse(outcome: Outcome, sure: bool) -> None:
    """A case that broke off, as behind a host that was not reached, has found less and shows nothing."""
    before = result(CASE, REPEATED, told("claims.expired"), outcome="refused", code="claims.expired")
    again = result(CASE, told("claims.expired"), outcome=outcome)

    assert [("sdk.callback_repeated", sure), ("claims.expired", None)] == tried(before, Beside(again))


def test_a_case_that_was_left_open_confirms_nothing_by_staying_so() -> None:
    """Neither before nor after did anybody see how it ends."""
    before = result(CASE, REPEATED, outcome="undetermined")

    assert [("sdk.callback_repeated", False)] == tried(before, Beside(result(CASE, outcome="undetermined")))


@pytest.mark.parametrize(("scenario", "sure"), [("logged-out", True), ("sign-in", False)])
def test_a_stranger_should_get_nothing(scenario: Scenario, sure: bool) -> None:
    """Ending without a sign-in is the good end there."""
    case = Case(surface="embedded", flow="code-pkce", scenario=scenario)

    assert [("sdk.callback_timeout", sure)] == tried(
        refused(TIMEOUT), Beside(result(case, outcome="not_authenticated")), case
    )


def test_what_no_overlay_fits_is_not_tried() -> None:
    """Nothing is said of its cause; nor is a host of the sample brand's ever stood before."""
    harness = Beside(result(CASE))
    assert [("claims.expired", None)] == tried(result(CASE, told("claims.expired")), harness)
    sample = Beside(result(CASE), own=False)
    assert [("idp.framable", None)] == tried(result(CASE, FRAMABLE), sample)

    assert [] == harness.overlays + sample.overlays
