"""What has an end does not pile up, and what has none or has not reached it stays."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import create_engine, func, select
from sqlalchemy.schema import DropTable

from harness.clock import ManualClock
from harness.store import Store
from harness.store.expiry import ENDS, EVERY, KEPT
from harness.store.tables import popups

BRAND = "https://login.brand.test"
Count = Callable[[], dict[str, int]]


@pytest.fixture
def count(store_url: str) -> Count:
    """Return the number of rows of every table whose rows have an end."""

    def read() -> dict[str, int]:
        engine = create_engine(store_url)
        with engine.connect() as connection:
            tables = [end.table for end in ENDS]
            found = {
                str(table): connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in tables
            }
        engine.dispose()
        return found

    return read


def write_one_of_each(store: Store, number: int) -> None:
    """Write a row into every table whose rows have an end."""
    store.sessions.open("window", {}, seconds=1)
    store.once.put_code(BRAND, f"code {number}", {}, seconds=1)
    store.once.put_transaction("popup", f"state {number}", "flow-1", {}, seconds=1)
    store.once.first_use(f"token {number}", "a window", seconds=1)
    store.conversations.set_popup(f"popup {number}", "opened")


def test_what_has_expired_does_not_pile_up(store: Store, clock: ManualClock, count: Count) -> None:
    """However long the work goes on, as many rows are left as one spell between two purges writes."""
    for number in range(EVERY):
        write_one_of_each(store, number)
        clock.advance(KEPT / 10)

    assert all(0 < rows <= EVERY / 5 + 12 for rows in count().values()), count()


def test_what_comes_late_still_hears_why(store: Store, clock: ManualClock, count: Count) -> None:
    """A row stays for a day beyond its end, and goes when that is over."""
    write_one_of_each(store, 1)
    clock.advance(KEPT)
    for _ in range(EVERY):
        store.events.last()
    assert {1} == set(count().values())
    assert "expired" == store.once.take_code(BRAND, "code 1")

    clock.advance(2)
    for _ in range(EVERY):
        store.events.last()
    assert {0} == set(count().values())


def test_a_new_worker_begins_with_a_purge(
    store: Store, store_url: str, clock: ManualClock, count: Count
) -> None:
    """Workers that do not live long enough to have a turn leave nothing behind for ever either."""
    write_one_of_each(store, 1)
    clock.advance(KEPT + 2)
    with Store(store_url, clock) as worker:
        worker.events.last()

    assert {0} == set(count().values())


def test_what_has_no_end_stays(store: Store, clock: ManualClock) -> None:
    """Profiles, consents, conversations and events are not purged."""
    profile = store.people.engage(
        "fernhill", BRAND, "alice", verified={}, surface="popup", connector="implicit"
    )
    store.people.consent(BRAND, "alice", "platform")
    conversation = store.conversations.open(profile=profile, surface="popup", unverified={})
    store.conversations.say(conversation, "consumer", "Hello")
    store.events.append("page", "one")
    clock.advance(100 * KEPT)
    for _ in range(EVERY):
        store.events.last()

    assert [1] == [known.engagements for known in store.people.profiles()]
    assert store.people.has_consented(BRAND, "alice", "platform")
    assert ["Hello"] == [said.text for said in store.conversations.messages(conversation)]
    assert ["one"] == [event.type for event in store.events.after(0)]


def test_a_purge_that_fails_fails_no_work(store: Store, store_url: str, clock: ManualClock) -> None:
    """What was asked for is done, whatever becomes of the rows that nobody needs any more."""
    engine = create_engine(store_url)
    with engine.begin() as connection:
        connection.execute(DropTable(popups))
    engine.dispose()
    written = [store.events.append("page", "one").seq for _ in range(2 * EVERY)]

    assert written == [event.seq for event in store.events.after(0)]
