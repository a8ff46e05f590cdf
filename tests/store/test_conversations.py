from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import pytest

from harness.clock import ManualClock
from harness.store import Store
from harness.store.conversations import Conversation, Message, Popup, PopupStatus
from tests.reading_along import reading_along


def alice(store: Store) -> int:
    """Return alice's profile."""
    return store.people.engage(
        "fernhill",
        "https://login.brand.test",
        "alice",
        verified={"given_name": "Alice"},
        surface="embedded",
        connector="implicit",
    )


def test_an_agent_sees_what_was_verified_apart_from_what_was_not(store: Store, clock: ManualClock) -> None:
    """Verified claims come from the profile, and the page's own words stay unverified."""
    profile = alice(store)
    id_ = store.conversations.open(profile=profile, surface="embedded", unverified={"given_name": "Mallory"})
    assert store.conversations.find(id_) == Conversation(
        id=id_,
        surface="embedded",
        opened_at=clock.now(),
        profile=profile,
        verified={"given_name": "Alice"},
        unverified={"given_name": "Mallory"},
    )


def test_a_guest_has_nothing_verified(store: Store) -> None:
    """Without a profile a conversation has no verified claims, whatever the page says."""
    id_ = store.conversations.open(profile=None, surface="popup", unverified={"sub": "alice"})
    found = store.conversations.find(id_)
    assert found is not None
    assert (found.profile, found.verified, found.unverified) == (None, None, {"sub": "alice"})


def test_conversations_are_listed_newest_first(store: Store, clock: ManualClock) -> None:
    """The newest is the one that was opened last, at the same time too, and when the clock was set back."""
    opened = []
    for seconds in (0, 0, 0, -60, 120):
        clock.advance(seconds)
        opened.append(store.conversations.open(profile=None, surface="popup", unverified={}))
    assert [one.id for one in store.conversations.all()] == opened[::-1]


def test_a_guest_can_become_known(store: Store) -> None:
    """A conversation goes on as a known consumer's, and every other one stays as it was."""
    stepped_up, other = (
        store.conversations.open(profile=None, surface="popup", unverified={"sub": "x"}) for _ in range(2)
    )
    profile = alice(store)
    store.conversations.identify(stepped_up, profile)
    found = {one.id: (one.profile, one.verified, one.unverified) for one in store.conversations.all()}
    assert found == {
        stepped_up: (profile, {"given_name": "Alice"}, {"sub": "x"}),
        other: (None, None, {"sub": "x"}),
    }


def test_conversations_come_newest_first(store: Store, clock: ManualClock) -> None:
    """The agent's list begins with the newest conversation."""
    opened = []
    for surface in ("embedded", "popup", "app"):
        opened.append(store.conversations.open(profile=None, surface=surface, unverified={}))
        clock.advance(1)
    assert [conversation.id for conversation in store.conversations.all()] == opened[::-1]


def test_an_unknown_conversation_is_none(store: Store) -> None:
    """Only the id finds a conversation."""
    store.conversations.open(profile=None, surface="popup", unverified={})
    assert store.conversations.find("a guess") is None


def test_messages_keep_their_order(store: Store, clock: ManualClock) -> None:
    """Both sides' messages come in the order in which they were said, with their time."""
    id_ = store.conversations.open(profile=None, surface="popup", unverified={})
    first = store.conversations.say(id_, "consumer", "Hello")
    clock.advance(5)
    second = store.conversations.say(id_, "agent", "Good morning, <b>Alice</b>")
    assert store.conversations.messages(id_) == (first, second)
    assert second == Message(id=second.id, sender="agent", text="Good morning, <b>Alice</b>", at=clock.now())


def test_a_message_keeps_its_receipt(store: Store) -> None:
    """What was done is read with the words that tell of it, and mere words have none."""
    id_ = store.conversations.open(profile=None, surface="popup", unverified={})
    receipt = {"kind": "order", "subject": "mobile-solo"}
    told = store.conversations.say(id_, "agent", "Order placed.", receipt=receipt)
    store.conversations.say(id_, "agent", "Anything else?")
    assert [receipt, None] == [message.receipt for message in store.conversations.messages(id_)]
    assert receipt == told.as_json()["receipt"]


def test_only_newer_messages_are_read(store: Store) -> None:
    """A reader who names the last message that it has seen gets the newer ones."""
    id_ = store.conversations.open(profile=None, surface="popup", unverified={})
    first, second = (store.conversations.say(id_, "consumer", text) for text in ("one", "two"))
    assert store.conversations.messages(id_, after=first.id) == (second,)
    assert store.conversations.messages(id_, after=second.id) == ()


