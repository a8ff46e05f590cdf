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
    """Counts attempts that failed, by name; a name is kept as its hash only.

    Args:
        store: Where it is counted.
        clock: Tells how long ago an attempt was.
        what: What is tried, so that one name may be counted for several things.
    """

    def __init__(self, store: Store, clock: Clock, what: str) -> None:
        self._store, self._clock, self._what = store, clock, what

    def begin(self, name: str) -> int:
        """Count an attempt as one that failed, before anything is looked at; return 0 when it may be made.

        Otherwise it is not counted, and the seconds are returned after which another one may be made. Of any
        number that begin at the same moment no more than the limit are looked at.
        """
        now = self._clock.now()
        with self._store.transaction() as records:
            # Writing first takes the row's lock: of two that begin at once, each sees the other.
            records.sessions.keep("attempts", self._key(name), seconds=_KEPT)
            recent = self._recent(records, name, now)
            if len(recent) >= ATTEMPTS:
                return max(1, round(recent[0] + _MINUTE - now))
            records.sessions.merge("attempts", self._key(name), failed=[*recent, now])
        return 0

    def succeeded(self, name: str) -> None:
        """Count one attempt less: the one that was begun was none of a guesser's."""
        with self._store.transaction() as records:
            records.sessions.keep("attempts", self._key(name), seconds=_KEPT)
            recent = self._recent(records, name, self._clock.now())
            records.sessions.merge("attempts", self._key(name), failed=recent[:-1])

    def _recent(self, records: Records, name: str, now: float) -> list[float]:
        known = records.sessions.find("attempts", self._key(name)) or {}
        return [at for at in known.get("failed", []) if at > now - _MINUTE]

    def _key(self, name: str) -> str:
        # Longer than anything that a page may call something of its own.
        return f"attempts {digest(f'{self._what} {name}')}"
