from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from harness.clock import ManualClock
from harness.store import Store
from harness.timeline import Event, Timeline
from tests.reading_along import reading_along


def test_events_keep_their_order_time_and_facts(store: Store, clock: ManualClock) -> None:
    """What is read is what was appended, in that order, at the machine's own time whatever the clock says."""
    started = time.time()
    first = store.events.append("idp", "code.issued", client_id="platform", scopes=["openid"])
    clock.advance(2.5)
    second = store.events.append("platform", "verdict", flow="flow-1", code=None)
    assert store.events.after(0) == (first, second)
    assert second == Event(
        seq=first.seq + 1,
        at=second.at,
        source="platform",
        type="verdict",
        flow="flow-1",
        data={"code": None},
    )
    assert started <= first.at <= second.at <= time.time()
    assert first.flow is None
    assert first.data == {"client_id": "platform", "scopes": ["openid"]}


WRITERS, EACH = 4, 50


def test_whoever_reads_along_misses_nothing(
    store: Store, store_url: str, clock: ManualClock, in_parallel: Callable[[Callable[[int], Any], int], Any]
) -> None:
    """However many processes write at once, no event comes before one that has been read."""

    def write(_: int) -> None:
        with Store(store_url, clock) as worker:
            for _ in range(EACH):
                worker.events.append("idp", "code.issued")

    with reading_along(lambda last: store.events.after(last.seq if last else 0)) as read:
        in_parallel(write, WRITERS)

    assert WRITERS * EACH == len(read)
    assert list(store.events.after(0)) == read


def test_only_what_came_after_is_read(store: Store) -> None:
    """A reader who names the last event that it has seen gets the newer ones."""
    assert (store.events.last(), store.events.after(0)) == (0, ())
    events = [store.events.append("sdk", "page_method.called", number=number) for number in range(3)]
    assert store.events.last() == events[-1].seq
    assert store.events.after(events[0].seq) == tuple(events[1:])
    assert store.events.after(events[-1].seq) == ()


def test_listeners_hear_every_event_until_they_stop(store: Store) -> None:
    """Each listener hears an event at once, and nothing before it began or after it ended."""
    alice: list[Event] = []
    bob: list[Event] = []
    store.events.append("page", "before")
    stop_alice = store.events.listen(alice.append)
    stop_bob = store.events.listen(bob.append)
    first = store.events.append("page", "both")
    stop_alice()
    second = store.events.append("page", "one")
    stop_bob()
    store.events.append("page", "nobody")
    assert alice == [first]
    assert bob == [first, second]


def test_a_listener_may_stop_itself(store: Store) -> None:
    """A listener that ends while it is told does not disturb the next one."""
    heard: list[str] = []

    def once(event: Event) -> None:
        heard.append(f"once {event.type}")
        stop()

    stop = store.events.listen(once)
    store.events.listen(lambda event: heard.append(f"always {event.type}"))
    store.events.append("page", "one")
    store.events.append("page", "two")
    assert heard == ["once one", "always one", "always two"]


def test_a_listener_can_read_what_it_is_told(store: Store) -> None:
    """An event is in the store before anybody hears of it."""
    read: list[tuple[Event, ...]] = []
    store.events.listen(lambda event: read.append(store.events.after(event.seq - 1)))
    event = store.events.append("page", "one")
    assert read == [(event,)]


def test_a_timeline_is_searched_by_type(store: Store) -> None:
    """The events of some types come out in their order."""
    for type_ in ("code.issued", "verdict", "code.issued", "call.opened"):
        store.events.append("idp", type_)
    timeline = Timeline(store.events.after(0))
    assert [event.type for event in timeline.of("code.issued", "call.opened")] == [
        "code.issued",
        "code.issued",
        "call.opened",
    ]
    assert tuple(timeline) == timeline.events
