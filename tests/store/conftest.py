"""The store on both databases, and a look at what stands in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import MetaData, create_engine, select

from harness.clock import ManualClock
from harness.store import Store


@pytest.fixture
def store(store_url: str, clock: ManualClock) -> Iterator[Store]:
    """Give an empty store on either database."""
    with Store(store_url, clock) as store:
        yield store


@pytest.fixture
def written(store_url: str) -> Callable[[], str]:
    """Return everything that stands in the database."""

    def read() -> str:
        engine, tables = create_engine(store_url), MetaData()
        tables.reflect(engine)
        with engine.connect() as connection:
            rows = [connection.execute(select(table)).all() for table in tables.sorted_tables]
        engine.dispose()
        return str(rows)

    return read
