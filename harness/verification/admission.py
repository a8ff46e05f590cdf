"""Admission: identity, the window's subject, replay, the profile with its engagement, the means of renewal.

All of it is done or nothing: what is refused here has used nothing up, and a process that dies on the way
leaves nothing half done.

Identity is ``iss`` and ``sub`` together (OpenID Connect Core section 5.7); a credential counts once (RFC 6749
section 4.1.2, RFC 7519 section 4.1.7).
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from harness.clock import Clock
from harness.config import Config
from harness.protocol.fingerprint import fingerprint
from harness.protocol.identity import check_identity
from harness.protocol.problem import Problem, Severity
from harness.store import Store
from harness.store.store import Records
from harness.verification.decision import Decision, Engagement
from harness.verification.habits import Habits
from harness.verification.pipeline import Examined
from harness.verification.renewal import Renewals
from harness.verification.verifier import Handed

_REMEMBERED = 120
"""Seconds beyond its end that a token is remembered: more than any leeway with which it is accepted."""

_PERSON = ("given_name", "family_name", "email")


class Admission:
    """Takes in consumers whose tokens are good.

    Args:
        config: The accounts.
        store: Where windows, seen credentials and profiles live.
        clock: Says how long a token must be remembered.
        renewals: Keeps refresh tokens.
        habits: Returns what tells one consumer from another.
    """

    def __init__(
        self,
        config: Config,
        store: Store,
        clock: Clock,
        renewals: Renewals,
        habits: Callable[[], Habits] = Habits,
    ) -> None:
        self._config, self._store, self._clock = config, store, clock
        self._renewals, self._habits = renewals, habits

    def admit(
        self, decision: Decision, handed: Handed, examined: Examined, verified: dict[str, Any]
    ) -> int | None:
        """Take a consumer in, in one transaction.

        Args:
            decision: Gets what is found here; has no reason to refuse yet.
            handed: The window's session and the page's identity.
            examined: The verified token.
            verified: What the profile is to show.

        Returns:
            The profile, or ``None`` when the decision has a reason to refuse now.
        """
        engagement, claims = decision.engagement, examined.claims
        account = self._config.account_of(engagement.connector)
        subject = (account, str(claims["iss"]), str(claims["sub"]))
        known = self._habits().profile_key(*subject, verified)
        decision.add("identity", *check_identity(handed.identity, claims))
        try:
            with self._store.transaction() as records:
                _add(decision, "identity", _other_subject(records, handed.session, subject))
                credential = fingerprint(handed.given.value)
                records.sessions.merge("window", handed.session, credential=credential)
                _add(decision, "replay", self._replayed(records, engagement, handed.session, examined))
                decision.add("profile", *_reassigned(records.people.verified(*known), verified))
                self._keep_renewal(records, engagement, handed, claims)
                return records.people.engage(
                    *known,
                    verified=verified,
                    surface=engagement.surface,
                    connector=engagement.connector.id,
                )
        except _Refused:
            return None

    def _keep_renewal(
        self, records: Records, engagement: Engagement, handed: Handed, claims: Mapping[str, Any]
    ) -> None:
        """Keep the refresh token that came along, where the connector delegates; drop it elsewhere."""
        rotated = handed.exchanged[0].refresh_token if handed.exchanged else None
        # Where a renewal is answered without a new one, the old one stays good (RFC 6749 section 6).
        token = rotated or (handed.renews.refresh_token if handed.renews else None)
        if token is None or not engagement.connector.delegation:
            return
        first = handed.renews.first if handed.renews else claims
        self._renewals.keep(records, engagement, session=handed.session, refresh_token=token, claims=first)

    def _replayed(
        self, records: Records, engagement: Engagement, session: str, examined: Examined
    ) -> Iterator[Problem]:
        """A token that another session has used, or a ``jti`` of another token (RFC 7519 section 4.1.7).

        The session that used a token first may present it again.
        """
        issuer = engagement.connector.issuer
        seconds = max(60.0, float(examined.claims["exp"]) - self._clock.now() + _REMEMBERED)
        first_use = functools.partial(records.once.first_use, seconds=seconds)
        # Anyone can encrypt a token again or vary an ECDSA signature, so it is the signed octets that count.
        token = hashlib.sha256(examined.signing_input).hexdigest()
        token_id = examined.claims.get("jti")
        # Everybody takes the three in this order, so that nobody waits for one who waits for him.
        same_text = not first_use(f"text {issuer} {examined.text}", session)
        if not first_use(f"token {issuer} {token}", session):
            yield _replay("the token was used by another session", None if same_text else "error")
        elif isinstance(token_id, str) and not first_use(f"jti {issuer} {token_id}", token):
            yield _replay("another token had the same jti", "error")


class _Refused(Exception):
    """Ends the transaction without a trace."""


def _add(decision: Decision, step: str, problems: Iterator[Problem]) -> None:
    decision.add(step, *problems)
    if decision.reason is not None:
        raise _Refused


def _other_subject(records: Records, session: str, subject: tuple[str, ...]) -> Iterator[Problem]:
    """A window whose conversation belongs to somebody else already, by its account, issuer and subject."""
    if not records.sessions.claim("window", session, subject=list(subject)):
        yield Problem(
            code="platform.subject_changed",
            expected="the consumer of the running conversation",
            observed="another consumer",
        )


def _reassigned(known: Mapping[str, Any] | None, verified: Mapping[str, Any]) -> Iterator[Problem]:
    """A known profile about which nothing is as it was: its subject may have changed hands."""
    both = [name for name in _PERSON if known and name in known and name in verified]
    if known is not None and both and not any(known[name] == verified[name] for name in both):
        yield Problem(
            code="claims.sub_reassigned", expected="the person that the profile knows", observed="another"
        )


def _replay(observed: str, severity: Severity | None) -> Problem:
    return Problem(
        code="platform.token_replayed",
        expected="a token of its own for every session",
        observed=observed,
        severity=severity,
    )
