"""Every surface in every flow: the consumer is signed in, the agent sees what the brand vouches for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from harness.browser.surfaces import Workspace
from harness.config import FLOWS, SURFACES, Flow, Surface
from harness.run import OpenCase

EVERY_CASE = [(surface, flow) for surface in SURFACES for flow in FLOWS]


@pytest.mark.parametrize(("surface", "flow_name"), EVERY_CASE)
def test_the_chat_window_names_the_consumer_and_the_workspace_shows_their_claims(
    surface: Surface, flow_name: Flow, run_flow: Callable[..., OpenCase], workspace: Workspace
) -> None:
    """A signed-in consumer is named in the window, and the agent sees account, package and bills as verified."""
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
    run_flow: Callable[..., OpenCase], harness_profiles: Callable[[str], tuple[int, list[str]]]
) -> None:
    """Bob, through embedded, popup and app, is one profile with three engagements."""
    for surface in SURFACES:
        assert "authenticated" == run_flow(surface=surface, flow="code-pkce", account="bob").outcome

    assert (1, ["embedded", "popup", "app"]) == harness_profiles("fh-100871")


def test_a_consumer_who_has_not_consented_is_asked_once(run_flow: Callable[..., OpenCase]) -> None:
    """Carol is asked before the platform may know her, allows it, and is not asked again."""
    case = run_flow(surface="popup", flow="code", account="carol", until="opened")
    popup = case.popup

    popup.get_by_role("button", name="Allow").click()
    case.window.wait_ended()

    expect(case.window.status).to_have_text("Signed in as Carol Castell")
    assert "authenticated" == run_flow(surface="popup", flow="code", account="carol").outcome
