"""What happened, append-only: the servers' part of every timeline."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, func, insert, select

from harness.store.sql import Begin
from harness.store.tables import events
from harness.timeline import Event, Source

_IN_TURN = select(
    func.pg_advisory_xact_lock(4_721_018),
    func.set_config("synchronous_commit", "off", True),
)
"""Lets the writers of all processes take turns, so that events can be read in the order of their numbers.

The number of the lock is any that nobody else uses. The turns are short because nobody waits for the disk: a
power cut may take the last half second of a record, as with SQLite's ``synchronous=NORMAL``.
"""

_INSERT = insert(events)
"""Made once: what a statement is made of costs SQLAlchemy as much time as SQLite takes to execute it."""

_INSERT_MANY = _INSERT.returning(events.c.seq, sort_by_parameter_order=True)


class EventLog:
    """Appends and reads events; tells listeners in this process at once.

    An event's ``at`` is the machine's own time, whatever clock the protocol goes by: it is a record, and the
    browser's part of the timeline knows no other clock.
    """

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._lock = threading.Lock()
        self._listeners: list[Callable[[Event], None]] = []
        self._gathering = threading.local()

    def append(self, source: Source, type_: str, /, *, flow: str | None = None, **data: Any) -> Event:
        """Record one event; ``data`` is JSON and never holds a credential, only its fingerprint.

        In a block of :meth:`Store.together` it is recorded when the block ends, and has number and time 0
        until then.
        """
        event = Event(seq=0, at=0, source=source, type=type_, flow=flow, data=data)
        gathered: list[Event] | None = getattr(self._gathering, "events", None)
        if gathered is not None:
            gathered.append(event)
            return event
        with self._begin() as connection:
            (written,) = _written(connection, [event])
        self.tell((written,))
        return written

    @contextlib.contextmanager
    def gathered(self, connection: Connection) -> Iterator[list[Event]]:
        """Gather what this thread appends in the block and write it at its end, if it ends well.

        Args:
            connection: In its transaction, which has to end before anybody is told.

        Returns:
            The events, when the block has ended: what is left is to tell of them.
        """
        appended: list[Event] = []
        written: list[Event] = []
        self._gathering.events = appended
        try:
            yield written
        finally:
            del self._gathering.events
        written += _written(connection, appended)

    def tell(self, written: Iterable[Event]) -> None:
        """Tell the listeners of events that can be read by now."""
        with self._lock:
            listeners = tuple(self._listeners)
        for event in written:
            for listener in listeners:
                listener(event)

    def last(self) -> int:
        """Return the number of the newest event, 0 when there is none."""
        with self._begin() as connection:
            return int(connection.execute(select(func.coalesce(func.max(events.c.seq), 0))).scalar_one())

    def after(self, seq: int) -> tuple[Event, ...]:
        """Return the events that came after number ``seq``, in order."""
        query = select(events).where(events.c.seq > seq).order_by(events.c.seq)
        with self._begin() as connection:
            return tuple(Event(**row) for row in connection.execute(query).mappings())

    def listen(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Call ``listener`` for every event from now on, in the thread that appends; returns the undo."""
        with self._lock:
            self._listeners.append(listener)

        def stop() -> None:
            with self._lock:
                self._listeners.remove(listener)

        return stop


def _written(connection: Connection, appended: Sequence[Event]) -> list[Event]:
    """Write events, and return them with their numbers and times."""
    if not appended:
        return []
    if connection.dialect.name == "postgresql":
        connection.execute(_IN_TURN)
    # Not before the turn has come: the order of the numbers is the order of time, over all processes.
    timed = [replace(one, at=time.time()) for one in appended]
    names = ("at", "source", "type", "flow", "data")
    rows = [{name: getattr(one, name) for name in names} for one in timed]
    if len(rows) == 1:
        (number,) = connection.execute(_INSERT, rows[0]).inserted_primary_key or (0,)
        return [replace(timed[0], seq=number)]
    numbers = connection.execute(_INSERT_MANY, rows).scalars()
    return [replace(one, seq=number) for one, number in zip(timed, numbers, strict=True)]
