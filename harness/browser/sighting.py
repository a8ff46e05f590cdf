"""What one of the recorder's ears has heard, before redaction."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page

from harness.event_types import EVENT_TYPES, admit
from harness.redact import Redactor
from harness.timeline import Event


@dataclass(frozen=True)
class Sighting:
    """One event that is not on the timeline yet.

    Attributes:
        at: Seconds since the epoch.
        type: A type of the table of event types.
        data: Its raw facts: they pass the table's gates before they are kept.
    """

    at: float
    type: str
    data: dict[str, Any] = field(repr=False)


class Pages:
    """Numbers a context's tabs and popups in the order in which they are noticed."""

    def __init__(self) -> None:
        self._pages: list[Page] = []

    def __iter__(self) -> Iterator[Page]:
        return iter(tuple(self._pages))

    def number(self, page: Page | None) -> int | None:
        """Return a page's number, from 1; ``None`` for what belongs to no page."""
        if page is None:
            return None
        if page not in self._pages:
            self._pages.append(page)
        return self._pages.index(page) + 1


def wall_clock() -> float:
    """Return the machine's time in seconds since the epoch: the one clock of every timeline."""
    return time.time()


def as_event(number: int, sighting: Sighting, redactor: Redactor) -> Event:
    """Return a sighting as an event of the timeline, through the gates of its type.

    Args:
        number: Its place.
        sighting: What was heard.
        redactor: Knows what has to be hidden.
    """
    kind = EVENT_TYPES[sighting.type]
    data = redactor.seal(admit(sighting.type, sighting.data, redactor))
    return Event(seq=number, at=sighting.at, source=kind.source, type=sighting.type, flow=None, data=data)
