"""What SQLAlchemy's core spells differently for the two databases."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Begin = Callable[[], AbstractContextManager[Connection]]
"""Gives a connection in a transaction: one of its own, which ends with the block, or a greater one."""


def upsert(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """Return an ``INSERT`` that can say what to do on a conflict, so that no error ends the transaction."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
