"""Wakes whoever waits for a change; what changed is read from the store.

A change in another process comes by :class:`harness.store.news.News`.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator

from harness.store.news import marks


class Closed(Exception):
    """The server is going down."""


class Subscription:
    """Waits for changes of the topics it was made for."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()

    async def changed(self) -> None:
        """Return after the next change, at once when one has happened since the last return.

        Raises:
            Closed: When the bus was closed.
        """
        await self._changed.wait()
        self._changed.clear()
        if self._bus.closed:
            raise Closed

    def wake(self) -> None:
        """Wake the waiter, from any thread."""
        with contextlib.suppress(RuntimeError):  # the waiter's loop has ended
            self._loop.call_soon_threadsafe(self._changed.set)


class Bus:
    """Topics and their waiters in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: defaultdict[str, set[Subscription]] = defaultdict(set)
        self.closed = False

    def publish(self, *topics: str) -> None:
        """Wake everybody who waits for one of ``topics``; callable from any thread."""
        self.wake(marks(topics))

    def wake(self, marked: Iterable[str]) -> None:
        """Wake everybody who waits for a topic with one of these marks; callable from any thread."""
        with self._lock:
            waiting = {subscription for mark in marked for subscription in self._waiting.get(mark, ())}
        for subscription in waiting:
            subscription.wake()

    @contextlib.contextmanager
    def subscribe(self, *topics: str) -> Iterator[Subscription]:
        """Wait for changes of ``topics`` within the block."""
        subscription, marked = Subscription(self), marks(topics)
        with self._lock:
            for mark in marked:
                self._waiting[mark].add(subscription)
        if self.closed:
            subscription.wake()
        try:
            yield subscription
        finally:
            with self._lock:
                for mark in marked:
                    self._waiting[mark].discard(subscription)
                    if not self._waiting[mark]:
                        del self._waiting[mark]

    def wake_all(self) -> None:
        """Wake everybody: the clock was moved, so that what they wait for may be due."""
        with self._lock:
            waiting = set().union(*self._waiting.values()) if self._waiting else set()
        for subscription in waiting:
            subscription.wake()

    def close(self) -> None:
        """End every wait."""
        self.closed = True
        self.wake_all()
