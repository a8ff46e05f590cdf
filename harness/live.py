"""What happens in a running case, for those who watch: from any thread, to any thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from harness.checks import Judgement
from harness.correlate import merge
from harness.timeline import Event, Timeline


@dataclass(frozen=True, kw_only=True)
class Watched:
    """A case as far as it has come.

    Attributes:
        case: Its id; ``None`` before the first one.
        servers: What the servers have told.
        browser: What the browser has told, a part of what it will have told in the end.
        timeline: All of it, once the case has ended.
        judgement: What it amounts to then.
        broken_off: Whether it ended without either.
    """

    case: str | None = None
    servers: tuple[Event, ...] = ()
    browser: tuple[Event, ...] = ()
    timeline: Timeline | None = None
    judgement: Judgement | None = None
    broken_off: bool = False

    def so_far(self) -> Timeline:
        """Return what has happened until now, in order."""
        return self.timeline or Timeline(merge(self.servers, self.browser))


class Feed:
    """Passes a running case on to those who watch."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now = Watched()
        self._listeners: list[Callable[[], None]] = []

    @property
    def now(self) -> Watched:
        """The case that runs, or the last one."""
        return self._now

    def begin(self, case: str) -> None:
        """Say that a case begins."""
        self._change(lambda _: Watched(case=case))

    def hear(self, event: Event) -> None:
        """Add what a server or the browser tells; after the case's end nothing is added."""

        def add(now: Watched) -> Watched:
            if now.case is None or now.timeline is not None or now.broken_off:
                return now
            if event.source in ("page", "browser"):
                return replace(now, browser=(*now.browser, event))
            return replace(now, servers=(*now.servers, event))

        self._change(add)

    def end(self, timeline: Timeline, judgement: Judgement) -> None:
        """Say how a case has ended, with all that happened in it."""
        self._change(lambda now: replace(now, timeline=timeline, judgement=judgement))

    def abandon(self) -> None:
        """Say that a case is over, however it went; one that has not ended by now was broken off."""
        self._change(
            lambda now: now if now.case is None or now.timeline is not None else replace(now, broken_off=True)
        )

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call ``listener`` after every change, in the thread that made it; returns the undo."""
        with self._lock:
            self._listeners.append(listener)

        def stop() -> None:
            with self._lock:
                self._listeners.remove(listener)

        return stop

    def _change(self, change: Callable[[Watched], Watched]) -> None:
        with self._lock:
            before, self._now = self._now, change(self._now)
            listeners = tuple(self._listeners) if self._now is not before else ()
        for listener in listeners:
            listener()
