"""What must outlive one request or one process: SQLAlchemy, SQLite by default, PostgreSQL by URL."""

from harness.store.store import Store

__all__ = ["Store"]
