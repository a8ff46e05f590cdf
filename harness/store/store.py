"""The store: one facade, one small class per kind of record."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Self

from sqlalchemy import Connection, func, select

from harness.clock import Clock
from harness.store.conversations import Conversations
from harness.store.database import CONNECTIONS, create_tables, open_engine
from harness.store.events import EventLog
from harness.store.expiry import Expiry
from harness.store.news import Teller
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

    def __init__(self, begin: Begin, clock: Clock, teller: Teller) -> None:
        self.sessions = Sessions(begin, clock)
        self.once = Once(begin, clock)
        self.people = People(begin, clock)
        self.conversations = Conversations(begin, clock, teller)


class Store(Records):
    """Everything that the servers remember.

    Args:
        url: A SQLAlchemy URL, ``sqlite:////tmp/harness.db`` or ``postgresql+psycopg://…``.
        clock: Gives the time that is written and compared.
        connections: How many connections to a database server this process has at most.

    Attributes:
        events: What happened, in order.
        url: Where it is kept.
        teller: Tells other processes of changes.
        shared: Whether other processes may keep theirs there too, and tell of it.
    """

    def __init__(self, url: str, clock: Clock, *, connections: int = CONNECTIONS) -> None:
        self.url, self._engine, self._clock = url, open_engine(url, connections=connections), clock
        self.shared = self._engine.dialect.name == "postgresql"
        create_tables(self._engine, metadata, lock=_TABLES_LOCK)
        self._own_begin = Expiry(self._engine.begin, clock).begin
        self._joined = threading.local()
        self.teller = Teller()
        super().__init__(self._begin, clock, self.teller)
        self.events = EventLog(self._begin)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def _begin(self) -> AbstractContextManager[Connection]:
        """Give a connection in a transaction: that of this thread's block, or one of its own."""
        joined = self._in_block()
        return self._own_begin() if joined is None else contextlib.nullcontext(joined)

    def _in_block(self) -> Connection | None:
        return getattr(self._joined, "connection", None)

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """Make one transaction of all that this thread keeps in the block, events too.

        All is kept when the block ends well, else nothing; listeners hear of events after it. Nothing in the
        block may wait for others: they wait for its end. A block within another one is a part of it.
        """
        if self._in_block() is not None:
            yield
            return
        with self._own_begin() as connection, self.events.gathered(connection) as written:
            self._joined.connection = connection
            try:
                yield
            finally:
                del self._joined.connection
        self.events.tell(written)

    def most_connections(self) -> int:
        """Return how many connections a PostgreSQL server takes, of everybody together."""
        asked = func.current_setting("max_connections")
        with self._begin() as connection:
            return int(connection.execute(select(asked)).scalar_one())

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Records]:
        """Give records whose calls are one transaction: all is kept when the block ends well, else nothing.

        Within the block only what it gives may be used: the store itself would wait for the block's end. In a
        block of :meth:`together` what it keeps is kept with that one; where it fails nothing else is undone.
        """
        joined = self._in_block()
        with self._begin() as connection:
            if connection.dialect.name == "sqlite" and not connection.connection.in_transaction:
                # There is one writer. One that has read before it writes cannot wait for its turn. And a
                # savepoint outside of a transaction would be one of its own, kept whatever comes after it.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            with connection.begin_nested() if joined is not None else contextlib.nullcontext():
                yield Records(lambda: contextlib.nullcontext(connection), self._clock, self.teller)