def test_messages_stay_in_their_conversation(store: Store) -> None:
    """Nobody reads what was said in another conversation."""
    one, other = (store.conversations.open(profile=None, surface="popup", unverified={}) for _ in range(2))
    store.conversations.say(one, "consumer", "for the agent only")
    assert store.conversations.messages(other) == ()


def test_a_message_goes_over_the_wire_with_its_type() -> None:
    """The WebSocket's message names its type, sender, text and time."""
    message = Message(id=1, sender="agent", text="Hello", at=2.0)
    assert message.as_json() == {"type": "message", "id": 1, "sender": "agent", "text": "Hello", "at": 2.0}


@pytest.mark.parametrize("status", ["finished", "failed"])
def test_a_popup_comes_to_an_end(status: PopupStatus, store: Store, clock: ManualClock) -> None:
    """A popup has its latest status, under its own id."""
    store.conversations.set_popup("p1", "opened")
    store.conversations.set_popup("p2", "opened")
    store.conversations.set_popup("p1", status)
    now = clock.now()
    assert store.conversations.popup("p1") == Popup(status=status, at=now)
    assert store.conversations.popup("p2") == Popup(status="opened", at=now)
    assert store.conversations.popup("p3") is None


def test_an_open_popup_is_given_up_once(store: Store) -> None:
    """Only one of those who notice may say so, and a popup that has ended is left alone."""
    store.conversations.set_popup("p1", "opened")
    store.conversations.set_popup("p2", "finished")
    assert [True, False] == [store.conversations.give_up("p1") for _ in "12"]
    assert not store.conversations.give_up("p2")
    found = [store.conversations.popup(name) for name in ("p1", "p2")]
    assert ["failed", "finished"] == [one.status for one in found if one]


def test_of_fifty_that_give_a_popup_up_one_says_so(
    store: Store, in_parallel: Callable[[Callable[[int], Any], int], list[Any]]
) -> None:
    """However many pages watch one popup, its end is told once."""
    store.conversations.set_popup("p1", "opened")
    assert in_parallel(lambda _: store.conversations.give_up("p1"), 50).count(True) == 1


def test_a_popup_that_was_given_up_may_still_end(store: Store) -> None:
    """What really became of it counts more than the patience with it."""
    store.conversations.set_popup("p1", "opened")
    store.conversations.give_up("p1")
    store.conversations.set_popup("p1", "finished")
    found = store.conversations.popup("p1")
    assert found is not None
    assert found.status == "finished"


def test_an_unknown_popup_cannot_be_given_up(store: Store) -> None:
    """Nobody has opened it."""
    assert not store.conversations.give_up("p1")
    assert store.conversations.popup("p1") is None


def test_a_popup_knows_since_when_it_is_open(store: Store, clock: ManualClock) -> None:
    """Its time counts from its opening, and from its end once it has ended."""
    times = []
    for status in get_args(PopupStatus):
        store.conversations.set_popup("p1", status)
        found = store.conversations.popup("p1")
        times.append(found and found.at)
        clock.advance(5)
    assert times == [clock.now() - 15, clock.now() - 10, clock.now() - 5]


SPEAKERS, EACH = 4, 30


def test_whoever_reads_along_hears_every_message(
    store: Store, store_url: str, clock: ManualClock, in_parallel: Callable[[Callable[[int], Any], int], Any]
) -> None:
    """However many processes speak in one conversation, nothing is said before what has been heard."""
    conversation = store.conversations.open(profile=None, surface="popup", unverified={})

    def speak(number: int) -> None:
        with Store(store_url, clock) as worker:
            for turn in range(EACH):
                worker.conversations.say(conversation, "agent", f"{number} {turn}")

    with reading_along(
        lambda last: store.conversations.messages(conversation, after=last.id if last else 0)
    ) as heard:
        in_parallel(speak, SPEAKERS)

    assert SPEAKERS * EACH == len(heard)
    assert list(store.conversations.messages(conversation)) == heard


def test_a_held_conversation_is_one_transactions(
    store: Store, store_url: str, clock: ManualClock, in_parallel: Callable[[Callable[[int], Any], int], Any]
) -> None:
    """Of any number of processes that say something unless it was said, one says it."""
    conversation = store.conversations.open(profile=None, surface="popup", unverified={})

    def order(number: int) -> bool:
        with workers[number % 2].transaction() as records:
            records.conversations.hold(conversation)
            first = not records.conversations.messages(conversation)
            if first:
                records.conversations.say(conversation, "agent", "Ordered.")
            return first

    with Store(store_url, clock) as one, Store(store_url, clock) as two:
        workers = (one, two)
        assert [True] == [first for first in in_parallel(order, 12) if first]
    assert 1 == len(store.conversations.messages(conversation))
