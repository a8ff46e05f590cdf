"""The feed: what those who watch a running case are told."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from harness import Case, Harness
from harness.checks import Judgement
from harness.live import Feed
from harness.timeline import Event, Source, Timeline

JUDGEMENT = Judgement(outcome="authenticated", code=None, findings=())


def event(source: Source, type_: str, at: float) -> Event:
    """Return an event with nothing more to it."""
    return Event(seq=1, at=at, source=source, type=type_, flow=None, data={})


def test_servers_and_browser_are_told_in_one_order() -> None:
    """By the clock that they share, whoever spoke up first."""
    feed = Feed()
    feed.begin("embedded/code")
    feed.hear(event("platform", "verdict", 3.0))
    feed.hear(event("page", "page_method.called", 1.0))
    feed.hear(event("browser", "request.sent", 2.0))

    assert ["page_method.called", "request.sent", "verdict"] == [one.type for one in feed.now.so_far()]


def test_a_case_that_has_ended_is_told_whole() -> None:
    """What it amounts to, by the timeline that is judged; stragglers change nothing."""
    feed = Feed()
    feed.begin("embedded/code")
    feed.hear(event("platform", "verdict", 3.0))
    whole = Timeline((event("harness", "case.started", 0.0), event("platform", "verdict", 3.0)))
    feed.end(whole, JUDGEMENT)
    feed.hear(event("platform", "late", 9.0))

    assert (whole, JUDGEMENT) == (feed.now.so_far(), feed.now.judgement)


def test_a_case_that_does_not_come_to_its_end_is_broken_off() -> None:
    """What was told until then stays, stragglers change nothing, and the next one is not touched by it."""
    feed = Feed()
    feed.begin("first")
    feed.hear(event("platform", "verdict", 3.0))
    feed.abandon()
    feed.hear(event("platform", "late", 9.0))
    first = feed.now
    feed.begin("second")

    assert (True, ["verdict"]) == (first.broken_off, [one.type for one in first.so_far()])
    assert not feed.now.broken_off


def test_a_case_that_has_ended_is_not_broken_off() -> None:
    """Nor is what was never begun."""
    feed = Feed()
    feed.abandon()
    before = feed.now
    feed.begin("first")
    feed.end(Timeline(()), JUDGEMENT)
    feed.abandon()

    assert (False, False) == (before.broken_off, feed.now.broken_off)


def test_a_run_that_stops_in_a_case_leaves_it_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever stopped it; nobody waits for its end."""
    feed, case = Feed(), Case(surface="embedded", flow="code-pkce")

    def stopped(*_: Any) -> None:
        raise KeyboardInterrupt

    events = SimpleNamespace(listen=lambda _: lambda: None, append=lambda *_, **__: SimpleNamespace(seq=1))
    held = SimpleNamespace(third_party_cookies="unknown", partitioning=None, popup_blocker=None)
    monkeypatch.setattr(Harness, "browser", lambda *_: (None, held))
    consumers = SimpleNamespace(named=lambda account: account, signed_in=lambda *_: (0, None))
    monkeypatch.setattr(Harness, "_consumers", consumers, raising=False)
    monkeypatch.setattr(Harness, "_broken", stopped)
    harness = Harness(feed=feed)
    monkeypatch.setattr(
        harness, "server", SimpleNamespace(store=SimpleNamespace(events=events)), raising=False
    )
    with pytest.raises(KeyboardInterrupt), harness.open(case):
        pass

    assert (case.id, True) == (feed.now.case, feed.now.broken_off)


def test_the_next_case_begins_with_nothing() -> None:
    """Nobody sees the last one's events in it."""
    feed = Feed()
    feed.begin("first")
    feed.hear(event("platform", "verdict", 3.0))
    feed.begin("second")

    assert ("second", ()) == (feed.now.case, feed.now.so_far().events)


def test_before_the_first_case_nothing_is_kept() -> None:
    """Servers talk before anybody looks."""
    feed = Feed()
    feed.hear(event("platform", "verdict", 3.0))

    assert () == feed.now.so_far().events


def test_who_listens_hears_of_each_change_until_they_stop() -> None:
    """And of nothing that changed nothing."""
    feed, heard = Feed(), []
    stop = feed.listen(lambda: heard.append(feed.now.case))
    feed.hear(event("platform", "verdict", 1.0))
    feed.begin("first")
    feed.hear(event("platform", "verdict", 3.0))
    stop()
    feed.begin("second")

    assert ["first", "first"] == heard
