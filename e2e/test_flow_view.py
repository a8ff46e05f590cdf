"""The live flow view in real browsers: it grows while a case runs, opens, and says where it fails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Playwright, expect

from harness import Case, Harness
from harness.console import serving
from harness.console.flow import Flow
from harness.errors import EngineUnavailable
from harness.live import Feed
from harness.timeline import Event

SIGN_IN = Case(surface="embedded", flow="code-pkce")


@pytest.fixture(scope="module")
def feed() -> Feed:
    """What is watched."""
    return Feed()


@pytest.fixture(scope="module")
def watched(feed: Feed, playwright: Playwright) -> Iterator[Harness]:
    """A harness whose cases can be watched."""
    with Harness(feed=feed, playwright=playwright) as harness:
        yield harness


@pytest.fixture(params=["chromium", "firefox"])
def view(request: pytest.FixtureRequest, watched: Harness, feed: Feed) -> Iterator[Page]:
    """The view in the browser of somebody who watches."""
    try:
        browser, _ = watched.browser(request.param)
    except EngineUnavailable as error:
        pytest.skip(str(error))
    with serving(Flow(feed)) as url:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(url.replace("harness.localhost", "127.0.0.1"))
        yield page
        page.close()


def test_a_flow_shows_while_it_runs_and_opens_to_what_was_checked(
    view: Page, watched: Harness, feed: Feed
) -> None:
    """Every party speaks, the id_token is decoded, and the verifier fits the challenge."""
    with watched.open(SIGN_IN) as opened:
        assert "authenticated" == opened.outcome

    told_at_once = {one.type for one in (*feed.now.browser, *feed.now.servers)}
    assert {"request.sent", "response.received", "page_method.called", "verdict"} <= told_at_once

    expect(view.locator(".state")).to_have_text("authenticated")
    expect(view.get_by_text("lpGetAuthenticationToken(callback, code_challenge)")).to_be_visible()
    view.get_by_text("verifies the id_token").click()
    expect(view.locator("dd.right", has_text="platform-code-pkce")).to_be_visible()
    view.get_by_text("POST /token authorization_code").click()
    expect(view.locator("dd.right", has_text="the one that the flow began with")).to_be_visible()


def test_the_failing_hop_is_marked_with_its_fix(view: Page, watched: Harness) -> None:
    """In the picture, and in words above it."""
    fault = Case(surface="embedded", flow="implicit", fault="exp-past")
    with watched.open(fault) as opened:
        (finding,) = opened.findings

    expect(view.locator(".verdict")).to_contain_text(finding.fix)
    failing = view.locator("li.failing")
    expect(failing).to_contain_text("verifies the id_token")
    expect(failing).to_contain_text("claims.expired")


def test_what_somebody_opened_stays_open_while_the_flow_goes_on(view: Page, feed: Feed) -> None:
    """A reader is not interrupted by the next message."""
    feed.begin("a case made by hand")
    told = ("call.opened", {"call": "aaaaaaaaaaaa"}), ("backend.failed", {"operation": "answer"})
    first, second = (
        Event(seq=seq, at=float(seq), source="platform", type=type_, flow="f1", data=data)
        for seq, (type_, data) in enumerate(told, 1)
    )
    feed.hear(first)
    # What is shown until now is the case before, which has the same hop.
    expect(view.locator(".case")).to_have_text("a case made by hand")
    view.get_by_text("opens a call of the page method").click()
    expect(view.locator("dd", has_text="aaaaaaaaaaaa")).to_be_visible()

    feed.hear(second)

    expect(view.get_by_text("the verification backend failed")).to_be_visible()
    expect(view.locator("dd", has_text="aaaaaaaaaaaa")).to_be_visible()
    expect(view.locator(".state")).to_have_text("running")
