"""How a database is opened and given its tables: one way for everything that is kept."""

from __future__ import annotations

import contextlib
import functools
import json
import sqlite3
from typing import Any

from sqlalchemy import Engine, MetaData, create_engine, event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.schema import CreateIndex, CreateTable


def open_engine(url: str) -> Engine:
    """Return the engine of a database.

    Args:
        url: A SQLAlchemy URL, ``sqlite:////tmp/harness.db`` or ``postgresql+psycopg://…``.
    """
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


def create_tables(engine: Engine, metadata: MetaData, *, lock: int) -> None:
    """Create what is missing; those who start together do so one after the other.

    Args:
        engine: The database.
        metadata: Its tables.
        lock: The advisory lock of these tables: any number that nobody else uses.
    """
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            # There, IF NOT EXISTS alone does not keep two sessions from creating one table.
            connection.execute(select(func.pg_advisory_xact_lock(lock)))
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
