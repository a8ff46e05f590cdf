"""Faults of the popup window in real browsers: what the browser does is what the diagnosis says."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Playwright, expect

from harness import Case, Harness
from harness.browser import engines
from harness.config import EngineName, Scenario
from harness.errors import EngineUnavailable
from harness.opened import OpenCase
from harness.roles.seams import Page as PageParts
from harness.roles.seams import Seams
from harness.selftest import Entry, entries

GROUP = "C"


def group(engine: EngineName) -> tuple[Entry, ...]:
    """Return the group's entries in an engine."""
    return tuple(entries(groups=(GROUP,), engine=engine))


@pytest.fixture
def second_engine(playwright: Playwright) -> None:
    """Skip the test where Firefox is missing, with the command that installs it."""
    try:
        engines.find(playwright, "firefox")
    except EngineUnavailable as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("entry", group("chromium"), ids=lambda entry: entry.case.id)
def test_a_popup_fault_gets_its_outcome_its_code_and_its_findings(entry: Entry, harness: Harness) -> None:
    """Every fault of the group, in both modes."""
    _check(entry, harness)


@pytest.mark.usefixtures("second_engine")
@pytest.mark.parametrize(
    "entry", [one for one in group("firefox") if one.case.mode == "strict"], ids=lambda entry: entry.case.id
)
def test_firefox_shows_the_same(entry: Entry, harness: Harness) -> None:
    """No fault of the group is Chromium's alone."""
    _check(entry, harness)


def _check(entry: Entry, harness: Harness) -> None:
    with harness.arranged(entry.row) as arranged:
        result = arranged.run(entry.case)

    assert (entry.expectation.outcome, entry.expectation.code) == (result.outcome, result.code)
    assert set(entry.expectation.findings) <= {(found.code, found.severity) for found in result.findings}


def test_an_open_popup_whose_handle_says_closed_signs_in(run_flow: Callable[..., OpenCase]) -> None:
    """The page's own script has read closed from a window that shows the conversation."""
    case = run_flow(surface="popup", flow="code-pkce", fault="popup-closed-false-positive")

    assert case.driven is not None
    expect(case.driven.surface.page.locator("html")).to_have_attribute("data-popup", "closed")
    expect(case.window.status).to_have_text("Signed in as Alice Abel")
    assert "popup.closed_by_user" not in {found.code for found in case.findings}


def test_two_popups_are_two_sign_ins(run_flow: Callable[..., OpenCase]) -> None:
    """Each popup has a state of its own, and each comes back once."""
    case = run_flow(surface="popup", flow="code-pkce", fault="popup-double-click")

    verdicts = case.timeline.of("verdict")
    assert ["authenticated"] * 2 == [verdict.data["outcome"] for verdict in verdicts]
    assert 2 == len({verdict.flow for verdict in verdicts})


def test_the_conversation_goes_on_without_the_brands_tab(run_flow: Callable[..., OpenCase]) -> None:
    """The popup alone is left, and what the consumer says is heard."""
    case = run_flow(surface="popup", flow="code-pkce", fault="opener-closed")

    assert isinstance(case.window.view, Page)
    assert [case.window.view] == case.window.view.context.pages
    expect(case.window.conversation).to_contain_text("Is somebody there?")


@pytest.mark.parametrize("scenario", ["logged-out", "switch-user", "two-windows"])
def test_an_honest_popup_is_not_blamed(scenario: Scenario, harness: Harness) -> None:
    """With a login in it, a page that moves on after it, or another one beside it."""
    result = harness.run(Case(surface="popup", flow="implicit", scenario=scenario))

    assert result.passed
    assert () == result.findings


def test_a_hidden_frame_finds_the_login_beside_the_shop(
    harness: Harness, run_flow: Callable[..., OpenCase]
) -> None:
    """The page method that fails across sites is a good one where the login is one site with the page."""
    frames = "'self' https://chat.platform.test https://login.brand.test"
    hidden = Seams(page_method="hidden-frame", page=PageParts(csp={"frame-src": frames}))
    with harness.server.composition.seams.put(hidden):
        case = run_flow(surface="embedded", flow="code-pkce")

    assert ("authenticated", ()) == (case.outcome, case.findings)
