"""The kept runs: SQLAlchemy, one SQLite file by default, PostgreSQL by URL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self, TypeVar

from pydantic import ValidationError
from sqlalchemy import Connection, Row, Select, delete, func, insert, select

from harness.errors import HistoryUnavailable, UsageError
from harness.history.database import Database
from harness.history.model import Attempt, KeptRun, RunHead, Trail
from harness.history.place import Place
from harness.history.tables import cases, runs

LATEST = "latest"

_HEAD = (runs.c.id, runs.c.at, runs.c.series, runs.c.title, runs.c.verdict, runs.c.harness, runs.c.rules)
_NEWEST = (runs.c.at.desc(), runs.c.seq.desc())
_RANK = func.row_number().over(partition_by=runs.c.series, order_by=_NEWEST).label("rank")
"""The place of a run in its series, 1 for the newest."""


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
        self._database = Database(place, make=make)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def keep(self, run: KeptRun, *, newest: int) -> None:
        """Keep a run, and of its series the newest only.

        Args:
            run: The run.
            newest: How many of its series are kept.

        Raises:
            HistoryUnavailable: When that cannot be written.
        """
        with self._database.writing() as connection:
            row = {
                **run.model_dump(include={one.name for one in _HEAD}),
                "summary": run.summary.model_dump(mode="json"),
                "about": run.about.model_dump(mode="json"),
                "report": run.report.model_dump(mode="json"),
            }
            # Whoever keeps a run again, keeps it instead.
            connection.execute(delete(runs).where(runs.c.id == run.id))
            seq = connection.execute(insert(runs).values(row).returning(runs.c.seq)).scalar_one()
            tried = (one for case in run.report.cases for one in Attempt.all_of(case))
            attempts = [{"run": seq, "place": place, **one.model_dump()} for place, one in enumerate(tried)]
            if attempts:
                connection.execute(insert(cases), attempts)
            _forget(connection, _beyond(run.series, newest))

    def heads(self, *, series: str | None = None, limit: int | None = None) -> tuple[RunHead, ...]:
        """Return runs without their reports, the newest first."""
        query = _of(series, select(*_HEAD, runs.c.summary)).order_by(*_NEWEST).limit(limit)
        with self._database.reading() as connection:
            return tuple(self._head(row) for row in connection.execute(query))

    def series(self) -> tuple[RunHead, ...]:
        """Return the latest run of every series, the newest first."""
        query = select(*_HEAD, runs.c.summary, _RANK)
        ranked = query.subquery()
        newest = select(ranked).where(ranked.c.rank == 1).order_by(ranked.c.at.desc())
        with self._database.reading() as connection:
            return tuple(self._head(row) for row in connection.execute(newest))

    def find(self, named: str = LATEST) -> KeptRun:
        """Return the run of a name, of what its name begins with, or the latest.

        Raises:
            UsageError: When there is none, or several begin so.
        """
        latest = named == LATEST
        wanted = select(runs) if latest else select(runs).where(runs.c.id.startswith(named, autoescape=True))
        with self._database.reading() as connection:
            found = connection.execute(wanted.order_by(*_NEWEST).limit(1 if latest else 6)).all()
        exact = [row for row in found if row.id == named]
        if len(exact or found) == 1:
            return self._run((exact or found)[0])
        if found:
            several = ", ".join(row.id for row in found[:5]) + (" …" if len(found) > 5 else "")
            raise UsageError(f"several runs begin with {named!r}: {several}; write one letter more")
        if latest:
            raise UsageError(f"no run is kept in {self._database.shown} yet; harness check keeps every run")
        raise UsageError(
            f"no run is called {named!r} in {self._database.shown}; harness runs list names them"
        )

    def before(self, run: RunHead) -> KeptRun | None:
        """Return the run before one in its series."""
        seq = select(runs.c.seq).where(runs.c.id == run.id).scalar_subquery()
        older = (runs.c.at < run.at) | ((runs.c.at == run.at) & (runs.c.seq < seq))
        query = select(runs).where(runs.c.series == run.series, older).order_by(*_NEWEST).limit(1)
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        return self._run(row) if row is not None else None

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
        with self._database.reading() as connection:
            found = connection.execute(query.order_by(*_NEWEST).limit(limit)).all()[::-1]
            those = select(cases).where(cases.c.run.in_([row.seq for row in found]))
            attempts: dict[int, list[Attempt]] = {}
            for row in connection.execute(those.order_by(cases.c.run, cases.c.place)):
                attempts.setdefault(row.run, []).append(Attempt.model_validate(dict(row._mapping)))
        return tuple(Trail(head=self._head(row), attempts=tuple(attempts.get(row.seq, ()))) for row in found)

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
            ranked = select(runs.c.seq, _RANK).subquery()
            query = query.where(runs.c.seq.in_(select(ranked.c.seq).where(ranked.c.rank > keep)))
        with self._database.reading() as connection:
            return tuple(connection.execute(query).scalars())

    def remove(self, names: Sequence[str]) -> None:
        """Remove runs, so that their text is in the file no more."""
        with self._database.writing() as connection:
            for name in names:
                connection.execute(delete(runs).where(runs.c.id == name))
        self._database.shrink()

    def _head(self, row: Row[Any]) -> RunHead:
        return _read(RunHead, row, self._database.shown)

    def _run(self, row: Row[Any]) -> KeptRun:
        return _read(KeptRun, row, self._database.shown)


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


_Kept = TypeVar("_Kept", bound=RunHead)


def _read(kind: type[_Kept], row: Row[Any], shown: str) -> _Kept:
    """Return a row as what it was; a report may be of a version that knew other words."""
    try:
        return kind.model_validate(dict(row._mapping))
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise HistoryUnavailable(
            shown,
            f"run {row.id}, of harness {row.harness}, says {where} in a way that this one does not know",
        ) from None
