"""The issuers' key sets: fetched over the back channel, kept for a while, refetched with a cooldown.

RFC 7517 section 5; how keys are replaced: OpenID Connect Core section 10.1.1.
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import inf
from urllib.parse import urlsplit

import httpx2

from harness.clock import Clock
from harness.config import Connector, Deadlines
from harness.protocol import keys, strict_json
from harness.protocol.keys import KeySet, VerificationKey
from harness.protocol.problem import Problem, Refusal
from harness.verification.discovery import named_hosts
from harness.verification.habits import Habits
from harness.verification.outbound import Answer, Outbound
from harness.verification.pipeline import Keys, KeySource

JWKS_LIMIT = 256 * 1024
SHORTEST, LONGEST = 60.0, 86_400.0
_MAX_AGE = re.compile(r"max-age=(\d{1,10})")
_NOT_ASKED = ("config.url_scheme", "net.address_forbidden", "harness.endpoint_not_named")
"""What kept an address from being asked, so that nothing is known of its set."""

_JSON_TYPES = ("application/json", "application/jwk-set+json")


@dataclass(frozen=True, kw_only=True)
class _Kept:
    """A set as it was fetched.

    Attributes:
        fresh_until: Until when it is used without asking.
        stale_until: Until when it is used while the endpoint is down.
        asked_at: When the endpoint was asked last.
        down: Why it could not be reached then.
    """

    key_set: KeySet
    fresh_until: float
    stale_until: float
    asked_at: float
    down: Problem | None = None


_NOTHING = _Kept(key_set=KeySet(keys=()), fresh_until=-inf, stale_until=-inf, asked_at=-inf)
"""What is kept of an address that nobody has asked."""

_STALE = Problem(code="jwks.stale_used", expected="a reachable jwks_uri", observed="none")


class KeySets:
    """Key sources of all connectors; one cache entry per issuer and address, never shared between issuers.

    Args:
        http: The back channel.
        clock: Gives the age of what is kept.
        deadlines: How long a set is kept, how often it may be asked for.
        strangers: The back channel to hosts that nobody configured.
        habits: Returns what the platform does of its own accord.
    """

    def __init__(
        self,
        http: httpx2.Client,
        clock: Clock,
        deadlines: Deadlines,
        *,
        strangers: httpx2.Client | None = None,
        habits: Callable[[], Habits] = Habits,
    ) -> None:
        self._outbound = Outbound(http, connect=deadlines.connect)
        self._strangers = Outbound(strangers or http, connect=deadlines.connect)
        self._clock, self._deadlines, self._habits = clock, deadlines, habits
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._asking: dict[tuple[str, str], threading.Lock] = {}
        self._lock = threading.Lock()

    def source(
        self, connector: Connector, algorithm: str = "RS256", *, learned: str | None = None
    ) -> KeySource:
        """Return the key source of a connector: its secret for HMAC, its static key, or its JWK Set.

        Args:
            connector: The connector.
            algorithm: The algorithm that decides between secret and public key.
            learned: The ``jwks_uri`` that discovery named, instead of the connector's own.

        Raises:
            Refusal: When the configured key cannot be used.
        """
        if algorithm.startswith("HS"):
            secret = connector.client_secret.get_secret_value() if connector.client_secret else ""
            return _Static(keys.from_secret(secret, algorithm))
        if connector.jwt_public_key is not None:
            return _Static(keys.from_spki(connector.jwt_public_key))
        assert connector.jwks_uri is not None, "a connector has one key source"
        uri = learned or connector.jwks_uri
        stranger = (urlsplit(uri).hostname or "") not in named_hosts(connector)
        return _Jwks(self, connector.issuer, uri, stranger=stranger)

    def get(self, issuer: str, uri: str, *, stranger: bool = False) -> tuple[KeySet, tuple[Problem, ...]]:
        """Return the set of an issuer, fetched when what is kept is no longer fresh.

        Args:
            issuer: The issuer.
            uri: Where its set is.
            stranger: Whether nobody configured that host, so that it must be public.

        Raises:
            Refusal: ``jwks.unavailable`` and its kind, when nothing usable is kept.
        """
        with self._one_asks(issuer, uri) as kept:
            if self._clock.now() < kept.fresh_until:
                return kept.key_set, ()
            return self._fetched(issuer, uri, kept, stranger=stranger)

    def cached(self, kid: str) -> KeySet | None:
        """Return the set of whichever issuer has a key of this id, for a platform that keeps one cache."""
        if not self._habits().one_key_cache:
            return None
        with self._lock:
            return next((one.key_set for one in self._kept.values() if one.key_set.knows(kid)), None)

    def refetch(
        self, issuer: str, uri: str, *, stranger: bool = False
    ) -> tuple[KeySet, tuple[Problem, ...]] | None:
        """Return the set asked for once more, or ``None`` within the cooldown."""
        with self._one_asks(issuer, uri) as kept:
            if self._cools_down(kept):
                return None
            return self._fetched(issuer, uri, kept, stranger=stranger)

    @contextlib.contextmanager
    def _one_asks(self, issuer: str, uri: str) -> Iterator[_Kept]:
        """Give what is kept of an address; whoever needs the same one waits, and nobody else does."""
        with self._lock:
            asking = self._asking.setdefault((issuer, uri), threading.Lock())
        with asking:
            yield self._kept.get((issuer, uri), _NOTHING)

    def _keep(self, issuer: str, uri: str, kept: _Kept) -> None:
        with self._lock:
            self._kept[issuer, uri] = kept

    def _cools_down(self, kept: _Kept) -> bool:
        # A clock that was set back says nothing of when the address was asked.
        return 0 <= self._clock.now() - kept.asked_at < self._deadlines.keys_cooldown

    def _fetched(
        self, issuer: str, uri: str, kept: _Kept, *, stranger: bool
    ) -> tuple[KeySet, tuple[Problem, ...]]:
        now = self._clock.now()
        if kept.down and self._cools_down(kept):
            return self._without(kept, kept.down)
        try:
            key_set, seconds = self._fetch(uri, self._strangers if stranger else self._outbound)
        except Refusal as refusal:
            if refusal.problem.code != "jwks.unavailable":
                raise
            self._keep(issuer, uri, replace(kept, asked_at=now, down=refusal.problem))
            return self._without(kept, refusal.problem)
        fetched = _Kept(
            key_set=key_set,
            fresh_until=now + seconds,
            stale_until=now + seconds + self._deadlines.keys_stale,
            asked_at=now,
        )
        self._keep(issuer, uri, fetched)
        return key_set, ()

    def _without(self, kept: _Kept, down: Problem) -> tuple[KeySet, tuple[Problem, ...]]:
        """Return the set that serves while its address is down; its refusal again, where there is none."""
        if self._clock.now() < kept.stale_until:
            return kept.key_set, (_STALE,)
        raise Refusal(down.code, expected=down.expected, observed=down.observed)

    def _fetch(self, uri: str, outbound: Outbound) -> tuple[KeySet, float]:
        """Fetch and read a set; return it with the seconds for which it may be kept."""
        try:
            answer = outbound.get(uri, limit=JWKS_LIMIT, total=self._deadlines.keys)
        except Refusal as refusal:
            code = (
                "jwks.too_large" if refusal.problem.code == "net.response_too_large" else "jwks.unavailable"
            )
            if refusal.problem.code in _NOT_ASKED:
                raise
            raise Refusal(code, expected="a JWK Set", observed=refusal.problem.observed) from None
        key_set = read(answer)
        return key_set, self._seconds(answer.headers.get("cache-control", "").lower())

    def _seconds(self, cache_control: str) -> float:
        found = _MAX_AGE.search(cache_control)
        asked = (
            0.0 if "no-store" in cache_control else float(found[1]) if found else self._deadlines.keys_cached
        )
        return min(max(asked, SHORTEST), LONGEST)


def read(answer: Answer) -> KeySet:
    """Read the answer of a ``jwks_uri``.

    Raises:
        Refusal: A code of the family ``jwks``.

    Source: RFC 7517 section 5 and 8.5.
    """
    if 300 <= answer.status < 400:
        raise Refusal("jwks.redirected", expected="status 200", observed=f"status {answer.status}")
    if answer.status != 200:
        raise Refusal("jwks.unavailable", expected="status 200", observed=f"status {answer.status}")
    try:
        key_set = keys.from_jwks(strict_json.loads(answer.body, members=10_000))
    except strict_json.TooDeep as error:
        raise Refusal("jwks.too_large", expected="a JWK Set of few keys", observed=str(error)) from None
    except strict_json.NotJson as error:
        raise Refusal("jwks.invalid", expected="a JWK Set", observed=str(error)) from None
    if answer.content_type not in _JSON_TYPES:
        note = Problem(
            code="jwks.content_type", expected="application/json", observed=answer.content_type[:60]
        )
        key_set = replace(key_set, problems=(*key_set.problems, note))
    return key_set


@dataclass(frozen=True)
class _Static:
    """One configured key, which cannot change."""

    key_set: KeySet

    def find(self, kid: str | None, algorithm: str) -> Keys:
        return Keys(candidates=self.key_set.candidates(kid, algorithm), notes=self.key_set.problems)

    def find_again(self, kid: str | None, algorithm: str) -> None:
        return None


@dataclass(frozen=True)
class _Jwks:
    """A set behind an address, asked for once more when a key is missing or does not verify."""

    sets: KeySets
    issuer: str
    uri: str
    stranger: bool

    def find(self, kid: str | None, algorithm: str) -> Keys:
        key_set, notes = self.sets.get(self.issuer, self.uri, stranger=self.stranger)
        if kid is not None and not key_set.knows(kid) and (crossed := self.sets.cached(kid)):
            return Keys(candidates=crossed.candidates(kid, algorithm))
        if kid is not None and not key_set.knows(kid):
            again = self.sets.refetch(self.issuer, self.uri, stranger=self.stranger)
            if again is None:
                limited = Problem(
                    code="jwks.refetch_limited",
                    expected="a known kid",
                    observed="an unknown one, not asked for",
                )
                raise Refusal(
                    "jwks.kid_not_found",
                    expected="a key of the issuer's set",
                    observed=kid[:40],
                    notes=(limited,),
                )
            key_set, notes = again
        return Keys(candidates=key_set.candidates(kid, algorithm), notes=(*key_set.problems, *notes))

    def find_again(self, kid: str | None, algorithm: str) -> Keys | None:
        try:
            again = self.sets.refetch(self.issuer, self.uri, stranger=self.stranger)
        except Refusal:
            return None  # the signature has failed already; the broken address says nothing more about it
        if again is None:
            return None
        reused = Problem(
            code="jwks.kid_reused", expected="a new kid for a new key", observed="a new key under the old kid"
        )
        return Keys(candidates=_or_none(again[0], kid, algorithm), notes=(reused,))


def _or_none(key_set: KeySet, kid: str | None, algorithm: str) -> tuple[VerificationKey, ...]:
    try:
        return key_set.candidates(kid, algorithm)
    except Refusal:
        return ()
