"""Things that may be used one time only: authorization codes, transactions, credentials.

A take is one conditional ``UPDATE`` (or an ``INSERT`` that does it on a conflict), so that of any number of
parallel takers, in any number of processes, exactly one wins.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar

from sqlalchemy import Executable, Select, Table, and_, bindparam, insert, or_, select, update

from harness.clock import Clock
from harness.protocol.fingerprint import digest
from harness.store.sealed import sealed, unsealed
from harness.store.sql import Begin, upsert
from harness.store.tables import authorization_codes, seen, transactions

TakeFailure = Literal["unknown", "expired", "used"]


@dataclass(frozen=True, kw_only=True)
class Taken:
    """The record that this taker, and no other, has won."""

    data: dict[str, Any] = field(repr=False)
    flow: str | None = None


class Once:
    """Puts and takes records that have one use."""

    def __init__(self, begin: Begin, clock: Clock) -> None:
        self._begin, self._clock = begin, clock

    def put_code(self, issuer: str, code: str, data: dict[str, Any], *, seconds: float) -> None:
        """Remember an authorization code of ``issuer`` for ``seconds``."""
        row = {"code_hash": digest(code), "issuer": issuer, "data": sealed(code, data)}
        self._put(authorization_codes, row, seconds)

    def take_code(self, issuer: str, code: str) -> Taken | TakeFailure:
        """Take an authorization code, or say why it cannot be taken (RFC 6749 section 4.1.2)."""
        return _opened(code, self._take(authorization_codes, code_hash=digest(code), issuer=issuer))

    def put_transaction(
        self,
        kind: str,
        key: str,
        flow: str,
        data: dict[str, Any],
        *,
        seconds: float,
        binding: str | None = None,
    ) -> None:
        """Remember an open transaction under its secret ``key`` for ``seconds``.

        Args:
            kind: What the transaction is for.
            key: Its secret, of which only the hash is kept.
            flow: Its public name.
            data: What is remembered.
            seconds: How long.
            binding: The browser that it belongs to, which may ask for it without the key: then nothing in
                ``data`` may be a secret, which else only the key opens.
        """
        kept = sealed(key, data) if binding is None else data
        row = {"id_hash": digest(key), "flow": flow, "kind": kind, "binding": binding, "data": kept}
        self._put(transactions, row, seconds)

    def peek_waiting(self, kind: str, binding: str) -> Taken | None:
        """Return the newest open transaction of a browser without taking it."""
        found = self._newest(kind, binding)
        if found is None:
            return None
        query = select(transactions).where(transactions.c.id_hash == found)
        with self._begin() as connection:
            row = connection.execute(query).mappings().one()
        return Taken(data=row["data"], flow=row["flow"])

    def waiting(self, kind: str, binding: str) -> tuple[Taken, ...]:
        """Return every open transaction of a browser without taking it."""
        query = select(transactions).where(
            transactions.c.kind == kind,
            transactions.c.binding == binding,
            transactions.c.taken_at.is_(None),
            transactions.c.expires_at > self._clock.now(),
        )
        with self._begin() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(Taken(data=row["data"], flow=row["flow"]) for row in rows)

    def take_waiting(self, kind: str, binding: str) -> Taken | None:
        """Take the newest open transaction of a browser, for a response that carries no state."""
        while found := self._newest(kind, binding):
            taken = self._take(transactions, id_hash=found)
            if taken != "used":  # by somebody who was faster: there may be an older one
                return taken if isinstance(taken, Taken) else None
        return None

    def _newest(self, kind: str, binding: str) -> str | None:
        query = (
            select(transactions.c.id_hash)
            .where(
                transactions.c.kind == kind,
                transactions.c.binding == binding,
                transactions.c.taken_at.is_(None),
            )
            .order_by(transactions.c.expires_at.desc())
        )
        with self._begin() as connection:
            return connection.execute(query).scalars().first()

    def is_waiting(self, kind: str, binding: str) -> bool:
        """Tell whether a browser has an open transaction."""
        return bool(self.waiting(kind, binding))

    def peek_transaction(self, kind: str, key: str) -> Taken | None:
        """Return a transaction without taking it, or ``None`` when there is none of that key."""
        query = select(transactions).where(transactions.c.id_hash == digest(key), transactions.c.kind == kind)
        with self._begin() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else _opened(key, Taken(data=row["data"], flow=row["flow"]))

    def take_transaction(self, kind: str, key: str) -> Taken | TakeFailure:
        """Take an open transaction, or say why it cannot be taken."""
        return _opened(key, self._take(transactions, id_hash=digest(key), kind=kind))

    def first_use(self, credential: str, session: str, *, seconds: float) -> bool:
        """Record the use of a credential by a session; tell whether that session may use it.

        The session that used it first may use it again; any other may not before ``seconds`` have passed.
        """
        now = self._clock.now()
        use = {"credential_hash": digest(credential), "session_hash": digest(session)}
        with self._begin() as connection:
            first = _first_use(connection.dialect.name)
            return connection.execute(first, {**use, "expires_at": now + seconds, "now": now}).rowcount == 1

    def _put(self, table: Table, row: dict[str, Any], seconds: float) -> None:
        with self._begin() as connection:
            connection.execute(insert(table), {"expires_at": self._clock.now() + seconds, **row})

    def _take(self, table: Table, **key: str) -> Taken | TakeFailure:
        winner, found = _taking(table, tuple(key))
        named = {f"key_{name}": value for name, value in key.items()}
        with self._begin() as connection:
            won = connection.execute(winner, {**named, "now": self._clock.now()}).rowcount == 1
            row = connection.execute(found, named).mappings().first()
        if row is None:
            return "unknown"
        if won:
            return Taken(data=row["data"], flow=row.get("flow"))
        return "used" if row["taken_at"] is not None else "expired"


Had = TypeVar("Had", bound=Taken | str)


def _opened(key: str, had: Had) -> Had | Taken:
    """Return a record with its data opened, where its key does that."""
    if isinstance(had, Taken) and had.data.keys() == {"sealed"}:
        return replace(had, data=unsealed(key, had.data))
    return had


@functools.cache
def _taking(table: Table, names: tuple[str, ...]) -> tuple[Executable, Select[Any]]:
    """Return the statement that takes a free row by its columns of these names, and the one that reads it."""
    key = and_(*(table.c[name] == bindparam(f"key_{name}") for name in names))
    free = and_(key, table.c.taken_at.is_(None), table.c.expires_at > bindparam("now"))
    return update(table).where(free).values(taken_at=bindparam("now")), select(table).where(key)


@functools.cache
def _first_use(dialect: str) -> Executable:
    """Return the statement that writes one row when a credential is free, and none when it is another's."""
    fresh = upsert(dialect, seen)
    use = {name: fresh.excluded[name] for name in ("session_hash", "expires_at")}
    free = or_(seen.c.session_hash == use["session_hash"], seen.c.expires_at <= bindparam("now"))
    either = fresh.on_conflict_do_update(index_elements=[seen.c.credential_hash], set_=use, where=free)
    # SQLAlchemy does not ask PostgreSQL for an insert's number of rows unless it is told to.
    return either.execution_options(preserve_rowcount=True)
