import pytest
from playwright.sync_api import expect


@pytest.mark.parametrize("flow_name", ["code-pkce", "implicit"])
def test_a_guest_is_a_guest(run_flow, flow_name):
    """More cases, with the axes as keywords."""
    opened = run_flow(surface="embedded", flow=flow_name, scenario="logged-out")

    assert opened.outcome == "not_authenticated"


def test_a_page_that_never_calls_back(run_flow):
    """A fault, and how it is diagnosed."""
    opened = run_flow(surface="embedded", flow="code-pkce", fault="callback-never-called")

    assert opened.code == "sdk.callback_timeout"
    assert opened.findings[0].role == "client-side developer"


def test_the_launcher_is_there(open_surface):
    """The page with nothing clicked yet; page is a plain Playwright page."""
    surface = open_surface(surface="embedded", flow="code-pkce")
    surface.open_page()

    expect(surface.page.get_by_role("button", name="Chat with us")).to_be_visible()
