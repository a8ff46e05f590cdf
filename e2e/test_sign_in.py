"""Every surface in every flow: the consumer is signed in, the agent sees what the brand vouches for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from harness import Harness
from harness.browser.surfaces import SurfaceDriver, Workspace
from harness.config import FLOWS, SURFACES, Flow, Surface
from harness.opened import OpenCase
from harness.roles.seams import Seams

EVERY_CASE = [(surface, flow) for surface in SURFACES for flow in FLOWS]


@pytest.mark.parametrize(("surface", "flow_name"), EVERY_CASE)
def test_the_chat_window_names_the_consumer_and_the_workspace_shows_their_claims(
    surface: Surface, flow_name: Flow, run_flow: Callable[..., OpenCase], workspace: Workspace
) -> None:
    """The window names the consumer; the agent sees account, package and bills as verified."""
    case = run_flow(surface=surface, flow=flow_name)

    assert "authenticated" == case.outcome
    assert () == case.findings
    expect(case.window.status).to_have_text("Signed in as Alice Abel")
    workspace.choose("Alice Abel")
    expect(workspace.verified).to_contain_text("FH-100-234")
    expect(workspace.verified).to_contain_text("Fibre 500 + Mobile Duo")
    expect(workspace.verified.get_by_role("table", name="Billing history")).to_contain_text("2026-10-01")


@pytest.mark.harness(surface="embedded", flow="code-pkce")
def test_what_the_page_supplies_is_shown_as_unverified(flow: OpenCase, workspace: Workspace) -> None:
    """The page's own word about who is there stands apart from the verified claims."""
    workspace.choose("Alice Abel")

    expect(workspace.unverified).to_contain_text("Claims to be")
    expect(workspace.unverified).to_contain_text("loa1")
    expect(workspace.verified).not_to_contain_text("loa1")


@pytest.mark.harness(surface="popup", flow="code-pkce")
def test_consumer_and_agent_talk(flow: OpenCase, workspace: Workspace) -> None:
    """What one side writes appears on the other side."""
    flow.window.say("My last bill looks too high.")
    workspace.choose("Alice Abel")
    expect(workspace.conversation).to_contain_text("My last bill looks too high.")

    workspace.say("September had a roaming fee; October is back to normal.")

    expect(flow.window.conversation).to_contain_text("September had a roaming fee")


def test_one_consumer_on_three_surfaces_is_one_profile(
    run_flow: Callable[..., OpenCase], harness: Harness
) -> None:
    """Bob, through embedded, popup and app, is one profile with three engagements."""
    for surface in SURFACES:
        assert "authenticated" == run_flow(surface=surface, flow="code-pkce", account="bob").outcome

    people = harness.server.store.people
    (bob,) = (profile for profile in people.profiles() if profile.sub == "fh-100871")
    # Others of this session may have been here as Bob before.
    assert ("embedded", "popup", "app") == people.surfaces(bob.id)[-3:]


def test_a_consumer_who_has_not_consented_is_asked_once(
    open_surface: Callable[..., SurfaceDriver], run_flow: Callable[..., OpenCase]
) -> None:
    """Carol is asked before the platform may know her, allows it, and is not asked again."""
    shop = open_surface(surface="popup", flow="code", account="carol")
    shop.open_page()
    window = shop.open_chat()
    window.view.get_by_role("button", name="Allow").click()

    expect(window.status).to_have_text("Signed in as Carol Castell")
    assert "authenticated" == run_flow(surface="popup", flow="code", account="carol").outcome


def test_a_consumer_who_denies_goes_on_as_a_guest(open_surface: Callable[..., SurfaceDriver]) -> None:
    """Denying is no error: the window goes on without a name."""
    shop = open_surface(surface="popup", flow="implicit", account="carol")
    shop.open_page()
    window = shop.open_chat()
    window.view.get_by_role("button", name="Deny").click()

    expect(window.status).to_have_text("You are chatting as a guest")


@pytest.mark.parametrize("flow_name", FLOWS)
def test_nobody_logged_in_is_a_guest_not_an_error(flow_name: Flow, run_flow: Callable[..., OpenCase]) -> None:
    """The page method says that nobody is logged in; the window opens all the same."""
    case = run_flow(surface="embedded", flow=flow_name, account=None)

    assert ("not_authenticated", "sdk.brand_reported_error") == (case.outcome, case.code)
    assert ["info"] == [finding.severity for finding in case.findings]
    expect(case.window.status).to_have_text("You are chatting as a guest")


def test_the_popup_signs_in_a_consumer_who_was_not_logged_in(
    open_surface: Callable[..., SurfaceDriver],
) -> None:
    """Without a session the popup shows the login, which they fill, and becomes the chat after it."""
    shop = open_surface(surface="popup", flow="code-pkce", account=None)
    shop.open_page()
    window = shop.open_chat()

    expect(window.status).to_have_text("Signed in as Alice Abel")


def test_a_signed_out_app_has_no_credential_to_give(open_surface: Callable[..., SurfaceDriver]) -> None:
    """Signed out in the app means a guest in its chat."""
    app = open_surface(surface="app", flow="code-pkce", account=None)
    app.page.goto("https://app.brand.test/?flow=code-pkce")
    window = app.open_chat()

    expect(window.status).to_have_text("You are chatting as a guest")


def test_a_severed_opener_does_not_stop_the_popup(
    open_surface: Callable[..., SurfaceDriver], harness: Harness
) -> None:
    """With COOP same-origin on the brand's page the popup signs in, and the page learns it all the same."""
    severing = Seams(page_headers={"Cross-Origin-Opener-Policy": "same-origin"})
    with harness.server.composition.seams.put(severing):
        shop = open_surface(surface="popup", flow="code-pkce")
        shop.open_page()
        window = shop.open_chat()

        expect(window.status).to_have_text("Signed in as Alice Abel")
        assert isinstance(window.view, Page)
        assert window.view.evaluate("window.opener === null")
        assert shop.flow_in_page() > 0


@pytest.mark.harness(surface="popup", flow="implicit")
def test_no_token_stays_in_the_address_bar(flow: OpenCase) -> None:
    """The popup comes back to a clean address."""
    assert isinstance(flow.window.view, Page)

    assert "https://chat.platform.test/window" == flow.window.view.url
