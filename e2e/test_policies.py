"""Policies in real browsers: what holds is read back, and what cannot be reached is said, never run."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from playwright.sync_api import Playwright

from harness import Case, Harness, Report
from harness.browser.policies import POLICIES
from harness.browser.settings import TABLE, Settings, settings
from harness.config import EngineName
from harness.errors import PolicyUnavailable
from harness.report.model import CaseResult

DRIVEN: tuple[EngineName, ...] = ("chromium", "firefox")
VECTORS = [(engine, policy) for engine in DRIVEN for policy in POLICIES]
REACHED = [(engine, name) for engine, name in VECTORS if isinstance(TABLE[name][engine], Settings)]


@pytest.fixture(scope="module")
def report(harness: Harness, missing_engine: Callable[[EngineName], str | None]) -> Report:
    """Give the report of one case in every engine that is here, under every policy."""
    here = [engine for engine in DRIVEN if not missing_engine(engine)]
    return harness.check(
        Case(surface="embedded", flow="code-pkce", engine=engine, policy=policy)
        for engine, policy in VECTORS
        if engine in here
    )


@pytest.fixture(scope="module")
def results(report: Report) -> Mapping[tuple[str, str], CaseResult]:
    """Give the report's cases by engine and policy."""
    return {(case.engine, case.policy): case for case in report.cases}


@pytest.mark.parametrize(("engine", "name"), REACHED)
def test_the_conditions_that_were_asked_for_are_the_ones_that_hold(
    engine: EngineName,
    name: str,
    results: Mapping[tuple[str, str], CaseResult],
    need_engine: Callable[[EngineName], None],
) -> None:
    """A policy is what the canary reads back from the browser, and the consumer is signed in under each."""
    need_engine(engine)
    case, asked = results[engine, name], POLICIES[name]

    assert case.passed
    assert asked.third_party_cookies in (None, case.conditions.third_party_cookies)
    assert (asked.partitioning if asked.storage else None) == case.conditions.partitioning
    assert asked.storage in (None, case.conditions.frame_storage != "denied")
    assert asked.popup_blocker == case.conditions.popup_blocker
    assert case.conditions.engine_version.startswith(engine)


def test_what_cannot_be_reached_is_listed_and_the_run_goes_on(report: Report) -> None:
    """Exactly the vectors that the table calls unreachable, in the engines that are here."""
    here = {case.engine for case in report.cases}
    unreached = [vector for vector in VECTORS if vector not in REACHED and vector[0] in here]

    assert unreached == [(one.engine, one.policy) for one in report.unavailable]


@pytest.mark.parametrize("engine", DRIVEN)
def test_a_browser_in_which_something_else_holds_is_never_run(
    engine: EngineName,
    harness: Harness,
    playwright: Playwright,
    need_engine: Callable[[EngineName], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the settings of another policy the read-back is the reason, and the browser is not used."""
    need_engine(engine)
    wrong = {**TABLE["third-party-blocked"], engine: settings(engine, "unpartitioned")}
    monkeypatch.setattr("harness.browser.settings.TABLE", {**TABLE, "third-party-blocked": wrong})
    with Harness(harness.config, playwright=playwright) as other, pytest.raises(PolicyUnavailable) as caught:
        other.browser(engine, "third-party-blocked")

    assert "third-party cookies: asked for blocked, read back allowed" in caught.value.reason
    assert "storage in a frame: asked for partitioned, read back shared" in caught.value.reason
