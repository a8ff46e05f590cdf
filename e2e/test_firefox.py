"""Firefox under its own conditions: every surface in every flow, as a suite of one's own would have it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from harness.browser.surfaces import SurfaceDriver
from harness.config import FLOWS, SURFACES, EngineName, Flow, Surface
from harness.opened import OpenCase


@pytest.fixture(scope="module", autouse=True)
def firefox_is_here(need_engine: Callable[[EngineName], None]) -> None:
    """Skip the module where the second engine is missing, with the sentence that mends it."""
    need_engine("firefox")


@pytest.mark.parametrize("flow_name", FLOWS)
@pytest.mark.parametrize("surface", SURFACES)
def test_a_consumer_is_signed_in(
    surface: Surface, flow_name: Flow, run_flow: Callable[..., OpenCase]
) -> None:
    """The window names the consumer, and the result says under which conditions."""
    case = run_flow(surface=surface, flow=flow_name, engine="firefox")

    assert ("authenticated", ()) == (case.outcome, case.findings)
    expect(case.window.status).to_have_text("Signed in as Alice Abel")
    assert "firefox-default" == case.result().policy
    assert "partitioned" == case.result().conditions.third_party_cookies


def test_the_popup_signs_in_a_consumer_who_was_not_logged_in(
    open_surface: Callable[..., SurfaceDriver],
) -> None:
    """Without a session the popup shows the login, and becomes the chat after it."""
    shop = open_surface(surface="popup", flow="code-pkce", engine="firefox", account=None)
    shop.open_page()
    window = shop.open_chat()

    expect(window.status).to_have_text("Signed in as Alice Abel")


def test_a_fault_gets_the_same_diagnosis_as_in_chromium(run_flow: Callable[..., OpenCase]) -> None:
    """The engine is no party to a wrong nonce."""
    case = run_flow(surface="popup", flow="implicit", engine="firefox", fault="nonce-mismatch")

    assert ("refused", "claims.nonce_mismatch") == (case.outcome, case.code)
