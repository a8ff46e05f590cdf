"""The side panel's page and its buttons."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from harness.console import Console
from harness.demo.board import Board
from harness.demo.choice import Choice
from harness.demo.controls import Controls, Play
from harness.demo.part import ASK, DemoPart

PORT = 8123
OWN = f"http://harness.localhost:{PORT}"


@pytest.fixture
def controls() -> Controls:
    """What takes what is asked."""
    return Controls()


@pytest.fixture
def panel(controls: Controls) -> TestClient:
    """A browser that has been let in."""
    part = DemoPart(Board(), controls, engine="chromium", choice=Choice(surface="popup"), pace="none")
    console = Console(part, port=PORT)
    client = TestClient(console.asgi(), base_url=OWN, headers={"origin": OWN})
    client.get(console.url)
    return client


def test_the_panel_offers_what_can_be_picked_and_shows_what_is(panel: TestClient) -> None:
    """Surface, flow, policy, scenario and fault, the last with where it fits."""
    page = panel.get("/demo").text

    assert '<option value="popup" selected>Popup window</option>' in page
    assert '<option value="jwt-in-code-flow" data-surfaces="embedded"' in page
    assert '<optgroup label="Token endpoint">' in page


def test_a_button_puts_what_it_asks_for_into_the_line(panel: TestClient, controls: Controls) -> None:
    """And is answered at once."""
    asked = {"do": "play", "choice": {"surface": "popup", "flow": "implicit", "fault": None}}

    assert 204 == panel.post(ASK, json=asked).status_code
    assert [Play(do="play", choice=Choice(surface="popup", flow="implicit"))] == list(controls.asked())


@pytest.mark.parametrize(
    "asked", [{}, {"do": "jump"}, {"do": "play"}, {"do": "pace", "pace": "<b>"}, {"do": "next", "more": 1}]
)
def test_what_no_button_asks_for_is_refused(asked: object, panel: TestClient, controls: Controls) -> None:
    """In one sentence that repeats nothing of it."""
    refused = panel.post(ASK, json=asked)

    assert 400 == refused.status_code
    assert "<b>" not in refused.text
    assert [] == list(controls.asked())


def test_more_than_a_button_asks_for_is_refused(panel: TestClient) -> None:
    """Before it is read whole."""
    assert 413 == panel.post(ASK, content=b" " * 10_000).status_code
