"""Lost checks: what was looked for then and is not now."""

from __future__ import annotations

from typing import Any

import pytest

from harness.checks import judgement
from harness.history import KeptRun, compare
from harness.history.difference import Lost
from harness.history.inventory import MILESTONES
from harness.history.model import Check
from harness.report.model import ProbeResult
from tests.history.made import EMBEDDED, POPUP, refused, run, undetermined
from tests.made import result, told

CSP = "checks.obstacles.check_csp"


def lost(before: KeptRun, after: KeptRun) -> tuple[Lost, ...]:
    """Return what a comparison says is lost; that it is worse as soon as anything is."""
    found = compare(before, after)
    assert found.worse == bool(found.lost_checks or found.new_failures)
    return found.lost_checks


def checked(*checks: Check, **more: Any) -> KeptRun:
    """Return a run that had these checks."""
    kept = run(**more)
    return kept.model_copy(update={"about": kept.about.model_copy(update={"checks": checks})})


def test_a_check_that_was_removed_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Although everything is as green as it was."""
    before = run()
    without = tuple(one for one in judgement.CHECKS if one.__name__ != "check_csp")
    monkeypatch.setattr(judgement, "CHECKS", without)
    (one,) = lost(before, run())

    assert ("check", CSP, ("browser.csp_blocked",)) == (one.kind, one.name, one.codes)
    assert "does not run any more" in one.sentence


def test_a_refiner_that_was_removed_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """What says more exactly than the wire what was wrong is a check like others."""
    before = run()
    monkeypatch.setattr(judgement, "REFINERS", judgement.REFINERS[1:])

    assert "checks.exchange.refine" in {one.name for one in lost(before, run())}


def test_nothing_is_lost_between_two_runs_of_the_same_checks() -> None:
    """Whatever they find."""
    assert () == lost(run(result(EMBEDDED)), run(result(EMBEDDED, told("claims.expired"))))


def test_a_check_with_another_name_is_moved() -> None:
    """As long as it can still find all that it could."""
    before = checked(Check(name="checks.old", codes=("claims.expired",)))
    after = checked(Check(name="checks.new", codes=("claims.expired", "claims.iat_future")))
    found = compare(before, after)

    assert () == found.lost_checks
    assert [("checks.old", "checks.new")] == [(one.before, one.after) for one in found.moved_checks]
    assert () == found.new_checks


def test_a_check_whose_codes_were_found_elsewhere_all_along_is_lost() -> None:
    """What another one could find before as well is no new name of it."""
    other = Check(name="checks.other", codes=("claims.expired",))
    before = checked(Check(name="checks.gone", codes=("claims.expired",)), other)

    assert ["checks.gone"] == [one.name for one in lost(before, checked(other))]


def test_a_code_that_no_check_can_find_any_more_is_lost() -> None:
    """The check that could is still there, and was hollowed out."""
    before = checked(Check(name="checks.one", codes=("claims.expired", "claims.iat_future")))
    after = checked(Check(name="checks.one", codes=("claims.expired",)))
    (one,) = lost(before, after)

    assert ("code", "claims.iat_future", ("checks.one",)) == (one.kind, one.name, one.checks)


def test_a_new_check_is_no_loss() -> None:
    """It is told among the new ones."""
    before = checked(Check(name="checks.one"))
    after = checked(Check(name="checks.one"), Check(name="checks.two", codes=("claims.expired",)))

    assert () == lost(before, after)
    assert ("checks.two",) == compare(before, after).new_checks


def test_a_case_whose_events_are_missing_is_lost_to_its_checks() -> None:
    """They ran, said nothing, and could not have said anything."""
    blind = tuple(one for one in MILESTONES if not one.startswith("page_method."))
    case = result(EMBEDDED)
    (one,) = lost(run(case), run(case, seen={case.id: blind}))

    assert ("case", case.id) == (one.kind, one.name)
    assert "no page_method.called, page_method.answered was recorded" in one.sentence
    assert "checks.page_method.check_repeated" in one.checks
    assert CSP not in one.checks


def test_a_case_that_was_mended_may_take_another_way() -> None:
    """Events of the way that it failed on are not missed."""
    failed, good = refused(EMBEDDED), result(EMBEDDED)

    assert () == lost(run(failed), run(good, seen={good.id: ("verdict",)}))


def test_a_case_that_comes_to_no_result_any_more_is_lost() -> None:
    """Nobody knows any more whether it works."""
    (one,) = lost(run(result(EMBEDDED)), run(undetermined(EMBEDDED)))

    assert ("case", "embedded/code-pkce/chromium/chrome-today/strict/sign-in") == (one.kind, one.name)
    assert "authenticated then, undetermined now" in one.sentence


def test_what_a_preflight_cannot_see_any_more_is_lost() -> None:
    """With the reason; what could not be seen before either is not."""
    before = run(said={"unseen": ("clocks: no answer had a date",)})
    after = run(said={"unseen": ("clocks: no answer had a date", "page: it is behind a login")})
    (one,) = lost(before, after)

    assert ("subject", "page", "could not be seen: it is behind a login") == (
        one.kind,
        one.name,
        one.sentence,
    )


def test_a_probe_that_is_not_sent_any_more_is_lost() -> None:
    """With the reason; one that was not needed, because its code was found without it, is not."""
    sent = ProbeResult(name="code-reuse", connector="code", what="a code, twice")
    unsent = sent.model_copy(update={"reason": "not sent: no code"})
    known = result(POPUP, told("idp.code_reusable"), told("idp.code_reuse_no_revoke"))
    (one,) = lost(run(said={"probes": (sent,)}), run(said={"probes": (unsent,)}))

    assert "probing.code-reuse" == one.name
    assert "does not run any more: not sent: no code; it looked for idp.code_reusable" in one.sentence
    assert () == lost(run(known, said={"probes": (sent,)}), run(known, said={"probes": (unsent,)}))


def test_a_preflight_that_is_left_out_takes_its_checks_along() -> None:
    """Each of them is named."""
    names = {one.name for one in lost(run(preflight=True), run())}

    assert {"preflight.network.judge_host", "preflight.page.judge"} <= names
