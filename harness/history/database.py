"""The database of kept runs: made for its user alone, of one form, and every failure one sentence."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, func, insert, inspect, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from harness.errors import HistoryUnavailable, UsageError
from harness.history.place import Place
from harness.history.tables import VERSION, form, metadata
from harness.store.database import create_tables, open_engine

_TABLES_LOCK = 4_721_017
"""The advisory lock of whoever writes: any number that nobody else uses."""


class Database:
    """A database of kept runs.

    Args:
        place: Where it is.
        make: Whether the file and its folder are made where they are missing.

    Raises:
        HistoryUnavailable: When it cannot be used, or is in another version's form.
        UsageError: When there is none, and none is to be made.
    """

    def __init__(self, place: Place, *, make: bool) -> None:
        self.shown = place.shown
        if make and place.file is not None:
            with self.told():
                _make(place.file, own=place.own)
        elif not place.exists:
            raise UsageError(f"no run is kept in {place.shown} yet; harness check keeps every run")
        with self.told():
            self._engine = open_engine(place.url.render_as_string(hide_password=False))
            if self._engine.dialect.name == "sqlite":
                event.listen(self._engine, "connect", _overwrite)
            try:
                self._prepare()
            except BaseException:
                self._engine.dispose()
                raise

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that only reads."""
        with self.told(), self._engine.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection in a transaction; of several writers one after the other has its turn."""
        with self.told(), self._engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                # There is one writer. One that has read before it writes cannot wait for its turn.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.execute(select(func.pg_advisory_xact_lock(_TABLES_LOCK)))
            yield connection

    def shrink(self) -> None:
        """See that what was removed is in the file no more."""
        if self._engine.dialect.name != "sqlite":
            return
        with self.told(), self._engine.connect() as connection:
            alone = connection.execution_options(isolation_level="AUTOCOMMIT")
            alone.exec_driver_sql("VACUUM")
            alone.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def _prepare(self) -> None:
        """See that the tables are there, in this version's form."""
        if not inspect(self._engine).has_table(form.name):
            create_tables(self._engine, metadata, lock=_TABLES_LOCK)
        if self._form() is None:
            with self.writing() as connection:
                if connection.execute(select(func.count()).select_from(form)).scalar_one() == 0:
                    connection.execute(insert(form).values(version=VERSION))
        found = self._form()
        if found == VERSION:
            return
        newer = found is not None and found > VERSION
        raise HistoryUnavailable(
            self.shown,
            f"it has form {found}, of {'a newer' if newer else 'an older'} harness, and this one knows form "
            f"{VERSION}; {'upgrade it' if newer else 'move it away'}, or name another with HARNESS_HISTORY",
        )

    def _form(self) -> int | None:
        with self._engine.connect() as connection:
            found: int | None = connection.execute(select(func.max(form.c.version))).scalar_one()
        return found

    @contextlib.contextmanager
    def told(self) -> Iterator[None]:
        """Turn what the machine or the database says into one sentence."""
        try:
            yield
        except SQLAlchemyError as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            said = str(cause).strip().splitlines()
            raise HistoryUnavailable(self.shown, said[0] if said else type(cause).__name__) from None
        except OSError as error:
            raise HistoryUnavailable(self.shown, error.strerror or str(error)) from None


def _overwrite(connection: Any, _: Any) -> None:
    """Have SQLite overwrite what is removed, as where a series has too many runs, instead of unlinking it."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()


def _make(file: Path, *, own: bool) -> None:
    """Make the file for this user alone: SQLite's files beside it take over who may read it.

    Raises:
        OSError: When it cannot be made, or is a link to nothing.
    """
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if own:
        file.parent.chmod(0o700)
    try:
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        # The user names the very file: a link to one is followed. Of one to nothing SQLite would make a file
        # where somebody else has said, that anybody may read.
        if not file.exists():
            raise FileNotFoundError(errno.ENOENT, "it is a link to nothing") from None
