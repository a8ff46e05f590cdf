"""Popups as the page sees them: how far they are, and that one that never comes back is given up."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import httpx2
import pytest

from harness.checks import Judgement, judge
from harness.clock import ManualClock
from harness.server import RunningServer
from harness.timeline import Event, Timeline
from harness.wire import WireConsumer

CHAT, SHOP = "https://chat.platform.test", "https://www.brand.test"
ENGAGEMENT = "popup.code-pkce.strict"


@pytest.fixture
def alice(server: RunningServer) -> Iterator[WireConsumer]:
    """Alice, signed in to the shop."""
    with WireConsumer(server) as consumer:
        consumer.sign_in("alice")
        yield consumer


@pytest.fixture
def since(server: RunningServer) -> int:
    """The number of the last event before the test."""
    return server.store.events.last()


def statuses(client: httpx2.Client, popup: str) -> Iterator[str]:
    """Yield what the page is told of its popup, until there is no more."""
    url = f"{CHAT}/sdk/popup-status"
    with client.stream("GET", url, params={"popup": popup}, headers={"Origin": SHOP}) as told:
        for line in told.iter_lines():
            if line.startswith("data: "):
                yield line.removeprefix("data: ")


def verdicts(server: RunningServer, since: int) -> list[Event]:
    """Return the verdicts of the test."""
    return [event for event in server.store.events.after(since) if event.type == "verdict"]


def judged(server: RunningServer, since: int) -> Judgement:
    """Judge what has happened since the test began."""
    return judge(Timeline(server.store.events.after(since)))


def test_the_page_is_told_when_its_popup_has_finished(alice: WireConsumer, visitor: httpx2.Client) -> None:
    """It hears that the popup is open, and in the same breath that it has ended."""
    popup = alice.open_popup(ENGAGEMENT)
    told = statuses(visitor, popup.name)
    assert "opened" == next(told)
    alice.come_back(alice.authorize(popup.url))

    assert ["finished"] == list(told)


def test_a_popup_that_never_came_back_is_given_up_at_the_states_deadline(
    alice: WireConsumer, visitor: httpx2.Client, server: RunningServer, clock: ManualClock, since: int
) -> None:
    """The page hears that it failed, and the timeline says why nobody is signed in."""
    popup = alice.open_popup(ENGAGEMENT)
    clock.advance(server.config.deadlines.state)

    assert ["opened", "failed"] == list(statuses(visitor, popup.name))
    (verdict,) = verdicts(server, since)
    assert ("not_authenticated", "popup.timeout") == (verdict.data["outcome"], verdict.data["code"])
    assert verdict.flow is None
    judgement = judged(server, since)
    assert ("not_authenticated", "popup.timeout") == (judgement.outcome, judgement.code)
    assert [("popup.timeout", "info")] == [(one.code, one.severity) for one in judgement.findings]


def test_a_popup_is_given_up_once_however_many_watch(
    alice: WireConsumer, visitor: httpx2.Client, server: RunningServer, clock: ManualClock, since: int
) -> None:
    """Every page that watches it hears the same, and the timeline says it once."""
    popup = alice.open_popup(ENGAGEMENT)
    watching = [statuses(visitor, popup.name) for _ in "12"]
    assert ["opened", "opened"] == [next(told) for told in watching]
    clock.advance(server.config.deadlines.state)

    assert "failed" == list(statuses(visitor, popup.name))[-1]
    assert [["failed"], ["failed"]] == [list(told) for told in watching]
    assert ["failed"] == list(statuses(visitor, popup.name))
    assert 1 == len(verdicts(server, since))


def test_a_popup_that_comes_back_in_time_is_not_given_up(
    alice: WireConsumer, visitor: httpx2.Client, server: RunningServer, clock: ManualClock, since: int
) -> None:
    """Up to its deadline it may come back, and afterwards it has come back."""
    popup = alice.open_popup(ENGAGEMENT)
    back = alice.authorize(popup.url)
    told = statuses(visitor, popup.name)
    assert "opened" == next(told)
    clock.advance(server.config.deadlines.state - 251)
    alice.come_back(back)
    clock.advance(server.config.deadlines.state)

    assert ["finished"] == list(told)
    assert ["finished"] == list(statuses(visitor, popup.name))
    assert ["authenticated"] == [verdict.data["outcome"] for verdict in verdicts(server, since)]


def test_a_popup_that_comes_back_after_it_was_given_up_is_refused(
    alice: WireConsumer, visitor: httpx2.Client, server: RunningServer, clock: ManualClock, since: int
) -> None:
    """Its state has expired, and it stays failed."""
    popup = alice.open_popup(ENGAGEMENT)
    back = alice.authorize(popup.url)
    clock.advance(server.config.deadlines.state)
    assert ["opened", "failed"] == list(statuses(visitor, popup.name))

    assert "refused" == alice.come_back(back)["outcome"]
    assert ["popup.timeout", "authz.state_expired"] == [one.data["code"] for one in verdicts(server, since)]
    assert ["failed"] == list(statuses(visitor, popup.name))


def test_a_popup_that_ended_on_an_error_page_is_told_from_one_that_was_left_open(
    alice: WireConsumer, visitor: httpx2.Client, server: RunningServer, clock: ManualClock, since: int
) -> None:
    """The authorization server showed an error there, so it never could come back."""
    popup = alice.open_popup(ENGAGEMENT)
    alice.http.get(popup.url.replace("client_id=platform", "client_id=nobody"))
    clock.advance(server.config.deadlines.state)
    list(statuses(visitor, popup.name))
    judgement = judged(server, since)

    assert ("refused", "popup.timeout") == (judgement.outcome, judgement.code)
    assert [("popup.timeout", "error")] == [(one.code, one.severity) for one in judgement.findings]
    assert "error page" in judgement.findings[0].observed


@pytest.mark.parametrize("popup", ["", "short", "x" * 65])
def test_a_popup_has_an_id_that_cannot_be_guessed(popup: str, visitor: httpx2.Client) -> None:
    """The page makes it, and it is neither short nor endless."""
    asked = {"popup": popup, "engagement": ENGAGEMENT}

    assert 400 == visitor.get(f"{CHAT}/popup", params=asked).status_code


def test_the_status_is_for_registered_pages(
    alice: WireConsumer, visitor: httpx2.Client, server: RunningServer, clock: ManualClock
) -> None:
    """Another page's script cannot read it."""
    popup = alice.open_popup(ENGAGEMENT)
    alice.come_back(alice.authorize(popup.url))
    headers = {"Origin": f"https://{secrets.token_hex(4)}.example"}
    told = visitor.get(f"{CHAT}/sdk/popup-status", params={"popup": popup.name}, headers=headers)

    assert "access-control-allow-origin" not in told.headers
