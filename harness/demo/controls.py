"""What the panel's buttons ask for, on its way to the thread that drives the browser."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from harness.demo.choice import Choice

Pace = Literal["slow", "normal", "fast", "none"]
PACES: tuple[Pace, ...] = ("slow", "normal", "fast", "none")

_STRETCH: dict[Pace, float] = {"slow": 1.7, "normal": 1.0, "fast": 0.45, "none": 0.0}
_LOOK, _PER_WORD = 0.7, 0.22
"""Seconds for finding a caption, and for each of its words: some 270 words a minute."""


def reading_seconds(sentence: str, pace: Pace, *, known: bool = False) -> float:
    """Return for how long a sentence stays before the next one comes.

    Args:
        sentence: What is read.
        pace: How much time people get.
        known: Whether they have read it before, so that a glance is enough.
    """
    words = 0 if known else len(sentence.split())
    return _STRETCH[pace] * (_LOOK + _PER_WORD * words)


class _Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Play(_Asked):
    """Play one case, or the whole tour with it."""

    do: Literal["play", "tour"]
    choice: Choice


class SetPace(_Asked):
    """Give people more time to read, or less."""

    do: Literal["pace"]
    pace: Pace


class Go(_Asked):
    """Stop where it is, go on, or go on with the next hop at once."""

    do: Literal["pause", "resume", "next"]


Asked = Annotated[Play | SetPace | Go, Field(discriminator="do")]
"""What a button asks for."""


class Controls:
    """A line in which what is asked waits; the console's thread fills it, the driving one empties it."""

    def __init__(self) -> None:
        self._waiting: deque[Play | SetPace | Go] = deque()
        self._lock = threading.Lock()

    def ask(self, asked: Play | SetPace | Go) -> None:
        """Put something into the line."""
        with self._lock:
            self._waiting.append(asked)

    def asked(self) -> Iterator[Play | SetPace | Go]:
        """Take out what waits, first come first."""
        while True:
            with self._lock:
                if not self._waiting:
                    return
                one = self._waiting.popleft()
            yield one
