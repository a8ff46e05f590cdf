"""The kept runs: SQLAlchemy, one SQLite file by default, PostgreSQL by URL."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from typing import Any, Self

from sqlalchemy import Connection, Row, Select, delete, func, insert, inspect, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from harness.errors import HistoryUnavailable, UsageError
from harness.history.model import Attempt, KeptRun, RunHead, Trail
from harness.history.place import Place
from harness.history.tables import VERSION, cases, form, metadata, runs
from harness.store.database import create_tables, open_engine

LATEST = "latest"

_TABLES_LOCK = 4_721_017
"""The advisory lock under which the tables are created: any number that nobody else uses."""

_HEAD = (runs.c.id, runs.c.at, runs.c.series, runs.c.title, runs.c.verdict, runs.c.harness, runs.c.rules)
_NEWEST = (runs.c.at.desc(), runs.c.seq.desc())


class Runs:
    """The kept runs of one place; a context manager that closes its connections.

    Args:
        place: Where they are.
        make: Whether the file and its folder are made where they are missing.

    Raises:
        HistoryUnavailable: When they cannot be read, or are in another version's form.
        UsageError: When there are none and none are to be made.
    """

    def __init__(self, place: Place, *, make: bool = False) -> None:
        self._place = place
        if make:
            self._make()
        elif not place.exists:
            raise UsageError(f"no run is kept in {place.shown} yet; harness check keeps every run")
        with self._told():
            self._engine = open_engine(place.url.render_as_string(hide_password=False))
            try:
                self._prepare()
            except BaseException:
                self._engine.dispose()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.dispose()

    @property
    def shown(self) -> str:
        """How the place is called."""
        return self._place.shown

    def keep(self, run: KeptRun, *, newest: int) -> None:
        """Keep a run, and of its series the newest only.

        Args:
            run: The run.
            newest: How many of its series are kept.

        Raises:
            HistoryUnavailable: When that cannot be written.
        """
        with self._writing() as connection:
            row = {
                **run.model_dump(include={one.name for one in _HEAD}),
                "summary": run.summary.model_dump(mode="json"),
                "about": run.about.model_dump(mode="json"),
                "report": run.report.model_dump(mode="json"),
            }
            # Whoever keeps a run again, keeps it instead.
            connection.execute(delete(runs).where(runs.c.id == run.id))
            seq = connection.execute(insert(runs).values(row).returning(runs.c.seq)).scalar_one()
            attempts = [
                {"run": seq, "place": place, **Attempt.of(case).model_dump()}
                for place, case in enumerate(run.report.cases)
            ]
            if attempts:
                connection.execute(insert(cases), attempts)
            _forget(connection, _beyond(run.series, newest))

    def heads(self, *, series: str | None = None, limit: int | None = None) -> tuple[RunHead, ...]:
        """Return runs without their reports, the newest first."""
        query = _of(series, select(*_HEAD, runs.c.summary)).order_by(*_NEWEST).limit(limit)
        with self._reading() as connection:
            return tuple(_head(row) for row in connection.execute(query))

    def find(self, named: str = LATEST) -> KeptRun:
        """Return the run of a name, of what its name begins with, or the latest.

        Raises:
            UsageError: When there is none, or several begin so.
        """
        latest = named == LATEST
        wanted = select(runs) if latest else select(runs).where(runs.c.id.startswith(named, autoescape=True))
        with self._reading() as connection:
            found = connection.execute(wanted.order_by(*_NEWEST).limit(1 if latest else 6)).all()
        exact = [row for row in found if row.id == named]
        if len(exact or found) == 1:
            return _run((exact or found)[0])
        if found:
            several = ", ".join(row.id for row in found[:5]) + (" …" if len(found) > 5 else "")
            raise UsageError(f"several runs begin with {named!r}: {several}; write one letter more")
        if latest:
            raise UsageError(f"no run is kept in {self.shown} yet; harness check keeps every run")
        raise UsageError(f"no run is called {named!r} in {self.shown}; harness runs list names them")

    def before(self, run: RunHead) -> KeptRun | None:
        """Return the run before one in its series."""
        seq = select(runs.c.seq).where(runs.c.id == run.id).scalar_subquery()
        older = (runs.c.at < run.at) | ((runs.c.at == run.at) & (runs.c.seq < seq))
        query = select(runs).where(runs.c.series == run.series, older).order_by(*_NEWEST).limit(1)
        with self._reading() as connection:
            row = connection.execute(query).one_or_none()
        return _run(row) if row is not None else None

    def pair(self, first: str = "", second: str = "") -> tuple[KeptRun, KeptRun]:
        """Return the two runs that are to be compared, the one to compare with first.

        Args:
            first: The earlier one; empty for the one before the later one in its series.
            second: The later one; empty for the latest, of the series of the earlier one where that is named.

        Raises:
            UsageError: When there is no such pair.
        """
        if second:
            return self.find(first), self.find(second)
        if first:
            before = self.find(first)
            latest = self.find(self.heads(series=before.series, limit=1)[0].id)
            if latest.id == before.id:
                raise UsageError(f"{before.id} is the latest run of its series; name a second run")
            return before, latest
        latest = self.find()
        if (found := self.before(latest)) is None:
            raise UsageError(
                f"{latest.id} is the only run of {latest.title}; run it once more, or name two runs"
            )
        return found, latest

    def trails(self, series: str, *, until: float | None = None, limit: int) -> tuple[Trail, ...]:
        """Return the newest runs of a series as trends see them, the oldest first.

        Args:
            series: The series.
            until: None that began later than this, in seconds since the epoch.
            limit: How many at most.
        """
        query = _of(series, select(runs.c.seq, *_HEAD, runs.c.summary))
        if until is not None:
            query = query.where(runs.c.at <= until)
        with self._reading() as connection:
            found = connection.execute(query.order_by(*_NEWEST).limit(limit)).all()[::-1]
            those = select(cases).where(cases.c.run.in_([row.seq for row in found]))
            attempts: dict[int, list[Attempt]] = {}
            for row in connection.execute(those.order_by(cases.c.run, cases.c.place)):
                attempts.setdefault(row.run, []).append(Attempt.model_validate(dict(row._mapping)))
        return tuple(Trail(head=_head(row), attempts=tuple(attempts.get(row.seq, ()))) for row in found)

    def chosen(self, *, before: float | None = None, keep: int | None = None) -> tuple[str, ...]:
        """Return the names of the runs that a purge would remove.

        Args:
            before: Those that began earlier than this.
            keep: Those beyond so many of the newest of each series.
        """
        query = select(runs.c.id).order_by(*_NEWEST)
        if before is not None:
            query = query.where(runs.c.at < before)
        if keep is not None:
            ranked = select(
                runs.c.seq,
                func.row_number().over(partition_by=runs.c.series, order_by=_NEWEST).label("rank"),
            ).subquery()
            query = query.where(runs.c.seq.in_(select(ranked.c.seq).where(ranked.c.rank > keep)))
        with self._reading() as connection:
            return tuple(connection.execute(query).scalars())

    def remove(self, names: Sequence[str]) -> None:
        """Remove runs, so that their text is in the file no more."""
        with self._writing() as connection:
            for name in names:
                connection.execute(delete(runs).where(runs.c.id == name))
        if self._engine.dialect.name == "sqlite":
            with self._told(), self._engine.connect() as connection:
                alone = connection.execution_options(isolation_level="AUTOCOMMIT")
                alone.exec_driver_sql("VACUUM")
                alone.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def _make(self) -> None:
        """Make the file for this user alone: SQLite's files beside it take over who may read it."""
        file = self._place.file
        if file is None:
            return
        try:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._place.own:
                file.parent.chmod(0o700)
            with contextlib.suppress(FileExistsError):
                os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        except OSError as error:
            raise HistoryUnavailable(self.shown, error.strerror or str(error)) from None

    def _prepare(self) -> None:
        """See that the tables are there, in this version's form."""
        if not inspect(self._engine).has_table(form.name):
            create_tables(self._engine, metadata, lock=_TABLES_LOCK)
            with self._begin() as connection:
                if connection.execute(select(func.count()).select_from(form)).scalar_one() == 0:
                    connection.execute(insert(form).values(version=VERSION))
        with self._engine.connect() as connection:
            found = connection.execute(select(func.max(form.c.version))).scalar_one()
        if found is not None and found != VERSION:
            age, act = ("a newer", "upgrade it, or") if found > VERSION else ("an older", "move it away, or")
            raise HistoryUnavailable(
                self.shown,
                f"it has form {found} of {age} harness, and this one knows form {VERSION}; "
                f"{act} name another file with HARNESS_HISTORY",
            )

    @contextlib.contextmanager
    def _begin(self) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                # There is one writer. One that has read before it writes cannot wait for its turn.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.execute(select(func.pg_advisory_xact_lock(_TABLES_LOCK)))
            yield connection

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._told(), self._begin() as connection:
            yield connection

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._told(), self._engine.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what the database says into one sentence."""
        try:
            yield
        except SQLAlchemyError as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            reason = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
            raise HistoryUnavailable(self.shown, reason) from None


def _of(series: str | None, query: Select[Any]) -> Select[Any]:
    return query if series is None else query.where(runs.c.series == series)


def _beyond(series: str, newest: int) -> Select[Any]:
    """Return which runs of a series are older than the newest ones."""
    kept = select(runs.c.seq).where(runs.c.series == series).order_by(*_NEWEST).limit(newest)
    return select(runs.c.seq).where(runs.c.series == series, runs.c.seq.not_in(kept.subquery().select()))


def _forget(connection: Connection, which: Select[Any]) -> None:
    seqs = connection.execute(which).scalars().all()
    if seqs:
        connection.execute(delete(runs).where(runs.c.seq.in_(seqs)))


def _head(row: Row[Any]) -> RunHead:
    return RunHead.model_validate(dict(row._mapping))


def _run(row: Row[Any]) -> KeptRun:
    return KeptRun.model_validate(dict(row._mapping))
