"""The store as a whole: its transactions, and workers that start together."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import insert, select

from harness.clock import ManualClock
from harness.store import Store
from harness.store.tables import popups


def test_a_transaction_is_kept_whole(store: Store) -> None:
    """What a block wrote is there when it ends well."""
    with store.transaction() as connection:
        connection.execute(insert(popups).values(id_hash="one", status="opened", at=1.0))
    with store.transaction() as connection:
        assert connection.execute(select(popups.c.status)).scalars().all() == ["opened"]


def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    """What a block wrote is gone when it ends with an error."""

    def fail() -> None:
        with store.transaction() as connection:
            connection.execute(insert(popups).values(id_hash="one", status="opened", at=1.0))
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    with store.transaction() as connection:
        assert connection.execute(select(popups.c.status)).scalars().all() == []


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
