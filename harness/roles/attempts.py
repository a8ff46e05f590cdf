"""How often something may fail before it has to wait, in whichever process it is counted."""

from __future__ import annotations

from harness.clock import Clock
from harness.protocol.fingerprint import digest
from harness.store import Store
from harness.store.store import Records

ATTEMPTS = 10
"""How often within a minute."""

_MINUTE = 60.0
_KEPT = 3_600.0


class Attempts:
    """Counts what failed, by name; a name is kept as its hash only.

    Args:
        store: Where it is counted.
        clock: Tells how long ago an attempt was.
        what: What is tried, so that one name may be counted for several things.
    """

    def __init__(self, store: Store, clock: Clock, what: str) -> None:
        self._store, self._clock, self._what = store, clock, what

    def wait(self, name: str) -> int:
        """Return in how many seconds it may be tried again, 0 for at once."""
        recent = self._recent(self._store, name)
        if len(recent) < ATTEMPTS:
            return 0
        return max(1, round(recent[0] + _MINUTE - self._clock.now()))

    def failed(self, name: str) -> None:
        """Remember that it failed."""
        with self._store.transaction() as records:
            # Writing first takes the row's lock: of two that fail at once, both count.
            records.sessions.keep("attempts", self._key(name), seconds=_KEPT)
            recent = [*self._recent(records, name), self._clock.now()][-ATTEMPTS:]
            records.sessions.merge("attempts", self._key(name), failed=recent)

    def _recent(self, records: Records, name: str) -> list[float]:
        known = records.sessions.find("attempts", self._key(name)) or {}
        return [at for at in known.get("failed", []) if at > self._clock.now() - _MINUTE]

    def _key(self, name: str) -> str:
        # Longer than anything that a page may call something of its own.
        return f"attempts {digest(f'{self._what} {name}')}"
