"""What two runs differ in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.history import KeptRun, compare
from harness.history.difference import Difference
from harness.report.model import CaseResult, ProbeResult, Unavailable
from tests.history.made import EMBEDDED, POPUP, refused, run, timed, trail, undetermined
from tests.made import CONDITIONS, result, told

GOOD = result(EMBEDDED)
BAD = refused(EMBEDDED)
OTHER = refused(EMBEDDED, "claims.aud_mismatch")
OPEN = undetermined(EMBEDDED)
FLAKY = (GOOD, BAD)

KINDS = ("new_failures", "fixed", "other_codes", "still_failing", "flaky", "cases_gone", "cases_new")


def kinds(found: Difference) -> set[str]:
    """Return under which heads something is told."""
    return {one for one in KINDS if getattr(found, one)}


@pytest.mark.parametrize(
    ("then", "now", "told_as"),
    [
        ((GOOD,), (GOOD,), set()),
        ((GOOD,), (BAD,), {"new_failures"}),
        ((OPEN,), (BAD,), {"new_failures"}),
        ((BAD,), (GOOD,), {"fixed"}),
        ((BAD,), (OTHER,), {"other_codes"}),
        ((BAD,), (BAD,), {"still_failing"}),
        ((GOOD,), FLAKY, {"flaky"}),
        ((BAD,), FLAKY, {"flaky"}),
        (FLAKY, (BAD,), {"new_failures"}),
        (FLAKY, (GOOD,), set()),
        ((GOOD,), (OPEN,), set()),
    ],
)
def test_what_became_of_a_case(
    then: tuple[CaseResult, ...], now: tuple[CaseResult, ...], told_as: set[str]
) -> None:
    """Of all attempts at it together: one that passed now and then is flaky."""
    assert told_as == kinds(compare(run(*then), run(*now)))


def test_a_change_says_what_it_was_and_what_it_is() -> None:
    """The outcome with its codes."""
    (one,) = compare(run(GOOD), run(BAD)).new_failures

    assert (GOOD.id, "authenticated", "refused, claims.expired") == (one.case, one.before, one.after)


def test_only_failures_and_losses_are_worse() -> None:
    """What is slower, flaky or gone is told, and fails nothing."""
    worse = [compare(run(GOOD), run(*now)).worse for now in ((BAD,), (OPEN,), FLAKY, (GOOD,))]

    assert [True, True, False, False] == worse
    assert not compare(run(GOOD, result(POPUP)), run(GOOD)).worse


def test_cases_come_and_go() -> None:
    """One that is gone has its reason where the run knows it, one that is new and fails is a failure."""
    lack = Unavailable(engine="chromium", policy="chrome-today", reason="no cookie was kept apart")
    found = compare(run(GOOD), run(refused(POPUP), said={"unavailable": (lack,)}))

    assert [(EMBEDDED.id, "no cookie was kept apart")] == [(one.case, one.note) for one in found.cases_gone]
    assert [(POPUP.id, None)] == [(one.case, one.before) for one in found.cases_new]
    assert [POPUP.id] == [one.case for one in found.new_failures]


def test_a_preflight_and_probes_fail_and_are_mended_like_cases() -> None:
    """An error that is not found any more is fixed; a warning never was a failure."""
    wrong = {"preflight": (told("token.invalid_client"),)}
    warned = {"preflight": (told("token.invalid_client", "warning"),)}
    probe = ProbeResult(name="code-reuse", connector="code", what="a code, twice")
    found = probe.model_copy(update={"findings": (told("idp.code_reusable"),)})

    assert ["preflight"] == [one.case for one in compare(run(), run(said=wrong)).new_failures]
    assert ["preflight"] == [one.case for one in compare(run(said=wrong), run()).fixed]
    assert set() == kinds(compare(run(), run(said=warned)))
    (one,) = compare(run(said={"probes": (probe,)}), run(said={"probes": (found,)})).new_failures
    assert ("probe code-reuse", "nothing wrong", "idp.code_reusable") == (one.case, one.before, one.after)


def history(*ways: tuple[CaseResult, ...]) -> list[KeptRun]:
    """Return a run for each way that a case went."""
    return [run(*way) for way in ways]


def test_a_case_that_passes_now_and_then_is_flaky() -> None:
    """A single change is a break or its mending; from the second on it is chance."""
    turns = history((GOOD,), (BAD,), (GOOD,), (BAD,))
    broken = history((GOOD,), (GOOD,), (BAD,), (BAD,))
    (one,) = compare(turns[-2], turns[-1], [trail(one) for one in turns]).flaky

    assert "passed in 2 of the last 4 runs" == one.note
    assert () == compare(broken[-2], broken[-1], [trail(one) for one in broken]).flaky


def test_changed_conditions_are_told_with_how_many_cases_they_hold_for() -> None:
    """An engine's new version is one line, not one per case."""
    newer = CONDITIONS.model_copy(update={"engine_version": "Chromium 141", "popup_blocker": False})
    then = run(result(EMBEDDED), result(POPUP))
    now = run(result(EMBEDDED, conditions=newer), result(POPUP, conditions=newer))
    lack = {"unavailable": (Unavailable(engine="webkit", reason="it is not installed"),)}

    assert [
        ("engine version", "Chromium 140, headless", "Chromium 141", 2),
        ("popup blocker", "yes", "no", 2),
    ] == [(one.name, one.before, one.after, one.cases) for one in compare(then, now).conditions]
    (one,) = compare(run(), run(said=lack)).conditions
    assert ("webkit", "not available: it is not installed") == (one.name, one.after)


@pytest.mark.parametrize(("name", "changes"), [("harness", {"harness": "9"}), ("rules", {"rules": "2030.1"})])
def test_another_version_is_a_changed_condition(name: str, changes: dict[str, Any]) -> None:
    """Of the harness and of its rules."""
    (one,) = compare(run(), run().model_copy(update=changes)).conditions

    assert (name, changes[name], 0) == (one.name, one.after, one.cases)


def test_runs_of_two_series_are_compared_with_a_warning() -> None:
    """Whoever names both may want to know."""
    assert compare(run(), run()).alike
    assert not compare(run(), run(narrowing=("--surface popup",))).alike


def test_a_difference_as_json_has_every_head() -> None:
    """A program finds empty lists, not missing ones."""
    values = json.loads(compare(run(GOOD), run(timed(EMBEDDED, 200))).as_json())

    assert {*KINDS, "lost_checks", "moved_checks", "new_checks", "conditions", "timings"} <= values.keys()
    assert (1, False) == (values["schema"], values["worse"])
