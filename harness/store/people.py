"""Profiles, their engagements, and the consents given at the authorization server."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, bindparam, func, insert, select, update

from harness.clock import Clock
from harness.store.sql import Begin, upsert
from harness.store.tables import consents, engagements, profiles

_ONE = and_(
    profiles.c.account == bindparam("of_account"),
    profiles.c.iss == bindparam("of_iss"),
    profiles.c.sub == bindparam("of_sub"),
)
_ID, _VERIFIED = select(profiles.c.id).where(_ONE), select(profiles.c.verified).where(_ONE)
_UPDATE, _ENGAGE = update(profiles).where(_ONE), insert(engagements)


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
    sub: str = field(repr=False)
    verified: dict[str, Any] = field(repr=False)
    engagements: int


class People:
    """Finds and keeps profiles and consents."""

    def __init__(self, begin: Begin, clock: Clock) -> None:
        self._begin, self._clock = begin, clock

    def engage(
        self, account: str, iss: str, sub: str, *, verified: dict[str, Any], surface: str, connector: str
    ) -> int:
        """Add an engagement to the one profile of (account, iss, sub) and return the profile's id."""
        key, now = {"of_account": account, "of_iss": iss, "of_sub": sub}, self._clock.now()
        latest = {"verified": verified, "updated_at": now}
        unique = (profiles.c.account, profiles.c.iss, profiles.c.sub)
        with self._begin() as connection:
            # Almost always there is one, and an insert that meets it would use up a number.
            if connection.execute(_UPDATE, {**key, **latest}).rowcount == 0:
                fresh = upsert(connection.dialect.name, profiles).values(
                    account=account, iss=iss, sub=sub, **latest
                )
                connection.execute(fresh.on_conflict_do_update(index_elements=unique, set_=latest))
            profile: int = connection.execute(_ID, key).scalar_one()
            row = {"profile": profile, "surface": surface, "connector": connector, "at": now}
            connection.execute(_ENGAGE, row)
        return profile

    def verified(self, account: str, iss: str, sub: str) -> dict[str, Any] | None:
        """Return the claims of a profile's latest engagement, ``None`` without a profile."""
        key = {"of_account": account, "of_iss": iss, "of_sub": sub}
        with self._begin() as connection:
            return connection.execute(_VERIFIED, key).scalar_one_or_none()

    def profiles(self) -> tuple[Profile, ...]:
        """Return every profile with the number of its engagements."""
        count = select(func.count()).where(engagements.c.profile == profiles.c.id).scalar_subquery()
        query = select(profiles, count.label("engagements")).order_by(profiles.c.id)
        with self._begin() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(Profile(**{name: row[name] for name in Profile.__dataclass_fields__}) for row in rows)

    def surfaces(self, profile: int) -> tuple[str, ...]:
        """Return the surfaces of a profile's engagements, oldest first."""
        query = (
            select(engagements.c.surface).where(engagements.c.profile == profile).order_by(engagements.c.id)
        )
        with self._begin() as connection:
            return tuple(connection.execute(query).scalars())

    def consent(self, issuer: str, sub: str, client_id: str) -> None:
        """Remember that a consumer allows a client."""
        row = {"issuer": issuer, "sub": sub, "client_id": client_id, "granted_at": self._clock.now()}
        with self._begin() as connection:
            connection.execute(upsert(connection.dialect.name, consents).values(row).on_conflict_do_nothing())

    def has_consented(self, issuer: str, sub: str, client_id: str) -> bool:
        """Tell whether a consumer has allowed a client before."""
        query = select(consents.c.granted_at).where(
            consents.c.issuer == issuer, consents.c.sub == sub, consents.c.client_id == client_id
        )
        with self._begin() as connection:
            return connection.execute(query).first() is not None
