"""From a credential to the verified claims behind it: exchange and pipeline.

OpenID Connect Core sections 3.1.3 and 3.2.2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx2
from joserfc.jwk import Key

from harness.clock import Clock
from harness.config import Config, Connector
from harness.protocol import jose, pkce, strict_json
from harness.protocol.authorization import CODE_LIMIT
from harness.protocol.claims import Expected
from harness.protocol.fingerprint import fingerprint
from harness.protocol.page_method import Credential
from harness.protocol.problem import Problem, Refusal
from harness.store import Store
from harness.verification.decision import Decision
from harness.verification.discovery import Discovery
from harness.verification.exchange import TokenResponse, exchange, refresh
from harness.verification.habits import Habits
from harness.verification.key_sets import KeySets
from harness.verification.outbound import Answer, Outbound
from harness.verification.pipeline import Examined, Rules, Subject, examine
from harness.verification.renewal import NothingNew, Renewal
from harness.verification.telling import told
from harness.verification.userinfo import check_userinfo

CODE_REMEMBERED = 3_600


@dataclass(frozen=True, kw_only=True)
class Handed:
    """A credential on its way to the pipeline, with what its transaction remembers.

    Attributes:
        given: The code, the id_token or the refresh token.
        verifier: The transaction's ``code_verifier``.
        nonce: The nonce that the platform sent.
        redirected: Whether it came by an authorization request of the platform's own.
        access_token: The access token that came beside it by the front channel.
        session: The window's session.
        identity: What the page's identity function answered.
        renews: What is renewed by refresh token, when nobody handed anything over.
        exchanged: The token endpoint's answer, when there was an exchange.
    """

    given: Credential
    verifier: str | None = field(repr=False)
    nonce: str | None = field(default=None, repr=False)
    redirected: bool = False
    access_token: str | None = field(default=None, repr=False)
    session: str = field(repr=False)
    identity: Any = field(default=None, repr=False)
    renews: Renewal | None = None
    exchanged: list[TokenResponse] = field(default_factory=list, repr=False)


class Verifier:
    """Verifies what was handed over.

    Args:
        config: Connectors and deadlines.
        store: Where seen credentials and the windows' sessions live.
        http: The back channel.
        clock: Gives ``now`` to every rule.
        decryption_keys: Returns the platform's private keys by ``kid``.
        strangers: The back channel to hosts that nobody configured.
        habits: Returns what the platform does of its own accord.
    """

    def __init__(
        self,
        *,
        config: Config,
        store: Store,
        http: httpx2.Client,
        clock: Clock,
        decryption_keys: Callable[[], Mapping[str, Key]],
        strangers: httpx2.Client,
        habits: Callable[[], Habits] = Habits,
    ) -> None:
        self._config, self._store, self._clock = config, store, clock
        self._decryption_keys, self._habits = decryption_keys, habits
        self._outbound = Outbound(http, connect=config.deadlines.connect, heard=self._heard)
        self._key_sets = KeySets(http, clock, config.deadlines, strangers=strangers, habits=habits)
        self._discovery = Discovery(self._outbound, clock, config.deadlines)

    def examine(self, decision: Decision, handed: Handed) -> Examined:
        """Return the token behind a credential; ``decision.reason`` says whether its claims are verified.

        Raises:
            NothingNew: When a refresh token gets no new id_token.
        """
        if decision.reason:
            return Examined()
        begun = self._clock.now()
        try:
            learned = self._discover(decision)
            self._in_time(begun)
            token = self._id_token(decision, handed)
            self._in_time(begun)
            rules = self._rules(decision.engagement.connector, handed, learned)
            examined = examine(Subject(token=token, rules=rules), self._habits().steps)
            self._in_time(begun)
        except Refusal as refusal:
            decision.refuse("exchange", refusal)
            return Examined()
        self._emit("id_token.examined", decision.flow, **told(examined, show_claims=self._config.show_claims))
        decision.add("page method", *self._not_fresh(handed, examined))
        for finding in examined.found:
            decision.add(finding.step, finding.problem)
        if decision.reason is None:
            self._ask_userinfo(decision, handed, examined.claims, begun)
        return examined

    def _in_time(self, begun: float) -> None:
        """See that the sign-in has not taken too long, though each of its hops may have been in time.

        Raises:
            Refusal: ``net.timeout_total``.
        """
        seconds, most = self._clock.now() - begun, self._config.deadlines.verification
        if seconds > most:
            raise Refusal(
                "net.timeout_total",
                expected=f"every answer that a sign-in needs within {most:.1f} s",
                observed=f"{seconds:.1f} s",
            )

    def _id_token(self, decision: Decision, handed: Handed) -> str:
        """Return the id_token: the credential itself, or what the code is exchanged for."""
        if handed.renews is not None:
            return self._renewed(decision, handed, handed.renews)
        connector, given = decision.engagement.connector, handed.given
        kind = connector.response_type
        self._emit(
            "credential.received",
            decision.flow,
            credential=self._habits().mark(given.value),
            kind=kind,
            challenged=handed.verifier is not None,
        )
        if kind == "id_token":
            return given.value
        if len(given.value) > CODE_LIMIT:
            raise Refusal("authz.code_too_long", expected=f"at most {CODE_LIMIT} characters", observed="more")
        used = f"code {connector.issuer} {given.value}"
        if not self._store.once.first_use(used, decision.flow, seconds=CODE_REMEMBERED):
            raise Refusal("platform.code_replayed", expected="a fresh code", observed="a code used before")
        self._asks(decision, "authorization_code", code=given.value, verifier=handed.verifier)
        try:
            answer = exchange(
                self._outbound,
                connector,
                code=given.value,
                redirect_uri=given.redirect_uri or self._config.platform.default_redirect_uri,
                code_verifier=handed.verifier,
                total=self._config.deadlines.token,
            )
        except Refusal as refusal:
            # A code is opaque, and some look like tokens: its form says something only once it is refused.
            if refusal.problem.code != "token.invalid_grant" or not _names(given.value, connector.issuer):
                raise
            notes = (refusal.problem, *refusal.notes)
            raise Refusal(
                "sdk.flow_mismatch", expected="a code", observed="an id_token of the issuer", notes=notes
            ) from None
        return self._taken(decision, handed, answer)

    def _renewed(self, decision: Decision, handed: Handed, renewal: Renewal) -> str:
        """Return the id_token that the refresh token is traded for."""
        connector, total = decision.engagement.connector, self._config.deadlines.token
        self._asks(decision, "refresh_token")
        try:
            answer = refresh(self._outbound, connector, refresh_token=renewal.refresh_token, total=total)
        except Refusal as refusal:
            if refusal.problem.code == "token.invalid_grant":
                raise NothingNew from None
            raise
        if answer.id_token is None:
            raise NothingNew
        return self._taken(decision, handed, answer)

    def _asks(
        self, decision: Decision, grant_type: str, *, code: str | None = None, verifier: str | None = None
    ) -> None:
        """Say that the token endpoint is asked, and with which verifier: its fingerprint, never itself."""
        connector = decision.engagement.connector
        fits = verifier is not None and pkce.is_code_verifier(verifier)
        self._emit(
            "exchange.sent",
            decision.flow,
            url=connector.token_endpoint,
            grant_type=grant_type,
            client_auth=connector.client_auth if connector.client_secret else "none",
            credential=fingerprint(code) if code else None,
            code_challenge=fingerprint(pkce.s256(verifier)) if verifier and fits else None,
            code_verifier=fingerprint(verifier) if verifier and fits else None,
        )

    def _taken(self, decision: Decision, handed: Handed, answer: TokenResponse) -> str:
        decision.add("exchange", *answer.problems)
        handed.exchanged.append(answer)
        id_token = str(answer.id_token)
        self._emit("code.exchanged", decision.flow, credential=fingerprint(id_token))
        return id_token

    def _ask_userinfo(
        self, decision: Decision, handed: Handed, claims: Mapping[str, Any], begun: float
    ) -> None:
        endpoint = decision.engagement.connector.userinfo_endpoint
        token = handed.exchanged[0].access_token if handed.exchanged else None
        if endpoint is None or token is None:
            return
        try:
            total = self._config.deadlines.keys
            check_userinfo(self._outbound, endpoint, token, str(claims["sub"]), total=total)
            self._in_time(begun)
        except Refusal as refusal:
            decision.refuse("userinfo", refusal)

    def _discover(self, decision: Decision) -> str | None:
        """Return the ``jwks_uri`` that discovery names, for a connector that asks for it.

        Raises:
            Refusal: What is wrong with the document.
        """
        connector = decision.engagement.connector
        if not connector.discovery:
            return None
        found = self._discovery.of(connector)
        decision.add("discovery", *found.problems)
        return found.jwks_uri

    def _rules(self, connector: Connector, handed: Handed, learned: str | None) -> Rules:
        encrypted = connector.flow == "implicit-jwe"
        return Rules(
            algorithms=frozenset(connector.algorithms),
            encrypted=encrypted,
            key_encryption=frozenset(connector.key_encryption),
            content_encryption=frozenset(connector.content_encryption),
            decryption_keys=self._decryption_keys() if encrypted else {},
            decrypt=self._habits().decrypt,
            keys=self._key_sets.source(connector, connector.algorithms[0], learned=learned),
            expected=Expected(
                issuer=connector.issuer,
                client_id=connector.client_id,
                audiences=frozenset(connector.audiences),
                authorized_parties=frozenset(connector.authorized_parties),
                nonce=handed.nonce,
                first=handed.renews.first if handed.renews else None,
                redirected=handed.redirected,
                access_token=handed.access_token,
                max_age=connector.max_age if handed.redirected else None,
                acr_values=frozenset(connector.acr_values if handed.redirected else ()),
                now=self._clock.now(),
            ),
        )

    def _heard(self, url: str, answer: Answer) -> None:
        """Say what time it is at a server (RFC 9110 section 6.6.1)."""
        try:
            ahead = parsedate_to_datetime(answer.headers.get("date", "")).timestamp() - self._clock.now()
        except (ValueError, OverflowError):
            return
        self._emit("clock.seen", None, host=urlsplit(url).hostname, ahead=round(ahead))

    def _not_fresh(self, handed: Handed, examined: Examined) -> tuple[Problem, ...]:
        """Return the problem of a window that asked again and got what it had, expired by now."""
        had = (self._store.sessions.find("window", handed.session) or {}).get("credential")
        expired = any(found.problem.code == "claims.expired" for found in examined.found)
        if not expired or had != fingerprint(handed.given.value):
            return ()
        return (
            Problem(
                code="sdk.refresh_not_fresh",
                expected="a fresh credential for every call of the page method",
                observed="the expired one of the call before",
            ),
        )

    def _emit(self, type_: str, flow: str | None, **data: Any) -> None:
        self._store.events.append("platform", type_, flow=flow, **data)


def _names(value: str, issuer: str) -> bool:
    """Tell whether a value is a signed token whose payload names an issuer; nothing is verified."""
    try:
        token = jose.read(value)
        payload = strict_json.loads(token.payload) if isinstance(token, jose.CompactJws) else None
    except (Refusal, strict_json.NotJson):
        return False
    return isinstance(payload, dict) and payload.get("iss") == issuer
