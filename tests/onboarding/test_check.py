"""A whole check: what was learned first bears on every result, and each surface gets its sentence."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.matrix import Case
from harness.onboarding import check as checking
from harness.onboarding import onboard
from harness.own_brand import Probes
from harness.report.model import CaseResult, Report
from harness.run import Harness
from harness.timeline import Timeline

from ..made import report, result

EMBEDDED, POPUP = (
    Case(surface="embedded", flow="code-pkce"),
    Case(surface="popup", flow="code-pkce"),
)


class Checking:
    """What stands for a harness: each case ends as a test says, what has no end cannot run."""

    def __init__(self, *ends: CaseResult, own: bool = True) -> None:
        self.config = SimpleNamespace(brand=object() if own else None, probes=Probes(), expected=())
        self.ends = {one.id: one for one in ends}
        self.did: list[str] = []
        self.asked: tuple[Case, ...] = ()

    def learn(self, rows: tuple[Case, ...]) -> None:
        """Learn."""
        self.did.append("learn")
        self.asked = rows

    def check(
        self,
        rows: tuple[Case, ...],
        *,
        finish: Callable[[object, Case, CaseResult, Timeline], CaseResult],
        **_: Any,
    ) -> Report:
        """Run cases."""
        self.did.append("check")
        known = [case for case in rows if case.id in self.ends]
        return report(*(finish(self, case, self.ends[case.id], Timeline(())) for case in known))


def onboarded(harness: Checking, **options: Any) -> Report:
    """Return the report of a whole check."""
    return onboard(cast("Harness", harness), (EMBEDDED, POPUP), **options)


def test_each_surface_that_was_asked_for_gets_its_sentence() -> None:
    """Also the one none of whose cases could run."""
    said = onboarded(Checking(result(POPUP)))

    assert [("embedded", None), ("popup", True)] == [(one.surface, one.ready) for one in said.readiness]


def test_it_is_learned_first_whether_good_can_be_told_from_bad() -> None:
    """Before any case, and from what is asked for."""
    harness = Checking(result(EMBEDDED))
    heard: list[str] = []
    onboarded(harness, heard=heard.append)

    assert (["learn", "check"], (EMBEDDED, POPUP)) == (harness.did, harness.asked)
    assert "learning to tell good from bad" == heard[0]


@pytest.mark.parametrize("confirm", [True, False])
def test_causes_are_confirmed_where_that_is_asked_for(confirm: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes a second run of each case."""
    monkeypatch.setattr(
        checking, "confirmed", lambda _, __, result, ___: result.model_copy(update={"code": "tried"})
    )
    said = onboarded(Checking(result(EMBEDDED)), confirm=confirm)

    assert ("tried" if confirm else None) == said.cases[0].code


def test_the_sample_brand_is_nobodys_to_make_ready() -> None:
    """Nothing is learned of it, and no sentence is said."""
    harness = Checking(result(EMBEDDED), own=False)
    said = onboarded(harness)

    assert (["check"], (), True) == (harness.did, said.readiness, said.cases[0].passed)
