"""Browser sessions: the secret stays with its holder; here are its hash, and data that only it opens."""

from __future__ import annotations

import functools
import secrets
from typing import Any

from sqlalchemy import Connection, Executable, and_, bindparam, delete, insert, or_, select, update

from harness.clock import Clock
from harness.protocol.fingerprint import digest
from harness.store.sealed import sealed, unsealed
from harness.store.sql import Begin, upsert
from harness.store.tables import sessions

_INSERT = insert(sessions)
_LIVE = and_(
    sessions.c.id_hash == bindparam("key"),
    sessions.c.kind == bindparam("of_kind"),
    sessions.c.expires_at > bindparam("now"),
)
_FIND = select(sessions.c.data).where(_LIVE)
_LOCK = update(sessions).where(_LIVE).values(kind=bindparam("of_kind"))
_WRITE = update(sessions).where(sessions.c.id_hash == bindparam("key"))


class Sessions:
    """Opens, finds and ends sessions of any kind."""

    def __init__(self, begin: Begin, clock: Clock) -> None:
        self._begin, self._clock = begin, clock

    def open(self, kind: str, data: dict[str, Any], *, seconds: float) -> str:
        """Open a session for ``seconds`` and return its secret, 256 random bits."""
        secret = secrets.token_urlsafe(32)
        row = {
            "id_hash": digest(secret),
            "kind": kind,
            "data": sealed(secret, data),
            "expires_at": self._clock.now() + seconds,
        }
        with self._begin() as connection:
            connection.execute(_INSERT, row)
        return secret

    def keep(self, kind: str, secret: str, *, seconds: float) -> None:
        """Open a session under a secret that somebody else has made, unless it is open already."""
        now = self._clock.now()
        row = {
            "id_hash": digest(secret),
            "kind": kind,
            "data": sealed(secret, {}),
            "expires_at": now + seconds,
        }
        with self._begin() as connection:
            connection.execute(_keep(connection.dialect.name), {**row, "now": now})

    def find(self, kind: str, secret: str | None) -> dict[str, Any] | None:
        """Return the data of a live session, or ``None``."""
        if not secret:
            return None
        key = {"key": digest(secret), "of_kind": kind, "now": self._clock.now()}
        with self._begin() as connection:
            kept = connection.execute(_FIND, key).scalar_one_or_none()
        return None if kept is None else unsealed(secret, kept)

    def merge(self, kind: str, secret: str, **data: Any) -> None:
        """Add to the data of a live session; does nothing when there is none."""
        with self._begin() as connection:
            known = self._hold(connection, kind, secret)
            if known is not None:
                self._write(connection, secret, {**known, **data})

    def claim(self, kind: str, secret: str, **data: Any) -> bool:
        """Add to the data of a live session what it does not hold otherwise; tell whether that is all of it.

        Of any number of claims for different values of one name exactly one is true. A session that is not
        there holds nothing otherwise.
        """
        with self._begin() as connection:
            known = self._hold(connection, kind, secret)
            if known is None:
                return True
            whole = {**data, **known}
            self._write(connection, secret, whole)
            return all(whole[name] == value for name, value in data.items())

    def _hold(self, connection: Connection, kind: str, secret: str) -> dict[str, Any] | None:
        """Return the data of a live session, which nobody else can change before the transaction ends."""
        mine = {"key": digest(secret), "of_kind": kind, "now": self._clock.now()}
        # Writing first takes the row's lock, so that what is read after it cannot change any more.
        if connection.execute(_LOCK, mine).rowcount == 0:
            return None
        return unsealed(secret, connection.execute(_FIND, mine).scalar_one())

    def _write(self, connection: Connection, secret: str, data: dict[str, Any]) -> None:
        connection.execute(_WRITE, {"key": digest(secret), "data": sealed(secret, data)})

    def take(self, kind: str, secret: str | None) -> dict[str, Any] | None:
        """Return the data of a live session and end it: of any number of takers exactly one gets it."""
        if not secret:
            return None
        with self._begin() as connection:
            known = self._hold(connection, kind, secret)
            if known is not None:
                connection.execute(delete(sessions).where(sessions.c.id_hash == digest(secret)))
        return known

    def end(self, kind: str, secret: str | None) -> None:
        """End a session; does nothing when there is none of that kind."""
        if secret:
            mine = and_(sessions.c.id_hash == digest(secret), sessions.c.kind == kind)
            with self._begin() as connection:
                connection.execute(delete(sessions).where(mine))


@functools.cache
def _keep(dialect: str) -> Executable:
    """Return the statement that writes a session, and over one that is over or of another kind."""
    fresh = upsert(dialect, sessions)
    row = {name: fresh.excluded[name] for name in ("kind", "data", "expires_at")}
    another = or_(sessions.c.kind != fresh.excluded.kind, sessions.c.expires_at <= bindparam("now"))
    return fresh.on_conflict_do_update(index_elements=[sessions.c.id_hash], set_=row, where=another)
