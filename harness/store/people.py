"""Profiles, their engagements, and the consents given at the authorization server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from harness.clock import Clock
from harness.store.tables import consents, engagements, profiles


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One consumer of one account: (account, iss, sub), compared octet by octet.

    Attributes:
        verified: The claims that were verified at the latest engagement.
        engagements: How often, on which surfaces, this consumer was engaged.
    """

    id: int
    account: str
    iss: str
    sub: str
    verified: dict[str, Any]
    engagements: int


class People:
    """Finds and keeps profiles and consents."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock

    def engage(
        self, account: str, iss: str, sub: str, *, verified: dict[str, Any], surface: str, connector: str
    ) -> int:
        """Add an engagement to the one profile of (account, iss, sub) and return the profile's id."""
        key = (profiles.c.account == account) & (profiles.c.iss == iss) & (profiles.c.sub == sub)
        now = self._clock.now()
        fresh = {"account": account, "iss": iss, "sub": sub, "verified": verified, "updated_at": now}
        refresh = update(profiles).where(key).values(verified=verified, updated_at=now)
        with self._engine.begin() as connection:
            if connection.execute(refresh).rowcount == 0:
                try:
                    with connection.begin_nested():
                        connection.execute(insert(profiles).values(fresh))
                except IntegrityError:
                    connection.execute(refresh)
            profile: int = connection.execute(select(profiles.c.id).where(key)).scalar_one()
            row = {"profile": profile, "surface": surface, "connector": connector, "at": now}
            connection.execute(insert(engagements).values(row))
        return profile

    def verified(self, account: str, iss: str, sub: str) -> dict[str, Any] | None:
        """Return the claims of a profile's latest engagement, ``None`` without a profile."""
        query = select(profiles.c.verified).where(
            profiles.c.account == account, profiles.c.iss == iss, profiles.c.sub == sub
        )
        with self._engine.connect() as connection:
            return connection.execute(query).scalar_one_or_none()

    def profiles(self) -> tuple[Profile, ...]:
        """Return every profile with the number of its engagements."""
        count = select(func.count()).where(engagements.c.profile == profiles.c.id).scalar_subquery()
        query = select(profiles, count.label("engagements")).order_by(profiles.c.id)
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(Profile(**{name: row[name] for name in Profile.__dataclass_fields__}) for row in rows)

    def surfaces(self, profile: int) -> tuple[str, ...]:
        """Return the surfaces of a profile's engagements, oldest first."""
        query = (
            select(engagements.c.surface).where(engagements.c.profile == profile).order_by(engagements.c.id)
        )
        with self._engine.connect() as connection:
            return tuple(connection.execute(query).scalars())

    def consent(self, issuer: str, sub: str, client_id: str) -> None:
        """Remember that a consumer allows a client."""
        row = {"issuer": issuer, "sub": sub, "client_id": client_id, "granted_at": self._clock.now()}
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(consents).values(row))
        except IntegrityError:
            return

    def has_consented(self, issuer: str, sub: str, client_id: str) -> bool:
        """Tell whether a consumer has allowed a client before."""
        query = select(consents.c.granted_at).where(
            consents.c.issuer == issuer, consents.c.sub == sub, consents.c.client_id == client_id
        )
        with self._engine.connect() as connection:
            return connection.execute(query).first() is not None
