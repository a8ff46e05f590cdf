"""Bounded growth: what has an end is deleted some time after it, beside the work and not by a thread."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator

from sqlalchemy import Column, Connection, delete, select
from sqlalchemy.exc import SQLAlchemyError

from harness.clock import Clock
from harness.store.sql import Begin
from harness.store.tables import authorization_codes, popups, seen, sessions, transactions

KEPT = 86_400
"""Seconds beyond its end that a row is kept: what comes late still hears why, and clocks may differ."""

EVERY = 500
"""Transactions between two purges: fewer than rows go in one, so that the rows cannot get ahead."""

MOST = 1_000
"""Rows of one table that go in one purge, so that nobody waits long."""

ENDS: tuple[Column[float], ...] = (
    authorization_codes.c.expires_at,
    popups.c.at,
    seen.c.expires_at,
    sessions.c.expires_at,
    transactions.c.expires_at,
)
"""What tells the end of a row, for every table whose rows have one."""


class Expiry:
    """Gives transactions, and deletes what has expired after the first one and after every 500th.

    Args:
        begin: Gives the transactions.
        clock: Tells what has expired.
    """

    def __init__(self, begin: Begin, clock: Clock) -> None:
        self._own_begin, self._clock = begin, clock
        self._begun = itertools.count()

    @contextlib.contextmanager
    def begin(self) -> Iterator[Connection]:
        """Give a connection in a transaction of its own."""
        with self._own_begin() as connection:
            yield connection
        if next(self._begun) % EVERY == 0:
            # The work is done and must not fail for this; a later turn finds the same rows.
            with contextlib.suppress(SQLAlchemyError):
                self._purge()

    def _purge(self) -> None:
        now = self._clock.now()
        for end in ENDS:
            (key,) = end.table.primary_key
            gone = select(key).where(end < now - KEPT).limit(MOST).with_for_update(skip_locked=True)
            with self._own_begin() as connection:
                connection.execute(delete(end.table).where(key.in_(gone)))
