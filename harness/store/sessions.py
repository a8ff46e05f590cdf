"""Browser sessions: the cookie's or token's secret stays with its holder, its hash stays here."""

from __future__ import annotations

import contextlib
import secrets
from typing import Any

from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from harness.clock import Clock
from harness.protocol.fingerprint import digest
from harness.store.tables import sessions


class Sessions:
    """Opens, finds and ends sessions of any kind."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock

    def open(self, kind: str, data: dict[str, Any], *, seconds: float) -> str:
        """Open a session for ``seconds`` and return its secret, 256 random bits."""
        secret = secrets.token_urlsafe(32)
        row = {
            "id_hash": digest(secret),
            "kind": kind,
            "data": data,
            "expires_at": self._clock.now() + seconds,
        }
        with self._engine.begin() as connection:
            connection.execute(insert(sessions).values(row))
        return secret

    def keep(self, kind: str, secret: str, *, seconds: float) -> None:
        """Open a session under a secret that somebody else has made, unless it is open already."""
        if self.find(kind, secret) is not None:
            return
        self.end(secret)
        expires_at = self._clock.now() + seconds
        row = {"id_hash": digest(secret), "kind": kind, "data": {}, "expires_at": expires_at}
        with contextlib.suppress(IntegrityError), self._engine.begin() as connection:
            connection.execute(insert(sessions).values(row))

    def find(self, kind: str, secret: str | None) -> dict[str, Any] | None:
        """Return the data of a live session, or ``None``."""
        if not secret:
            return None
        query = select(sessions.c.data).where(
            sessions.c.id_hash == digest(secret),
            sessions.c.kind == kind,
            sessions.c.expires_at > self._clock.now(),
        )
        with self._engine.connect() as connection:
            return connection.execute(query).scalar_one_or_none()

    def merge(self, kind: str, secret: str, **data: Any) -> None:
        """Add to the data of a live session; does nothing when there is none."""
        mine = (sessions.c.id_hash == digest(secret)) & (sessions.c.kind == kind)
        with self._engine.begin() as connection:
            # Writing first takes the row's lock, so that what is read after it cannot change any more.
            alive = update(sessions).where(mine, sessions.c.expires_at > self._clock.now())
            if connection.execute(alive.values(kind=kind)).rowcount == 0:
                return
            known = connection.execute(select(sessions.c.data).where(mine)).scalar_one()
            connection.execute(update(sessions).where(mine).values(data={**known, **data}))

    def end(self, secret: str | None) -> None:
        """End a session; does nothing when there is none."""
        if secret:
            with self._engine.begin() as connection:
                connection.execute(delete(sessions).where(sessions.c.id_hash == digest(secret)))
