"""How a database is opened and given its tables: one way for everything that is kept."""

from __future__ import annotations

import contextlib
import functools
import json
import re
import sqlite3
from importlib.util import find_spec
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, create_engine, event, func, inspect, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.schema import CreateIndex, CreateTable

from harness.errors import UsageError

_MISREAD = re.compile(r"://(?:[^:/]*:[^@]*@.*@|[^:/@]*(?::[^@]*)?\?\w+=[^@]*@)", re.DOTALL)
"""An ``@`` in a password, before the host or among what stands behind the question mark.

The password would be taken to end there, and what follows be shown and be asked of the name server.
"""


def postgresql(named: str, *, by: str, allowed: str) -> URL:
    """Return the URL of a PostgreSQL database as somebody names it.

    Args:
        named: What they say.
        by: The option or variable with which they say it, for the sentence.
        allowed: What it takes, for the sentence.

    Raises:
        UsageError: When it is no such URL, or the driver is missing.
    """
    try:
        url = make_url(named)
    except (ArgumentError, ValueError):
        raise UsageError(f"{by} is no URL of a database; {allowed}") from None
    if url.get_backend_name() != "postgresql":
        raise UsageError(f"{by} names {url.drivername}; {allowed}")
    if _MISREAD.search(named):
        raise UsageError(f"{by} is no URL of a database: an @ in a password is written %40; {allowed}")
    if find_spec("psycopg") is None:
        raise UsageError(
            f"{by} names a PostgreSQL database, whose driver is missing; "
            "pip install 'consumer-auth-harness[postgres]'"
        )
    return url.set(drivername="postgresql+psycopg")


def shown(url: URL) -> str:
    """Return a URL as it may be shown: what stands behind the question mark may be a password too."""
    return url.set(drivername="postgresql", query={}).render_as_string(hide_password=True)


CONNECTIONS = 15
"""How many connections to a server one process has at most, unless it is told otherwise."""


LOCKED_SECONDS = 30
"""How long somebody waits for what another one has locked, before that is an error."""


def open_engine(url: str, *, connections: int = CONNECTIONS) -> Engine:
    """Return the engine of a database.

    Args:
        url: A SQLAlchemy URL, ``sqlite:////tmp/harness.db`` or ``postgresql+psycopg://…``.
        connections: How many connections to a server are open at most; whoever needs one more waits.
    """
    kept = min(5, connections)
    pool = {"pool_pre_ping": True, "pool_size": kept, "max_overflow": connections - kept}
    engine = create_engine(
        _impatient(make_url(url)),
        **(pool if make_url(url).get_backend_name() != "sqlite" else {}),
        # NaN is no JSON: PostgreSQL refuses it, and no browser could read it.
        json_serializer=functools.partial(json.dumps, allow_nan=False),
        # What is written is nothing for the text of an error.
        hide_parameters=True,
    )
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _tune_sqlite)
    return engine


def _impatient(url: URL) -> URL:
    """Return a URL with which a PostgreSQL server waits for a lock no longer than SQLite does."""
    if url.get_backend_name() != "postgresql":
        return url
    given = url.query.get("options", "")
    options = (*((given,) if isinstance(given, str) else given), f"-clock_timeout={LOCKED_SECONDS}s")
    return url.update_query_dict({"options": " ".join(options).strip()})


def create_tables(engine: Engine, metadata: MetaData, *, lock: int) -> None:
    """Create what is missing; those who start together do so one after the other.

    Args:
        engine: The database.
        metadata: Its tables.
        lock: The advisory lock of these tables: any number that nobody else uses.
    """
    with engine.begin() as connection:
        there: set[str | None] = set()
        if engine.dialect.name == "postgresql":
            # There, IF NOT EXISTS alone does not keep two sessions from creating one table.
            connection.execute(select(func.pg_advisory_xact_lock(lock)))
            # And it locks what exists all the same, amid the work of others.
            there = _names(connection)
        for table in metadata.sorted_tables:
            if table.name not in there:
                connection.execute(CreateTable(table, if_not_exists=True))
            for index in table.indexes:
                if index.name not in there:
                    connection.execute(CreateIndex(index, if_not_exists=True))


def _names(connection: Connection) -> set[str | None]:
    """Return the names of the tables and indexes that are there."""
    found = inspect(connection)
    indexes = (index["name"] for some in found.get_multi_indexes().values() for index in some)
    return {*found.get_table_names(), *indexes}


def _tune_sqlite(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={LOCKED_SECONDS * 1000}")
    # The mode belongs to the file. SQLite does not wait for its switch while another connection of a fresh
    # file makes the same one; then that connection's switch counts for this one too.
    with contextlib.suppress(sqlite3.OperationalError):
        cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()
