"""Renewal without the page: refresh tokens of connectors that delegate, kept for one window each.

RFC 6749 section 6, OpenID Connect Core section 12.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.config import Config
from harness.protocol.fingerprint import digest
from harness.protocol.sealing import Sealer
from harness.store import Store
from harness.store.once import Taken
from harness.store.store import Records
from harness.verification.decision import Engagement

KEPT_SECONDS = 24 * 3600
"""As long as a window keeps its session."""

_FIRST = ("iss", "sub", "aud", "nonce")


class NothingNew(Exception):
    """The brand gave no new id_token for a refresh token: the consumer has to be asked for again."""


@dataclass(frozen=True, kw_only=True)
class Renewal:
    """What a window may renew with, once.

    Attributes:
        engagement: What the window works for.
        flow: The name of the new transaction.
        refresh_token: The refresh token.
        first: What the first id_token said, which a refreshed one must say too.
    """

    engagement: Engagement
    flow: str
    refresh_token: str = field(repr=False)
    first: Mapping[str, Any] = field(repr=False)


class Renewals:
    """Keeps refresh tokens, sealed and bound to their windows.

    Args:
        config: The connectors.
        store: Where they are kept.
        sealer: Seals them.
    """

    def __init__(self, config: Config, store: Store, sealer: Sealer) -> None:
        self._config, self._store, self._sealer = config, store, sealer

    def keep(
        self,
        records: Records,
        engagement: Engagement,
        *,
        session: str,
        refresh_token: str,
        claims: Mapping[str, Any],
    ) -> None:
        """Keep a refresh token for a window's session, with the claims that a renewal is held against."""
        name = secrets.token_urlsafe(24)
        data = {
            **engagement.as_json(),
            "refresh_token": self._sealer.seal(refresh_token, session=digest(session), name=name),
            "first": {claim: claims[claim] for claim in _FIRST if claim in claims},
        }
        flow = secrets.token_hex(8)
        records.once.put_transaction("renewal", name, flow, data, seconds=KEPT_SECONDS)
        records.sessions.merge("window", session, renewal=name)

    def take(self, session: str) -> Renewal | None:
        """Take what a window may renew with; of two that ask at once, one gets it."""
        name = (self._store.sessions.find("window", session) or {}).get("renewal")
        if not isinstance(name, str):
            return None
        taken = self._store.once.take_transaction("renewal", name)
        if not isinstance(taken, Taken):
            return None
        data = taken.data
        refresh_token = self._sealer.unseal(data["refresh_token"], session=digest(session), name=name)
        if refresh_token is None:
            return None
        connector = self._config.connector(data["connector"])
        return Renewal(
            engagement=Engagement(surface=data["surface"], connector=connector, mode=data["mode"]),
            flow=str(taken.flow),
            refresh_token=refresh_token,
            first=data["first"],
        )
