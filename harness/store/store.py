"""The store: one facade, one small class per kind of record."""

from __future__ import annotations

import contextlib
import functools
import json
import sqlite3
from collections.abc import Iterator
from typing import Any, Self

from sqlalchemy import Engine, create_engine, event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.schema import CreateIndex, CreateTable

from harness.clock import Clock
from harness.store.conversations import Conversations
from harness.store.events import EventLog
from harness.store.expiry import Expiry
from harness.store.once import Once
from harness.store.people import People
from harness.store.sessions import Sessions
from harness.store.sql import Begin
from harness.store.tables import metadata

_TABLES_LOCK = 4_721_016
"""The advisory lock under which the tables are created: any number that nobody else uses."""


class Records:
    """What is remembered of people and what they have open, each call one database transaction of its own.

    Attributes:
        sessions: Browser sessions of the roles, by the hash of their secret.
        once: Codes, transactions and credentials that may be used one time only.
        people: Profiles, engagements and consents.
        conversations: Conversations, their messages and the popups' status.
    """

    def __init__(self, begin: Begin, clock: Clock) -> None:
        self.sessions = Sessions(begin, clock)
        self.once = Once(begin, clock)
        self.people = People(begin, clock)
        self.conversations = Conversations(begin, clock)


class Store(Records):
    """Everything that the servers remember.

    Args:
        url: A SQLAlchemy URL, ``sqlite:////tmp/harness.db`` or ``postgresql+psycopg://…``.
        clock: Gives the time that is written and compared.

    Attributes:
        events: What happened, in order.
    """

    def __init__(self, url: str, clock: Clock) -> None:
        self._engine, self._clock = _engine(url), clock
        _create_tables(self._engine)
        self._begin = Expiry(self._engine.begin, clock).begin
        super().__init__(self._begin, clock)
        self.events = EventLog(self._begin)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Records]:
        """Give records whose calls are one transaction: all is kept when the block ends well, else nothing.

        Within the block only what it gives may be used: the store itself would wait for the block's end.
        """
        with self._begin() as connection:
            if connection.dialect.name == "sqlite":
                # There is one writer. One that has read before it writes cannot wait for its turn.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield Records(lambda: contextlib.nullcontext(connection), self._clock)


def _engine(url: str) -> Engine:
    engine = create_engine(
        url,
        pool_pre_ping=make_url(url).get_backend_name() != "sqlite",
        # NaN is no JSON: PostgreSQL refuses it, and no browser could read it.
        json_serializer=functools.partial(json.dumps, allow_nan=False),
        # What is written is nothing for the text of an error.
        hide_parameters=True,
    )
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _tune_sqlite)
    return engine


def _create_tables(engine: Engine) -> None:
    """Create what is missing; workers that start together do so one after the other."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            # There, IF NOT EXISTS alone does not keep two sessions from creating one table.
            connection.execute(select(func.pg_advisory_xact_lock(_TABLES_LOCK)))
        for table in metadata.sorted_tables:
            connection.execute(CreateTable(table, if_not_exists=True))
            for index in table.indexes:
                connection.execute(CreateIndex(index, if_not_exists=True))


def _tune_sqlite(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout=30000")
    # The mode belongs to the file. SQLite does not wait for its switch while another connection of a fresh
    # file makes the same one; then that connection's switch counts for this one too.
    with contextlib.suppress(sqlite3.OperationalError):
        cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()
