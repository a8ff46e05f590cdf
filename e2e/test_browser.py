"""The browser is a consumer's: it trusts nobody else's certificates, and reaches nobody else's hosts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import cast

import pytest
from playwright.sync_api import Error, Playwright

from harness import Config, Harness, tls
from harness.browser.drive import Driven, consumer_context, drive
from harness.browser.scenarios import PLAYS, Stage
from harness.clock import SystemClock
from harness.config import FLOWS, SURFACES, Connector, EngineName, Surface
from harness.matrix import Case
from harness.server import running


@pytest.mark.parametrize("surface", SURFACES)
def test_blocked_third_party_cookies_do_not_stop_a_sign_in(surface: Surface, harness: Harness) -> None:
    """The window needs no third-party cookie."""
    case = Case(surface=surface, flow="code-pkce", policy="third-party-blocked")

    result = harness.run(case)

    assert result.passed
    assert "blocked" == result.conditions.third_party_cookies


def test_a_context_loads_nothing_of_the_browser_s_own(harness: Harness) -> None:
    """No document of its controls beside the page: each would be a process of every case."""
    browser, _ = harness.browser("chromium")
    with consumer_context(browser, harness.server.proxy_url, deadline=10) as context:
        context.new_page().goto("https://www.brand.test/")
        every = browser.new_browser_cdp_session().send("Target.getTargets", {"filter": [{}]})

    loaded = [target["url"] for target in every["targetInfos"]]
    assert "https://www.brand.test/" in loaded
    assert [] == [url for url in loaded if url.startswith("chrome://")]


REFUSED: Mapping[EngineName, tuple[str, str]] = {
    "chromium": ("ERR_CERT_AUTHORITY_INVALID", "ERR_TUNNEL_CONNECTION_FAILED"),
    # The authorities of two runs have the same name, so Firefox finds one and tries its key.
    "firefox": ("SEC_ERROR_BAD_SIGNATURE", "NS_ERROR_PROXY"),
}
"""What an engine says of a certificate of another authority, and of a host that the proxy refuses."""


@pytest.fixture(params=REFUSED)
def engine(request: pytest.FixtureRequest, need_engine: Callable[[EngineName], None]) -> EngineName:
    """Give an engine, where it is here."""
    engine: EngineName = request.param
    need_engine(engine)
    return engine


def test_a_certificate_of_another_authority_is_refused(
    engine: EngineName, harness: Harness, tmp_path: Path
) -> None:
    """The browser of one run does not trust the certificates of another run."""
    browser, _ = harness.browser(engine)
    with (
        running(Config(), folder=tmp_path, clock=SystemClock()) as other,
        consumer_context(browser, other.proxy_url, deadline=10) as context,
        pytest.raises(Error, match=REFUSED[engine][0]),
    ):
        context.new_page().goto("https://www.brand.test/")


def test_a_host_that_is_not_ours_is_never_reached(engine: EngineName, harness: Harness) -> None:
    """The proxy refuses every name that the configuration does not know."""
    browser, _ = harness.browser(engine)
    with (
        consumer_context(browser, harness.server.proxy_url, deadline=10) as context,
        pytest.raises(Error, match=REFUSED[engine][1]),
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


def test_a_page_that_dies_leaves_its_case_open(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    """The browser's end is told as the browser's, and the run goes on."""

    def dies(stage: Stage) -> Driven:
        stage.surface.open_page()
        page = stage.surface.page
        with page.expect_event("crash"), suppress(Error):
            page.goto("chrome://crash")
        return drive(stage.surface, opened=True)

    monkeypatch.setitem(cast("dict[str, object]", PLAYS), "sign-in", dies)

    result = harness.run(Case(surface="embedded", flow="implicit"))

    assert ("undetermined", "browser.page_crashed", False) == (result.outcome, result.code, result.passed)
