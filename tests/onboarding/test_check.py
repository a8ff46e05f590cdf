"""A whole check: what was learned first bears on every result, and each surface gets its sentence."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.matrix import Case
from harness.onboarding import check as checking
from harness.onboarding import onboard
from harness.onboarding.learning import Learned
from harness.own_brand import Probes
from harness.report.model import CaseResult, Report
from harness.run import Harness
from harness.timeline import Timeline

from ..made import report, result, told

EMBEDDED, POPUP = (
    Case(surface="embedded", flow="code-pkce"),
    Case(surface="popup", flow="code-pkce"),
)


class Checking:
    """What stands for a harness: each case ends as a test says, what has no end cannot run."""

    def __init__(self, *ends: CaseResult, own: bool = True) -> None:
        self.config = SimpleNamespace(brand=object() if own else None, probes=Probes())
        self.ends = {one.id: one for one in ends}
        self.strangers: tuple[str, ...] = ()

    def check(
        self,
        rows: tuple[Case, ...],
        *,
        finish: Callable[[Case, CaseResult, Timeline], CaseResult],
        **_: Any,
    ) -> Report:
        """Run cases."""
        known = [case for case in rows if case.id in self.ends]
        return report(*(finish(case, self.ends[case.id], Timeline(())) for case in known))


def onboarded(
    harness: Checking, monkeypatch: pytest.MonkeyPatch, learned: Learned | None, **options: Any
) -> Report:
    """Return the report where this was learned first."""
    monkeypatch.setattr(checking, "learn", lambda *_: learned)
    return onboard(cast("Harness", harness), (EMBEDDED, POPUP), **options)


TELLING = Learned(telling=True, sentence="one login: authenticated", strangers=("f1",))
BLIND = Learned(telling=False, sentence="an altered credential was accepted")


def test_each_surface_that_was_asked_for_gets_its_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also the one none of whose cases could run."""
    said = onboarded(Checking(result(POPUP)), monkeypatch, TELLING)

    assert [("embedded", None), ("popup", True)] == [(one.surface, one.ready) for one in said.readiness]
    assert "one login: authenticated" == said.learned


def test_where_nothing_can_be_told_nothing_is_called_a_success(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor a failure; the summary counts them as undetermined."""
    refused = result(POPUP, told("claims.expired"), outcome="refused", code="claims.expired")
    said = onboarded(Checking(result(EMBEDDED), refused), monkeypatch, BLIND)

    assert {("undetermined", None, False)} == {(one.outcome, one.code, one.passed) for one in said.cases}
    assert (0, 0, 2) == (said.summary.passed, said.summary.failed, said.summary.undetermined)
    assert {None} == {one.ready for one in said.readiness}


def test_what_a_stranger_was_given_is_looked_for_in_every_case(monkeypatch: pytest.MonkeyPatch) -> None:
    """The harness knows it before the first case."""
    harness = Checking(result(EMBEDDED))
    onboarded(harness, monkeypatch, TELLING)

    assert ("f1",) == harness.strangers


@pytest.mark.parametrize("confirm", [True, False])
def test_causes_are_confirmed_where_that_is_asked_for(confirm: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes a second run of each case."""
    monkeypatch.setattr(
        checking, "confirmed", lambda _, __, result, ___: result.model_copy(update={"code": "tried"})
    )
    said = onboarded(Checking(result(EMBEDDED)), monkeypatch, TELLING, confirm=confirm)

    assert ("tried" if confirm else None) == said.cases[0].code


def test_the_sample_brand_is_nobodys_to_make_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is learned of it, and no sentence is said."""
    said = onboarded(Checking(result(EMBEDDED), own=False), monkeypatch, BLIND)

    assert ((), None, True) == (said.readiness, said.learned, said.cases[0].passed)
