"""Expected findings against a report: what they excuse, and when they fail the run themselves."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from harness.config import ExpectedFinding
from harness.expectations import held, marked
from harness.matrix import Case
from harness.report import annotations as github
from harness.report import html, junit, markdown, text
from harness.report.model import CaseResult, Readiness, Report

from ..made import report, result, told

TODAY = date(2026, 11, 21)
EMBEDDED, POPUP = Case(surface="embedded", flow="code-pkce"), Case(surface="popup", flow="code-pkce")
NOT_READY = Readiness(surface="embedded", ready=False, code="claims.expired", sentence="embedded: not ready.")


def entry(**changes: Any) -> ExpectedFinding:
    """Return an entry of the file."""
    said = {"code": "claims.expired", "owner": "identity team", "reason": "a clock"}
    return ExpectedFinding.model_validate({**said, "until": TODAY, "place": "expected.toml:2", **changes})


def failed(case: Case = EMBEDDED, *more: str) -> CaseResult:
    """Return a case that was refused because its token had expired, and for what else was found."""
    findings = (told("claims.expired"), *(told(code) for code in more))
    return result(case, *findings, outcome="refused", code="claims.expired")


def states(done: Report) -> list[str]:
    """Return what came of each entry."""
    return [one.state for one in done.expectations]


def test_an_expected_finding_does_not_fail_the_run() -> None:
    """Its last day is one on which it counts; the case has not passed for all that."""
    done = held(report(failed(), readiness=(NOT_READY,)), (entry(),), TODAY)

    assert not done.failed
    assert (0, 0, 1) == (done.summary.passed, done.summary.failed, done.summary.expected)
    assert (False, True) == (done.cases[0].passed, done.cases[0].as_expected)
    assert ["met"] == states(done)


def test_a_report_without_entries_stays_as_it_is() -> None:
    """Nothing is expected of nobody."""
    before = report(failed())

    assert before is held(before, (), TODAY)
    assert before.failed


def test_what_else_is_wrong_fails_the_case() -> None:
    """One expected finding excuses itself alone."""
    done = held(report(failed(EMBEDDED, "claims.sub_missing")), (entry(),), TODAY)

    assert done.failed
    assert not done.cases[0].as_expected


@pytest.mark.parametrize(
    "axes",
    [
        {"surface": "popup"},
        {"flow": "code"},
        {"engine": "firefox"},
        {"mode": "compat"},
        {"scenario": "twice"},
    ],
)
def test_an_entry_speaks_of_its_own_cases_alone(axes: dict[str, str]) -> None:
    """Another surface, flow, engine, mode or scenario is not excused; of its own none ran."""
    done = held(report(failed()), (entry(**axes),), TODAY)

    assert done.failed
    assert ["not run"] == states(done)


def test_what_is_overdue_fails() -> None:
    """The finding is still there, and its day has passed."""
    done = held(report(failed()), (entry(until=date(2026, 11, 20)),), TODAY)

    assert done.failed
    assert ["overdue"] == states(done)
    assert 1 == done.summary.failed


def test_what_is_stale_fails() -> None:
    """Its cases ran, and it is nowhere."""
    done = held(report(result(EMBEDDED), result(POPUP)), (entry(),), TODAY)

    assert done.failed
    assert (["stale"], 2) == (states(done), done.summary.passed)


def test_what_occurs_in_one_of_its_cases_is_not_stale() -> None:
    """An entry without axes speaks of all of them."""
    assert ["met"] == states(held(report(failed(), result(POPUP)), (entry(),), TODAY))


def test_a_case_that_stayed_undetermined_makes_nothing_stale() -> None:
    """What it would have found is not known."""
    open_ = result(EMBEDDED, outcome="undetermined")

    assert ["not run"] == states(held(report(open_), (entry(),), TODAY))


def test_a_warning_may_be_expected_too() -> None:
    """It fails nothing before and after; whoever owns it is named."""
    done = held(report(result(EMBEDDED, told("claims.expired", "warning"))), (entry(),), TODAY)

    known = done.cases[0].findings[0].known
    assert (True, False) == (done.cases[0].passed, done.cases[0].as_expected)
    assert known is not None
    assert "identity team" == known.owner


def test_a_finding_before_any_login_is_expected_by_an_entry_without_axes() -> None:
    """There is no case that it could be of."""
    before = report(result(EMBEDDED), preflight=(told("claims.expired"),), readiness=(NOT_READY,))

    assert not held(before, (entry(),), TODAY).failed
    assert held(before, (entry(surface="embedded"),), TODAY).failed


def test_of_two_entries_the_later_day_counts() -> None:
    """One may be of all cases and one of a few."""
    done = marked(failed(), (entry(until=date(2026, 11, 1)), entry(surface="embedded")), TODAY)

    assert done.as_expected


FORMS = {
    "text": text.render,
    "markdown": markdown.render,
    "html": html.render,
    "junit": junit.render,
    "json": Report.as_json,
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_report_names_owner_and_day(form: str) -> None:
    """Of the finding, and of the entry that is stale."""
    stale = entry(code="sdk.method_missing", owner="web team", place="expected.toml:9")
    said = FORMS[form](held(report(failed()), (entry(), stale), TODAY))

    assert all(word in said for word in ("identity team", "2026-11-21", "web team", "sdk.method"))


def test_a_build_is_told_of_what_is_stale_and_not_of_what_is_expected() -> None:
    """An annotation is for what somebody has to do now."""
    stale = entry(code="sdk.method_missing")
    said = github.render(held(report(failed()), (entry(), stale), TODAY))

    assert "claims.expired" not in said
    assert "::error title=sdk.method_missing::expected.toml:2: sdk.method_missing (identity team)" in said


def test_a_case_that_failed_as_expected_is_skipped_in_junit() -> None:
    """It counts neither as passed nor as failed."""
    said = junit.render(held(report(failed()), (entry(),), TODAY))

    assert 'failures="0"' in said.splitlines()[1]
    assert '<skipped message="failed as expected; id_token payload: claims.expired' in said


def test_the_terminal_shows_an_expected_failure_in_brackets() -> None:
    """It is no success, and nothing to act on today."""
    lines = text.render(held(report(failed()), (entry(),), TODAY)).splitlines()

    assert lines[1].endswith("(✗)")
    assert any("known     expected until 2026-11-21, identity team: a clock" in line for line in lines)
    assert lines[-1].startswith("0 of 1 cases authenticated, 1 failed as expected in")
