"""What SQLAlchemy's core spells differently for the two databases."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

Begin = Callable[[], AbstractContextManager[Connection]]
"""Gives a connection in a transaction: one of its own, which ends with the block, or a greater one."""


def upsert(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """Return an ``INSERT`` that can say what to do on a conflict, so that no error ends the transaction."""
    if dialect == "postgresql":
        # Imported by whoever has such a database: it brings every driver's part along.
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)
    return sqlite.insert(table)
