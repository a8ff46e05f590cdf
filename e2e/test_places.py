"""Where the consumer is and where the login stands: devices, and placements of the authorization server."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Playwright

from harness import Case, Harness
from harness.config import SURFACES, EngineName, Surface

ALICE = "fh-100234"


@pytest.fixture(scope="module")
def elsewhere(harness: Harness, playwright: Playwright) -> Iterator[Harness]:
    """Give a harness whose authorization server stands under another site."""
    with Harness(harness.config.placed("cross-site"), playwright=playwright) as running:
        yield running


@pytest.mark.parametrize("surface", SURFACES)
def test_the_login_may_stand_under_another_site(surface: Surface, elsewhere: Harness) -> None:
    """Every surface signs in, and the result says where the authorization server was."""
    result = elsewhere.run(Case(surface=surface, flow="code-pkce", policy="third-party-blocked"))

    assert result.passed
    assert "cross-site" == result.conditions.idp_placement


@pytest.mark.parametrize("surface", SURFACES)
def test_the_consumer_may_hold_a_phone(surface: Surface, harness: Harness) -> None:
    """Every surface signs in on a small screen by touch, and the result says so."""
    with harness.open(Case(surface=surface, flow="code-pkce"), device="phone") as case:
        assert case.driven is not None
        page = case.driven.surface.page

        assert case.result().passed
        assert ("phone", "same-site") == (
            case.result().conditions.device,
            case.result().conditions.idp_placement,
        )
        assert page.evaluate("[innerWidth <= 400, navigator.maxTouchPoints > 0]") == [True, True]


def test_one_consumer_everywhere_is_one_profile(
    harness: Harness, playwright: Playwright, missing_engine: Callable[[EngineName], str | None]
) -> None:
    """Alice in two engines, on a phone and in the app: one profile, an engagement for each."""
    second: EngineName = "chromium" if missing_engine("firefox") else "firefox"
    with Harness(harness.config, playwright=playwright) as fresh:
        fresh.run(Case(surface="embedded", flow="code-pkce"))
        fresh.run(Case(surface="popup", flow="implicit", engine=second))
        fresh.run(Case(surface="popup", flow="code"), device="phone")
        fresh.run(Case(surface="app", flow="implicit-jwe"))
        people = fresh.server.store.people
        (alice,) = people.profiles()

    assert (ALICE, 4) == (alice.sub, alice.engagements)
