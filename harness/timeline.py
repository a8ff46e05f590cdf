"""The recorded timeline of one case: ordered, append-only, JSON out and in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

Source = Literal["page", "sdk", "window", "idp", "brand", "app", "platform", "browser", "harness"]


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that happened.

    Attributes:
        seq: Position in the store, ascending.
        at: Seconds since the epoch.
        source: Who saw it.
        type: What it was, ``subject.verb``.
        flow: The platform's transaction, where the source knows it.
        data: Facts as JSON; credentials only as fingerprints.
    """

    seq: int
    at: float
    source: Source
    type: str
    flow: str | None
    data: dict[str, Any]


@dataclass(frozen=True)
class Timeline:
    """The events of one case, in order."""

    events: tuple[Event, ...]

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    def of(self, *types: str) -> tuple[Event, ...]:
        """Return the events of these types."""
        return tuple(event for event in self.events if event.type in types)
