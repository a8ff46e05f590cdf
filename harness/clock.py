"""Time as an argument: everything that reads a clock is given one."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Seconds since the epoch, as OAuth and OpenID Connect count them."""

    def now(self) -> float:
        """Return the current time in seconds since 1970-01-01T00:00:00Z."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """Return the current time in seconds since 1970-01-01T00:00:00Z."""
        return time.time()


class MovableClock:
    """The machine's clock, which can be set ahead."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        """Return the time in seconds since 1970-01-01T00:00:00Z, with what it was set ahead by."""
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Set the clock ahead by ``seconds``."""
        self._ahead += seconds


class ManualClock:
    """A clock that moves only when it is told to.

    Args:
        start: Seconds since the epoch.
    """

    def __init__(self, start: float) -> None:
        self._now = start

    def now(self) -> float:
        """Return the time that was set."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move the clock by ``seconds``, which may be negative."""
        self._now += seconds
