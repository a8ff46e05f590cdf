"""The browser is a consumer's: its conditions are read back, and it trusts nobody else's certificates."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Error, Playwright

from harness import Config, Harness, tls
from harness.browser.drive import consumer_context
from harness.browser.policies import POLICIES, Policy
from harness.clock import SystemClock
from harness.config import FLOWS, SURFACES, Connector, Surface
from harness.matrix import Case
from harness.server import running


@pytest.mark.parametrize("policy", POLICIES.values(), ids=list(POLICIES))
def test_the_conditions_that_were_asked_for_are_the_ones_that_hold(policy: Policy, harness: Harness) -> None:
    """A policy is what the canary reads back from the browser, not what it was told."""
    _, held = harness.browser("chromium", policy.name)

    assert policy.third_party_cookies == held.third_party_cookies
    assert policy.partitioning == held.partitioning
    assert policy.popup_blocker == held.popup_blocker


@pytest.mark.parametrize("surface", SURFACES)
def test_blocked_third_party_cookies_do_not_stop_a_sign_in(surface: Surface, harness: Harness) -> None:
    """The window needs no third-party cookie."""
    case = Case(surface=surface, flow="code-pkce", policy="third-party-blocked")

    result = harness.run(case)

    assert result.passed
    assert "blocked" == result.conditions.third_party_cookies


def test_a_certificate_of_another_authority_is_refused(harness: Harness, tmp_path: Path) -> None:
    """The browser of one run does not trust the certificates of another run."""
    browser, _ = harness.browser("chromium", "chrome-today")
    with (
        running(Config(), folder=tmp_path, clock=SystemClock()) as other,
        consumer_context(browser, other.proxy_url, deadline=10) as context,
        pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"),
    ):
        context.new_page().goto("https://www.brand.test/")


def test_a_host_that_is_not_ours_is_never_reached(harness: Harness) -> None:
    """The proxy refuses every name that the configuration does not know."""
    browser, _ = harness.browser("chromium", "chrome-today")
    with (
        consumer_context(browser, harness.server.proxy_url, deadline=10) as context,
        pytest.raises(Error, match="ERR_TUNNEL_CONNECTION_FAILED"),
    ):
        context.new_page().goto("https://www.elsewhere.example/")


def test_two_harnesses_run_side_by_side_and_one_answers_by_form_post(
    harness: Harness, playwright: Playwright
) -> None:
    """A second harness, with another response mode, signs in while the first one runs."""
    connectors = tuple(_by_form_post(one) for one in Config().connectors)
    with Harness(Config(connectors=connectors), playwright=playwright) as other:
        for flow in FLOWS:
            case = Case(surface="popup", flow=flow)

            assert other.run(case).passed
            assert harness.run(case).passed
        (alice,) = other.server.store.people.profiles()
        assert len(FLOWS) == alice.engagements


def _by_form_post(connector: Connector) -> Connector:
    return connector.model_copy(update={"response_mode": "form_post"})


def test_every_run_has_an_authority_of_its_own() -> None:
    """No key outlives its run."""
    assert tls.make("www.brand.test").spki_pin != tls.make("www.brand.test").spki_pin
