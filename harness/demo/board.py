"""What the panel shows: a log of messages that any thread may write and every open panel follows."""

from __future__ import annotations

import contextlib
import itertools
import json
import threading
from collections.abc import AsyncIterator
from typing import Any

from sse_starlette import ServerSentEvent

from harness.roles.platform.bus import Bus, Closed

_TOPIC = "demo"


class Board:
    """The messages since the last new page; callable from any thread.

    A message is ``{"seq": number, "kind": word, …}``. Whoever comes late, or comes back, gets them all from
    the last one of kind ``begin`` on.
    """

    def __init__(self) -> None:
        self._lock, self._bus = threading.Lock(), Bus()
        self._numbers = itertools.count(1)
        self._messages: list[dict[str, Any]] = []

    def tell(self, kind: str, **facts: Any) -> int:
        """Add a message and return its number."""
        with self._lock:
            number = next(self._numbers)
            if kind == "begin":
                self._messages.clear()
            self._messages.append({"seq": number, "kind": kind, **facts})
        self._bus.publish(_TOPIC)
        return number

    @property
    def last(self) -> int:
        """The number of the newest message, 0 before the first."""
        with self._lock:
            return self._messages[-1]["seq"] if self._messages else 0

    def after(self, seq: int) -> tuple[dict[str, Any], ...]:
        """Return the messages that came after a number."""
        with self._lock:
            return tuple(one for one in self._messages if one["seq"] > seq)

    async def follow(self, seq: int) -> AsyncIterator[ServerSentEvent]:
        """Yield the messages after a number as they come, until the board is closed."""
        with contextlib.suppress(Closed), self._bus.subscribe(_TOPIC) as subscription:
            while True:
                for message in self.after(seq):
                    seq = message["seq"]
                    yield ServerSentEvent(json.dumps(message), id=str(seq))
                await subscription.changed()

    def close(self) -> None:
        """End every panel's stream."""
        self._bus.close()
