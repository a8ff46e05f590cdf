"""News between processes: what one of them has changed, every other one on the same database hears at once.

PostgreSQL's ``NOTIFY`` is part of the transaction that makes the change: it is heard when the change can be
read, and never for one that was rolled back. A database in a file has one process, which needs none of this.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select
from sqlalchemy.engine import make_url

from harness.protocol.fingerprint import digest

if TYPE_CHECKING:
    from psycopg import AsyncConnection

CONVERSATIONS = "conversations"
"""The topic of the list of conversations."""

_CHANNEL = "harness_news"
_AGAIN_SECONDS = 1.0
"""How long a process that has lost the database waits before it asks again."""


def conversation_topic(conversation: str) -> str:
    """Return the topic of one conversation."""
    return f"conversation {conversation}"


def popup_topic(popup: str) -> str:
    """Return the topic of one popup's status."""
    return f"popup {popup}"


def marks(topics: Iterable[str]) -> tuple[str, ...]:
    """Return the names under which topics are told: a popup's own name is known to its page only."""
    return tuple(digest(topic) for topic in topics)


@dataclass(frozen=True)
class Teller:
    """Tells the others what one process has changed.

    Attributes:
        name: The process's own name, by which it knows what it has told itself.
    """

    name: str = field(default_factory=lambda: secrets.token_hex(8))

    def tell(self, connection: Connection, *topics: str) -> None:
        """Tell them, when the connection's transaction ends well, that topics have news."""
        if connection.dialect.name == "postgresql":
            told = " ".join((self.name, *marks(topics)))
            connection.execute(select(func.pg_notify(_CHANNEL, told)))


class News:
    """Hears what the others tell on a PostgreSQL database.

    Args:
        url: The database's SQLAlchemy URL.
        own: The name under which this process tells, and which it does not listen to.
        heard: Called with the marks of the topics, in the event loop.
        missed: Called when something may have gone unheard, because the database was away.
    """

    def __init__(
        self, url: str, own: str, *, heard: Callable[[Collection[str]], None], missed: Callable[[], None]
    ) -> None:
        self._url, self._own, self._heard, self._missed = make_url(url), own, heard, missed

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Hear everything that is told from now until the block ends."""
        hearing = asyncio.create_task(self._hear(await self._connected()))
        try:
            yield
        finally:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)

    async def _connected(self) -> AsyncConnection:
        from psycopg import AsyncConnection

        arguments, named = self._url.get_dialect()().create_connect_args(self._url)
        connection = await AsyncConnection.connect(*arguments, **named, autocommit=True)
        await connection.execute(f"LISTEN {_CHANNEL}")
        return connection

    async def _hear(self, connection: AsyncConnection) -> None:
        from psycopg import OperationalError

        while True:
            with contextlib.suppress(OperationalError):
                async with connection:
                    async for told in connection.notifies():
                        name, *marked = told.payload.split()
                        if name != self._own:
                            self._heard(marked)
            connection = await self._again()
            self._missed()

    async def _again(self) -> AsyncConnection:
        """Return a new connection, as soon as the database is back."""
        from psycopg import OperationalError

        while True:
            with contextlib.suppress(OperationalError):
                return await self._connected()
            await asyncio.sleep(_AGAIN_SECONDS)
