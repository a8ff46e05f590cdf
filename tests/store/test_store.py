"""The store as a whole: its transactions, and workers that start together."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.exc import StatementError

from harness.clock import ManualClock
from harness.store import Store
from harness.store.store import Records

ACCOUNT, BRAND = "fernhill", "https://login.brand.test"
PATIENCE = 30
"""Seconds after which something waits for ever."""


def take_in(records: Records, session: str) -> None:
    """Write what becomes of a good token."""
    assert records.sessions.claim("window", session, subject="alice")
    assert records.once.first_use("token", "a window", seconds=60)
    records.people.engage(ACCOUNT, BRAND, "alice", verified={}, surface="popup", connector="implicit")
    records.conversations.set_popup("p1", "finished")


def test_a_transaction_is_kept_whole(store: Store) -> None:
    """What a block wrote is there when it ends well."""
    window = store.sessions.open("window", {}, seconds=60)
    with store.transaction() as records:
        take_in(records, window)

    assert {"subject": "alice"} == store.sessions.find("window", window)
    assert not store.once.first_use("token", "another window", seconds=60)
    assert [1] == [known.engagements for known in store.people.profiles()]
    popup = store.conversations.popup("p1")
    assert popup is not None
    assert "finished" == popup.status


def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    """What a block wrote is gone when it ends with an error."""
    window = store.sessions.open("window", {}, seconds=60)

    def fail() -> None:
        with store.transaction() as records:
            take_in(records, window)
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert {} == store.sessions.find("window", window)
    assert store.once.first_use("token", "another window", seconds=60)
    assert () == store.people.profiles()
    assert store.conversations.popup("p1") is None


def test_a_transaction_goes_on_after_a_conflict(store: Store) -> None:
    """What is there already is no error that would end a transaction."""
    window = store.sessions.open("window", {}, seconds=60)
    with store.transaction() as records:
        take_in(records, window)
        take_in(records, window)
        assert not records.once.first_use("token", "another window", seconds=60)
        assert not records.sessions.claim("window", window, subject="bob")
        for _ in range(2):
            records.people.consent(BRAND, "alice", "platform")
            records.sessions.keep("window", "a digest", seconds=60)

    assert [2] == [known.engagements for known in store.people.profiles()]
    assert store.people.has_consented(BRAND, "alice", "platform")
    assert {} == store.sessions.find("window", "a digest")


def test_what_is_no_json_is_not_written(store: Store) -> None:
    """NaN and infinity are refused in the same way by both databases, and the text tells no value."""
    for number in (float("nan"), float("inf")):
        with pytest.raises((StatementError, ValueError)) as caught:
            store.events.append("page", "one", number=number, secret="a-secret")
        assert "a-secret" not in str(caught.value)
    assert () == store.events.after(0)


def test_a_store_is_found_again(store_url: str, clock: ManualClock) -> None:
    """What one worker wrote is there for the next one."""
    with Store(store_url, clock) as first:
        event = first.events.append("page", "one", flow="flow-1", text="é")
    with Store(store_url, clock) as second:
        assert second.events.after(0) == (event,)


def test_workers_may_start_together(
    store_url: str, clock: ManualClock, in_parallel: Callable[[Callable[[int], int], int], list[int]]
) -> None:
    """However many open one empty database at once, each finds every table."""

    def start(number: int) -> int:
        with Store(store_url, clock) as store:
            return store.events.append("page", "started", number=number).seq

    assert len(set(in_parallel(start, 8))) == 8


def test_a_worker_that_starts_waits_for_nobody(store: Store, store_url: str, clock: ManualClock) -> None:
    """The tables are there: it does not touch them amid the work of others."""
    with ThreadPoolExecutor(1) as pool, store.transaction() as records:
        records.sessions.open("window", {}, seconds=60)
        records.conversations.open(profile=None, surface="popup", unverified={})
        pool.submit(lambda: Store(store_url, clock).close()).result(timeout=PATIENCE)


def test_what_a_thread_keeps_together_is_kept_whole(store: Store) -> None:
    """Events have their numbers in order, and whoever listens hears of them when they can be read."""
    heard: list[tuple[int, bool]] = []
    store.events.listen(lambda event: heard.append((event.seq, event in store.events.after(0))))
    with store.together():
        store.events.append("idp", "authorization.request")
        window = store.sessions.open("window", {"subject": "alice"}, seconds=60)
        with store.together():
            store.events.append("idp", "code.issued")
        unheard = list(heard)

    first, second = store.events.after(0)
    assert ["authorization.request", "code.issued"] == [first.type, second.type]
    assert {"subject": "alice"} == store.sessions.find("window", window)
    assert [] == unheard
    assert [(first.seq, True), (second.seq, True)] == heard
    assert second.seq == store.events.append("idp", "token.issued").seq - 1


def test_what_a_thread_keeps_together_is_gone_whole(store: Store) -> None:
    """A code that was taken in a block that fails can be taken, and nobody hears of what never was."""
    heard: list[int] = []
    store.events.listen(lambda event: heard.append(event.seq))
    store.once.put_code(BRAND, "a code", {"sub": "alice"}, seconds=60)

    def fail() -> None:
        with store.together():
            store.events.append("idp", "token.issued")
            assert not isinstance(store.once.take_code(BRAND, "a code"), str)
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert ((), []) == (store.events.after(0), heard)
    assert not isinstance(store.once.take_code(BRAND, "a code"), str)


@pytest.mark.parametrize("first", [True, False])
def test_a_transaction_that_fails_in_a_block_is_undone_alone(store: Store, first: bool) -> None:
    """What the block kept before and after it is kept, whether or not the block had written."""
    window = store.sessions.open("window", {}, seconds=60)

    def fail() -> None:
        with store.transaction() as records:
            take_in(records, window)
            raise LookupError

    with store.together():
        store.events.append("idp", "token.asked")
        assert not first or store.once.first_use("first token", "a window", seconds=60)
        with pytest.raises(LookupError):
            fail()
        assert store.once.first_use("last token", "a window", seconds=60)

    assert {} == store.sessions.find("window", window)
    assert () == store.people.profiles()
    assert store.conversations.popup("p1") is None
    assert [not first, True, False] == [
        store.once.first_use(f"{which}token", "another window", seconds=60)
        for which in ("first ", "", "last ")
    ]
    assert ["token.asked"] == [event.type for event in store.events.after(0)]


def test_a_transaction_in_a_block_is_kept_with_it(store: Store) -> None:
    """Several after each other, and nobody else sees one before the block's end."""
    window, seen = store.sessions.open("window", {}, seconds=60), []
    with ThreadPoolExecutor(1) as other, store.together():
        for _ in range(2):
            with store.transaction() as records:
                take_in(records, window)
            seen.append(other.submit(store.conversations.popup, "p1").result(PATIENCE))

    assert [None, None] == seen
    assert {"subject": "alice"} == store.sessions.find("window", window)
    assert [2] == [known.engagements for known in store.people.profiles()]


