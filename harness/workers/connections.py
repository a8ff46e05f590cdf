"""The database that the workers share: whether it can be used, and how many connections each may have."""

from __future__ import annotations

from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from harness.clock import SystemClock
from harness.errors import UsageError
from harness.store import Store
from harness.store.database import CONNECTIONS, shown

MOST_WORKERS = 64

_SPARE = 10
"""Connections to the database that are left to others."""

_FEWEST = 2
"""Connections with which a worker can still do its work."""


def look_at(database: str) -> int:
    """Return how many connections a PostgreSQL server takes, and see that the tables are there.

    Args:
        database: Its SQLAlchemy URL.

    Raises:
        UsageError: When it cannot be used.
    """
    try:
        with Store(database, SystemClock()) as store:
            return store.most_connections()
    except DBAPIError as error:
        said = str(error.orig).strip().splitlines() or [type(error).__name__]
        raise UsageError(f"the database {shown(make_url(database))} cannot be used: {said[0]}") from None


def connections_of_each(database: str, workers: int) -> int:
    """Return how many connections each worker may have.

    Args:
        database: Its SQLAlchemy URL.
        workers: How many there are.

    Raises:
        UsageError: When there are too few, or it cannot be used.
    """
    most = look_at(database)
    # One of each worker's hears of news.
    each = (most - _SPARE) // workers - 1
    if each < _FEWEST:
        raise UsageError(
            f"the database takes {most} connections, too few for {workers} workers; take at most "
            f"{max(1, (most - _SPARE) // (_FEWEST + 1))}, or raise its max_connections"
        )
    return min(CONNECTIONS, each)
