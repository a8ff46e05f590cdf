"""The page of the live flow view, and the pictures that it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from harness.checks import Judgement
from harness.console import Console
from harness.console.flow import Flow, picture
from harness.live import Feed, Watched
from harness.timeline import Event, Timeline

PORT = 8123
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def feed() -> Feed:
    """What is watched."""
    return Feed()


@pytest.fixture
def visitor(feed: Feed) -> Iterator[TestClient]:
    """A browser that has been let in."""
    console = Console(Flow(feed), port=PORT)
    with TestClient(console.asgi(), base_url=f"http://harness.localhost:{PORT}") as client:
        client.get(console.url)
        yield client


def test_who_comes_before_anything_has_run_is_told_so(visitor: TestClient) -> None:
    """In a sentence, not an empty frame."""
    assert "No case has run yet" in visitor.get("/flow").text


def test_who_comes_late_sees_what_has_happened(visitor: TestClient, feed: Feed) -> None:
    """The page itself holds the picture, without a script."""
    feed.begin("embedded/code-pkce")
    feed.hear(Event(seq=1, at=1.0, source="brand", type="login.succeeded", flow=None, data={}))

    assert "the consumer has signed in" in visitor.get("/flow").text


def test_a_case_that_was_broken_off_is_not_said_to_run(visitor: TestClient, feed: Feed) -> None:
    """Nobody waits for its end."""
    feed.begin("embedded/code-pkce")
    running = visitor.get("/flow").text
    feed.abandon()
    broken = visitor.get("/flow").text

    assert ('class="state running">running<' in running, "running" in broken) == (True, False)
    assert ">broken off</p>" in broken


def test_nothing_foreign_is_live_in_a_picture() -> None:
    """Whoever wrote it."""
    data = {"code": HOSTILE}
    told = Event(seq=1, at=1.0, source="brand", type="login.refused", flow=None, data=data)
    watched = Watched(
        case=HOSTILE,
        timeline=Timeline((told,)),
        judgement=Judgement(outcome="refused", code=HOSTILE, findings=()),
    )

    assert "<script" not in picture(watched)
    assert 3 <= picture(watched).count("&lt;script&gt;")


def test_who_still_watches_when_the_console_has_ended_stops_nobody(feed: Feed) -> None:
    """A server that tells of a case goes on."""
    loop = asyncio.new_event_loop()
    pictures = Flow(feed)._pictures()
    loop.run_until_complete(anext(aiter(pictures)))
    loop.close()
    feed.begin("embedded/code-pkce")

    assert "embedded/code-pkce" == feed.now.case
