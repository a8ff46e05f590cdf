"""The issuers' key sets: fetched over the back channel, kept for a while, refetched for an unknown key."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import httpx2

from harness.clock import Clock
from harness.config import Connector, Deadlines
from harness.protocol import keys, strict_json
from harness.protocol.keys import KeySet, VerificationKey
from harness.protocol.problem import Refusal
from harness.verification.pipeline import KeySource

JWKS_LIMIT = 256 * 1024


@dataclass(frozen=True, kw_only=True)
class _Kept:
    key_set: KeySet
    fetched_at: float


class KeySets:
    """Key sources of all connectors; one cache entry per ``jwks_uri``, never shared between issuers."""

    def __init__(self, http: httpx2.Client, clock: Clock, deadlines: Deadlines) -> None:
        self._http, self._clock, self._deadlines = http, clock, deadlines
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._lock = threading.Lock()

    def source(self, connector: Connector) -> KeySource:
        """Return the key source of a connector: its one static key or its JWK Set."""
        if connector.jwt_public_key is not None:
            return keys.from_spki(connector.jwt_public_key)
        assert connector.jwks_uri is not None
        return _JwksSource(lambda fresh: self._get(connector.issuer, str(connector.jwks_uri), fresh=fresh))

    def _get(self, issuer: str, uri: str, *, fresh: bool) -> KeySet:
        now = self._clock.now()
        with self._lock:
            kept = self._kept.get((issuer, uri))
            age = now - kept.fetched_at if kept else float("inf")
            limit = self._deadlines.keys_cooldown if fresh else self._deadlines.keys_cached
            if kept is None or age >= limit:
                kept = _Kept(key_set=self._fetch(uri), fetched_at=now)
                self._kept[issuer, uri] = kept
        return kept.key_set

    def _fetch(self, uri: str) -> KeySet:
        try:
            response = self._http.get(uri, timeout=self._deadlines.keys)
        except httpx2.HTTPError as error:
            raise Refusal("jwks.unavailable", expected=uri, observed=type(error).__name__) from None
        if response.status_code != 200:
            raise Refusal(
                "jwks.unavailable", expected="status 200", observed=f"status {response.status_code}"
            )
        if len(response.content) > JWKS_LIMIT:
            raise Refusal(
                "jwks.too_large", expected=f"{JWKS_LIMIT} octets", observed=str(len(response.content))
            )
        try:
            return keys.from_jwks(strict_json.loads(response.content))
        except strict_json.NotJson as error:
            raise Refusal("jwks.invalid", expected="a JWK Set", observed=str(error)) from None


@dataclass(frozen=True)
class _JwksSource:
    get: Callable[[bool], KeySet]

    def candidates(self, kid: str | None, algorithm: str) -> tuple[VerificationKey, ...]:
        """Return the matching keys, looking once more when the ``kid`` is unknown."""
        return self.get(False).candidates(kid, algorithm) or self.get(True).candidates(kid, algorithm)