@pytest.mark.parametrize("first", [True, False])
def test_a_transaction_in_a_block_is_lost_with_it(store: Store, first: bool) -> None:
    """Though it ended well itself, and whether or not the block had written."""
    window = store.sessions.open("window", {}, seconds=60)

    def fail() -> None:
        with store.together():
            assert not first or store.once.first_use("first token", "a window", seconds=60)
            with store.transaction() as records:
                take_in(records, window)
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert {} == store.sessions.find("window", window)
    assert () == store.people.profiles()
    for token in ("first token", "token"):
        assert store.once.first_use(token, "another window", seconds=60)


def test_what_another_thread_keeps_is_no_part_of_a_block(store: Store) -> None:
    """It is there at once, whatever becomes of the block."""
    with ThreadPoolExecutor(1) as other:

        def fail() -> None:
            with store.together():
                store.events.append("idp", "token.issued")
                other.submit(store.events.append, "platform", "verdict").result(PATIENCE)
                assert ["verdict"] == [event.type for event in store.events.after(0)]
                raise LookupError

        with pytest.raises(LookupError):
            fail()

    assert ["verdict"] == [event.type for event in store.events.after(0)]


def test_of_blocks_at_the_same_moment_one_takes_a_code(
    store: Store, in_parallel: Callable[[Callable[[int], bool], int], list[bool]]
) -> None:
    """The others wait for the end of its block, and find the code used."""
    store.once.put_code(BRAND, "a code", {"sub": "alice"}, seconds=60)

    def take(number: int) -> bool:
        with store.together():
            store.events.append("idp", "token.asked", number=number)
            taken = store.once.take_code(BRAND, "a code")
            store.sessions.open("grant", {}, seconds=60)
        return not isinstance(taken, str)

    assert 1 == sum(in_parallel(take, 20))
    assert 20 == len(store.events.after(0))
