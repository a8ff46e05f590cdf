"""The tables of kept runs. Times are seconds since the epoch; their names are told from the store's."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Float, ForeignKey, Index, Integer, MetaData, String, Table, Text

VERSION = 1
"""The form of these tables; a reader refuses every other one."""

metadata = MetaData()

form = Table("history_form", metadata, Column("version", Integer, primary_key=True, autoincrement=False))

runs = Table(
    "history_runs",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("at", Float, nullable=False),
    Column("series", String(128), nullable=False),
    Column("title", Text, nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("harness", String(64), nullable=False),
    Column("rules", String(32), nullable=False),
    Column("summary", JSON, nullable=False),
    Column("about", JSON, nullable=False),
    Column("report", JSON, nullable=False),
    Index("history_runs_of_a_series", "series", "at"),
)

cases = Table(
    "history_cases",
    metadata,
    Column("run", ForeignKey("history_runs.seq", ondelete="CASCADE"), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("case_id", String(255), nullable=False),
    Column("outcome", String(32), nullable=False),
    Column("code", String(128)),
    Column("passed", Boolean, nullable=False),
    Column("login", Float, nullable=False),
    Column("flow_in_page", Float, nullable=False),
    Column("whole", Float, nullable=False),
)
"""One row per attempt at a case: a case that was tried again in the same run has several."""
