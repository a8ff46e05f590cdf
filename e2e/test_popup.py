"""Faults of the popup window in real browsers: what the browser does is what the diagnosis says."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from harness import Case, Harness
from harness.config import Scenario
from harness.opened import OpenCase
from harness.roles.seams import Page as PageParts
from harness.roles.seams import Seams


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
