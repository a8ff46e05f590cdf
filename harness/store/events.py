"""What happened, append-only: the servers' part of every timeline."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import func, insert, select

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


class EventLog:
    """Appends and reads events; tells listeners in this process at once.

    An event's ``at`` is the machine's own time, whatever clock the protocol goes by: it is a record, and the
    browser's part of the timeline knows no other clock.
    """

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._lock = threading.Lock()
        self._listeners: list[Callable[[Event], None]] = []

    def append(self, source: Source, type_: str, /, *, flow: str | None = None, **data: Any) -> Event:
        """Record one event; ``data`` is JSON and never holds a credential, only its fingerprint."""
        with self._begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(_IN_TURN)
            at = time.time()
            values = {"at": at, "source": source, "type": type_, "flow": flow, "data": data}
            seq = connection.execute(_INSERT, values).inserted_primary_key
        assert seq is not None
        event = Event(seq=seq[0], at=at, source=source, type=type_, flow=flow, data=data)
        with self._lock:
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener(event)
        return event

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
