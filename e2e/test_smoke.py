"""A few cases in pytest-playwright's ``--browser``; ``./run versions`` plays them with every set it tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from harness.browser.surfaces import Workspace
from harness.config import Flow, Surface
from harness.opened import OpenCase

CASES: tuple[tuple[Surface, Flow], ...] = (
    ("embedded", "code-pkce"),
    ("popup", "implicit-jwe"),
    ("app", "code"),
)


@pytest.mark.parametrize(("surface", "flow_name"), CASES)
def test_a_consumer_is_signed_in(
    surface: Surface, flow_name: Flow, run_flow: Callable[..., OpenCase], workspace: Workspace
) -> None:
    """The window names the consumer, and the agent sees who the brand says it is."""
    case = run_flow(surface=surface, flow=flow_name)

    assert ("authenticated", ()) == (case.outcome, case.findings)
    expect(case.window.status).to_have_text("Signed in as Alice Abel")
    workspace.choose("Alice Abel")
    expect(workspace.verified).to_contain_text("FH-100-234")


@pytest.mark.harness(surface="popup", flow="implicit", fault="nonce-mismatch")
def test_a_defect_is_refused_with_its_code(flow: OpenCase) -> None:
    """A wrong nonce is found, and nothing else is."""
    assert ("refused", "claims.nonce_mismatch") == (flow.outcome, flow.code)


@pytest.mark.harness(surface="embedded", flow="code", scenario="logged-out")
def test_nobody_is_a_guest(flow: OpenCase) -> None:
    """Without a login the chat goes on, with nobody's name."""
    assert ("not_authenticated", True) == (flow.outcome, flow.passed)
