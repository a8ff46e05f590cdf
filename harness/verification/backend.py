"""The verification backend: from a credential, or the lack of one, to a verdict and a profile."""

from __future__ import annotations

import functools
import hashlib
import hmac
import ipaddress
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
from joserfc.jwk import Key

from harness.clock import Clock
from harness.config import Config, Connector
from harness.protocol import pkce
from harness.protocol.authorization import (
    CODE_LIMIT,
    DEFAULT_RESPONSE_MODE,
    AuthorizationResponse,
    ProviderError,
    ResponseMode,
    authorization_url,
    check_issuer,
    check_mode,
    credential,
    read_response,
)
from harness.protocol.claims import Expected, legal_attributes
from harness.protocol.fingerprint import digest, fingerprint
from harness.protocol.identity import check_identity
from harness.protocol.page_method import Credential, NotLoggedIn, PageAnswer, interpret
from harness.protocol.problem import Problem, Refusal, Severity
from harness.report.model import Outcome
from harness.store import Store
from harness.store.once import Taken
from harness.verification.decision import Decision, Engagement, Verdict, record, unbound
from harness.verification.discovery import Discovery, named_hosts
from harness.verification.exchange import TokenResponse, exchange
from harness.verification.interface import Call
from harness.verification.key_sets import KeySets
from harness.verification.outbound import Outbound
from harness.verification.pipeline import Examined, Rules, Subject, examine
from harness.verification.sealing import Sealer
from harness.verification.userinfo import check_userinfo

CODE_REMEMBERED = 3_600
STANDARD_CLAIMS = (
    "sub",
    "given_name",
    "family_name",
    "email",
    "phone_number",
    "gender",
    "preferred_username",
)


@dataclass(frozen=True, kw_only=True)
class Handed:
    """A credential on its way to the pipeline, with what its transaction remembers.

    Attributes:
        given: The code or the id_token.
        verifier: The transaction's ``code_verifier``.
        nonce: The nonce that the platform sent.
        redirected: Whether it came by an authorization request of the platform's own.
        access_token: The access token that came beside it by the front channel.
        session: The window's session.
        identity: What the page's identity function answered.
        exchanged: The token endpoint's answer, when there was an exchange.
    """

    given: Credential
    verifier: str | None = field(repr=False)
    nonce: str | None = None
    redirected: bool = False
    access_token: str | None = field(default=None, repr=False)
    session: str = field(repr=False)
    identity: Any = None
    exchanged: list[TokenResponse] = field(default_factory=list, repr=False)


class Backend:
    """Verifies what pages, popups and apps hand over.

    Args:
        config: Connectors and deadlines.
        store: Where transactions, seen credentials and profiles live.
        http: The back channel.
        clock: Gives ``now`` to every rule.
        sealer: Seals verifiers; its key is shared by all workers.
        decryption_keys: Returns the platform's private keys by ``kid``.
        resolve: Returns the address of a host and port, ``None`` when it has none.
    """

    def __init__(
        self,
        *,
        config: Config,
        store: Store,
        http: httpx2.Client,
        clock: Clock,
        sealer: Sealer,
        decryption_keys: Callable[[], Mapping[str, Key]],
        resolve: Callable[[str, int], tuple[str, int] | None] = lambda host, port: None,
    ) -> None:
        self._config, self._store, self._clock, self._resolve = config, store, clock, resolve
        self._sealer, self._decryption_keys = sealer, decryption_keys
        self._outbound = Outbound(http, connect=config.deadlines.connect)
        self._key_sets = KeySets(http, clock, config.deadlines)
        self._discovery = Discovery(self._outbound, clock, config.deadlines)

    def open_call(self, engagement: Engagement, *, origin: str, session: str) -> Call:
        """Open a call of the page method (or of an app) for one window session of one brand origin."""
        connector = engagement.connector
        call_id, flow = secrets.token_urlsafe(24), secrets.token_hex(8)
        verifier = pkce.new_code_verifier(connector.verifier_length) if connector.pkce else None
        challenge = pkce.s256(verifier) if verifier else None
        data = {**engagement.as_json(), "origin": origin, "session": digest(session), "challenge": challenge}
        seconds = connector.callback_deadline + self._config.deadlines.call
        self._store.once.put_transaction("call", call_id, flow, data, seconds=seconds)
        self._emit("call.opened", flow, call=fingerprint(call_id), **engagement.as_json())
        sealed = self._sealer.seal(verifier, **_binding(call_id, data)) if verifier else None
        return Call(call_id=call_id, code_challenge=challenge, sealed_verifier=sealed)

    def answer_call(
        self,
        *,
        call_id: str,
        session: str,
        origin: str,
        sealed_verifier: str | None,
        answer: PageAnswer,
        identity: Any = None,
    ) -> Verdict:
        """Decide what a page or an app answered to one call."""
        taken = self._store.once.take_transaction("call", call_id)
        if not isinstance(taken, Taken):
            return self._unbound(_foreign(f"the call is {taken}"))
        data, flow = taken.data, str(taken.flow)
        if not _same(data["session"], digest(session)) or data["origin"] != origin:
            return self._unbound(_foreign("the call belongs to another window or page"), flow=flow)
        decision = Decision(self._engagement(data), flow)
        self._emit("call.answered", flow, happened=answer.happened, waited_ms=round(answer.waited_ms, 1))
        try:
            given = interpret(answer)
            verifier = self._unseal(sealed_verifier, call_id, data)
        except NotLoggedIn:
            return self._conclude(decision, "not_authenticated", code="sdk.brand_reported_error")
        except Refusal as refusal:
            decision.refuse("page method", refusal)
            return self._conclude(decision, "refused")
        return self._verify(
            decision, Handed(given=given, verifier=verifier, session=session, identity=identity)
        )

    def open_popup(self, engagement: Engagement, *, popup: str, binding: str, window_config: Any) -> str:
        """Open an authorization transaction and return the URL that the popup is sent to."""
        connector = engagement.connector
        flow = secrets.token_hex(8)
        nonce = secrets.token_urlsafe(24) if connector.nonce else None
        # The documented state is the window's configuration; strict adds an unguessable value.
        state = json.dumps({"config": window_config, "rnd": secrets.token_urlsafe(24)}, separators=(",", ":"))
        verifier = pkce.new_code_verifier(connector.verifier_length) if connector.pkce else None
        redirect_uri = f"https://{self._config.sites.platform}/window"
        if not connector.rfc_compliance:
            redirect_uri += "?" + urlencode({"lpUnifiedWindowConfig": json.dumps(window_config)})
        data = {
            **engagement.as_json(),
            "popup": popup,
            "binding": digest(binding),
            "nonce": nonce,
            "redirect_uri": redirect_uri,
            "older": not connector.rfc_compliance,
            "verifier": self._sealer.seal(verifier, popup=popup) if verifier else None,
        }
        seconds = self._config.deadlines.state
        kind = "popup" if connector.rfc_compliance else "popup-older"
        self._store.once.put_transaction(kind, state, flow, data, seconds=seconds, binding=digest(binding))
        parameters = {
            "response_type": connector.asked_response_type,
            "client_id": connector.client_id,
            "redirect_uri": redirect_uri,
            "scope": connector.scope,
            **({"state": state} if connector.rfc_compliance else {}),
            **({"nonce": nonce} if nonce else {}),
            **_asked(connector),
        }
        if verifier:
            parameters |= {
                "code_challenge": pkce.s256(verifier),
                "code_challenge_method": pkce.CODE_CHALLENGE_METHOD,
            }
        self._emit(
            "authorization.requested",
            flow,
            state=fingerprint(state),
            nonce=fingerprint(nonce) if nonce else None,
            **engagement.as_json(),
        )
        return authorization_url(connector.authorization_endpoint, parameters)

    def _popup_of(self, encoded: str, mode: ResponseMode, binding: str | None) -> str | None:
        """Return the popup id of a response's transaction, for its status channel, without taking it."""
        try:
            state = read_response(encoded, mode=mode).state
        except Refusal:
            return None
        once = self._store.once
        found = once.peek_transaction("popup", state) if state else None
        if found is None and binding is not None and not state:
            found = once.peek_waiting("popup-older", digest(binding))
        return str(found.data["popup"]) if found else None

    def answer_popup(self, encoded: str, *, mode: ResponseMode, binding: str | None, session: str) -> Verdict:
        """Decide an authorization response that came back to the window."""
        popup = self._popup_of(encoded, mode, binding)
        verdict = self._decide_popup(encoded, mode=mode, binding=binding, session=session)
        return replace(verdict, popup=popup)

    def _decide_popup(
        self, encoded: str, *, mode: ResponseMode, binding: str | None, session: str
    ) -> Verdict:
        try:
            response = read_response(encoded, mode=mode)
            data, flow = self._transaction(response, binding)
        except Refusal as refusal:
            return self._unbound(refusal.problem)
        decision = Decision(self._engagement(data), flow)
        connector = decision.engagement.connector
        asked = connector.response_mode or DEFAULT_RESPONSE_MODE[connector.response_type]
        step = "authorization response"
        try:
            check_issuer(response, issuer=connector.issuer, required=connector.iss_parameter)
            decision.add(step, *self._mix_up(connector))
            decision.add(step, *check_mode(response, asked=asked, response_type=connector.response_type))
            value, problems = credential(
                response, response_type=connector.response_type, older=not connector.rfc_compliance
            )
            decision.add(step, *problems)
            verifier = self._popup_verifier(data)
        except ProviderError as error:
            if not error.refused and decision.reason is None:
                return self._conclude(decision, "not_authenticated", code=error.code)
            if error.refused:
                decision.add(step, Problem(code=error.code, expected="a credential", observed=error.error))
            return self._conclude(decision, "refused")
        except Refusal as refusal:
            decision.refuse(step, refusal)
            return self._conclude(decision, "refused")
        handed = Handed(
            # The older version sends the token endpoint another redirect URI than the authorization endpoint.
            given=Credential(value=value, redirect_uri=None if data["older"] else data["redirect_uri"]),
            verifier=verifier,
            nonce=data["nonce"],
            redirected=True,
            access_token=response.parameters.get("access_token"),
            session=session,
        )
        return self._verify(decision, handed)

    def _mix_up(self, connector: Connector) -> tuple[Problem, ...]:
        """Warn of a redirect URI that several issuers share when a response does not name its own."""
        others = {other.issuer for other in self._config.connectors} - {connector.issuer}
        if connector.iss_parameter or not others:
            return ()
        seen = f"{len(others) + 1} issuers behind one redirect URI, and no iss"
        return (Problem(code="config.mix_up_exposed", expected="iss in the response", observed=seen),)

    def refuse_response(self, problem: Problem) -> Verdict:
        """Refuse what came to the window's address in a form that no response has."""
        return self._unbound(problem)

    def _transaction(
        self, response: AuthorizationResponse, binding: str | None
    ) -> tuple[dict[str, Any], str]:
        """Take the transaction of a response: known, of this browser, in time, once."""
        found = self._store.once.peek_transaction("popup", response.state) if response.state else None
        if found is None and (older := self._older_transaction(response, binding)):
            return older.data, str(older.flow)
        if found is None:
            raise self._without_transaction(response, binding)
        if binding is None:
            raise Refusal("authz.state_cookie_missing", expected="the browser's cookie", observed="no cookie")
        if not _same(found.data["binding"], digest(binding)):
            raise Refusal("authz.state_unbound", expected="the same browser", observed="another browser")
        taken = self._store.once.take_transaction("popup", str(response.state))
        if not isinstance(taken, Taken):
            code = "authz.state_used" if taken == "used" else "authz.state_expired"
            raise Refusal(code, expected="a fresh state", observed=taken)
        return taken.data, str(taken.flow)

    def _older_transaction(self, response: AuthorizationResponse, binding: str | None) -> Taken | None:
        """Take the browser's transaction of the older connector version, which sends no state."""
        if response.state or binding is None:
            return None
        return self._store.once.take_waiting("popup-older", digest(binding))

    def _without_transaction(self, response: AuthorizationResponse, binding: str | None) -> Refusal:
        """Say why a response belongs to nothing: never asked for, or its state lost or changed."""
        waiting = binding is not None and self._store.once.is_waiting("popup", digest(binding))
        expected, seen = "the state of the request", "another state" if response.state else "no state"
        if not waiting:
            return Refusal("authz.unsolicited", expected="a request of this browser", observed="none")
        code = "authz.state_mismatch" if response.state else "authz.state_missing"
        return Refusal(code, expected=expected, observed=seen)

    def _id_token(self, decision: Decision, handed: Handed) -> str:
        """Return the id_token: the credential itself, or what the code is exchanged for."""
        connector, given = decision.engagement.connector, handed.given
        kind = connector.response_type
        self._emit("credential.received", decision.flow, credential=fingerprint(given.value), kind=kind)
        if kind == "id_token":
            return given.value
        if len(given.value) > CODE_LIMIT:
            raise Refusal("authz.code_too_long", expected=f"at most {CODE_LIMIT} characters", observed="more")
        used = f"code {connector.issuer} {given.value}"
        if not self._store.once.first_use(used, decision.flow, seconds=CODE_REMEMBERED):
            raise Refusal("platform.code_replayed", expected="a fresh code", observed="a code used before")
        answer = exchange(
            self._outbound,
            connector,
            code=given.value,
            redirect_uri=given.redirect_uri or self._config.platform.default_redirect_uri,
            code_verifier=handed.verifier,
            total=self._config.deadlines.token,
        )
        decision.add("exchange", *answer.problems)
        handed.exchanged.append(answer)
        self._emit("code.exchanged", decision.flow, credential=fingerprint(answer.id_token))
        return answer.id_token

    def _verify(self, decision: Decision, handed: Handed) -> Verdict:
        """Run the pipeline on a credential and conclude."""
        if decision.reason:
            return self._conclude(decision, "refused")
        try:
            learned = self._discover(decision)
            token = self._id_token(decision, handed)
            rules = self._rules(decision.engagement.connector, handed, learned)
        except Refusal as refusal:
            decision.refuse("exchange", refusal)
            return self._conclude(decision, "refused")
        examined = examine(Subject(token=token, rules=rules))
        for finding in examined.found:
            decision.add(finding.step, finding.problem)
        if decision.reason is None:
            self._ask_userinfo(decision, handed, examined.claims)
        if decision.reason is None:
            decision.add("identity", *check_identity(handed.identity, examined.claims))
            decision.add("identity", *self._check_subject(handed, examined.claims))
        if decision.reason is None:
            decision.add("replay", *self._replayed(decision, handed, token, examined))
        if decision.reason is not None:
            return self._conclude(decision, "refused")
        return self._authenticate(decision, handed, examined.claims)

    def _ask_userinfo(self, decision: Decision, handed: Handed, claims: Mapping[str, Any]) -> None:
        endpoint = decision.engagement.connector.userinfo_endpoint
        token = handed.exchanged[0].access_token if handed.exchanged else None
        if endpoint is None or token is None:
            return
        try:
            total = self._config.deadlines.keys
            check_userinfo(self._outbound, endpoint, token, str(claims["sub"]), total=total)
        except Refusal as refusal:
            decision.refuse("userinfo", refusal)

    def _discover(self, decision: Decision) -> str | None:
        """Return the ``jwks_uri`` that discovery names, for a connector that asks for it.

        Raises:
            Refusal: ``net.address_forbidden`` for a host that only the document names and that is not
                public, or what is wrong with the document.
        """
        connector = decision.engagement.connector
        if not connector.discovery:
            return None
        found = self._discovery.of(connector)
        decision.add("discovery", *found.problems)
        host = urlsplit(found.jwks_uri).hostname or ""
        address = None if host in named_hosts(connector) else self._resolve(host, 443)
        if address is not None and not ipaddress.ip_address(address[0]).is_global:
            raise Refusal("net.address_forbidden", expected="a public address", observed=f"{host} is private")
        return found.jwks_uri

    def _rules(self, connector: Connector, handed: Handed, learned: str | None) -> Rules:
        encrypted = connector.flow == "implicit-jwe"
        return Rules(
            algorithms=frozenset(connector.algorithms),
            encrypted=encrypted,
            key_encryption=frozenset(connector.key_encryption),
            content_encryption=frozenset(connector.content_encryption),
            decryption_keys=self._decryption_keys() if encrypted else {},
            keys=self._key_sets.source(connector, connector.algorithms[0], learned=learned),
            expected=Expected(
                issuer=connector.issuer,
                client_id=connector.client_id,
                audiences=frozenset(connector.audiences),
                authorized_parties=frozenset(connector.authorized_parties),
                nonce=handed.nonce,
                redirected=handed.redirected,
                access_token=handed.access_token,
                max_age=connector.max_age if handed.redirected else None,
                acr_values=frozenset(connector.acr_values if handed.redirected else ()),
                now=self._clock.now(),
            ),
        )

    def _replayed(
        self, decision: Decision, handed: Handed, text: str, examined: Examined
    ) -> tuple[Problem, ...]:
        """Return the problem of a token that another session has used, or of a jti that another token had."""
        issuer = decision.engagement.connector.issuer
        seconds = max(60.0, float(examined.claims["exp"]) - self._clock.now() + 120)
        first_use = functools.partial(self._store.once.first_use, seconds=seconds)
        # Anyone can encrypt a token again or vary an ECDSA signature, so it is the signed octets that count.
        token = hashlib.sha256(examined.signing_input).hexdigest()
        same_text = not first_use(f"text {issuer} {text}", handed.session)
        if not first_use(f"token {issuer} {token}", handed.session):
            return (_replay("the token was used by another session", None if same_text else "error"),)
        token_id = examined.claims.get("jti")
        if isinstance(token_id, str) and not first_use(f"jti {issuer} {token_id}", token):
            return (_replay("another token had the same jti", "error"),)
        return ()

    def _check_subject(self, handed: Handed, claims: Mapping[str, Any]) -> tuple[Problem, ...]:
        """Return the problem of a window whose conversation belongs to somebody else already."""
        known = (self._store.sessions.find("window", handed.session) or {}).get("subject")
        if known in (None, [claims.get("iss"), claims.get("sub")]):
            return ()
        return (
            Problem(
                code="platform.subject_changed",
                expected="the consumer of the running conversation",
                observed="another consumer",
            ),
        )

    def _authenticate(self, decision: Decision, handed: Handed, claims: Mapping[str, Any]) -> Verdict:
        connector = decision.engagement.connector
        verified = mapped_claims(claims, connector)
        decision.add("profile", *self._reassigned(verified))
        self._store.sessions.merge("window", handed.session, subject=[claims["iss"], claims["sub"]])
        profile = self._store.people.engage(
            self._config.platform.account,
            str(claims["iss"]),
            str(claims["sub"]),
            verified=verified,
            surface=decision.engagement.surface,
            connector=connector.id,
        )
        return self._conclude(decision, "authenticated", profile=profile, claims=verified)

    def _reassigned(self, verified: Mapping[str, Any]) -> tuple[Problem, ...]:
        """Warn when nothing about a known profile is as it was: a subject may have changed hands."""
        account = self._config.platform.account
        known = self._store.people.verified(account, verified["iss"], verified["sub"])
        both = [name for name in _PERSON if known and name in known and name in verified]
        if known is None or not both or any(known[name] == verified[name] for name in both):
            return ()
        return (
            Problem(
                code="claims.sub_reassigned", expected="the person that the profile knows", observed="another"
            ),
        )

    def _unbound(self, problem: Problem, *, flow: str = "") -> Verdict:
        """Refuse what belongs to no transaction, so that no mode can soften it."""
        return record(self._store.events, unbound(problem, flow=flow))

    def _conclude(
        self,
        decision: Decision,
        outcome: Outcome,
        *,
        code: str | None = None,
        profile: int | None = None,
        claims: Mapping[str, Any] | None = None,
    ) -> Verdict:
        code = decision.reason if outcome == "refused" else code
        verdict = Verdict(
            flow=decision.flow,
            outcome=outcome,
            code=code,
            problems=tuple(decision.problems),
            profile=profile,
            claims=claims or {},
            engagement=decision.engagement,
        )
        return record(self._store.events, verdict)

    def _engagement(self, data: Mapping[str, Any]) -> Engagement:
        connector = self._config.connector(data["connector"])
        return Engagement(surface=data["surface"], connector=connector, mode=data["mode"])

    def _unseal(self, sealed: str | None, call_id: str, data: Mapping[str, Any]) -> str | None:
        if data["challenge"] is None:
            return None
        verifier = self._sealer.unseal(sealed, **_binding(call_id, data)) if sealed else None
        if verifier is None:
            raise Refusal(
                "pkce.binding_mismatch", expected="the sealed verifier of this call", observed="another"
            )
        return verifier

    def _popup_verifier(self, data: Mapping[str, Any]) -> str | None:
        if data["verifier"] is None:
            return None
        verifier = self._sealer.unseal(data["verifier"], popup=data["popup"])
        if verifier is None:
            raise Refusal(
                "pkce.binding_mismatch", expected="the verifier of this transaction", observed="another"
            )
        return verifier

    def _emit(self, type_: str, flow: str | None, **data: Any) -> None:
        self._store.events.append("platform", type_, flow=flow, **data)


_PERSON = ("given_name", "family_name", "email")


def mapped_claims(claims: Mapping[str, Any], connector: Connector) -> dict[str, Any]:
    """Return the claims that the agent is shown: the standard ones, legal attributes, what is mapped."""
    kept = {name: claims[name] for name in STANDARD_CLAIMS if name in claims}
    mapped = {label: claims[name] for name, label in connector.claims_map.items() if name in claims}
    attributes = legal_attributes(claims.get("lp_sdes"))
    return {"iss": claims["iss"], **kept, "lp_sdes": attributes, "mapped": mapped}


def _asked(connector: Connector) -> dict[str, str]:
    """Return the optional parameters of the authorization request."""
    asked = {
        "response_mode": connector.response_mode,
        "max_age": None if connector.max_age is None else f"{connector.max_age:.0f}",
        "acr_values": " ".join(connector.acr_values) or None,
    }
    return {name: value for name, value in asked.items() if value is not None}


def _binding(call_id: str, data: Mapping[str, Any]) -> dict[str, str]:
    return {
        "connector": data["connector"],
        "call": digest(call_id),
        "session": data["session"],
        "challenge": str(data["challenge"]),
    }


def _replay(observed: str, severity: Severity | None) -> Problem:
    return Problem(
        code="platform.token_replayed",
        expected="a token of its own for every session",
        observed=observed,
        severity=severity,
    )


def _foreign(observed: str) -> Problem:
    return Problem(code="platform.session_binding", expected="an open call of this window", observed=observed)


def _same(left: str, right: str) -> bool:
    return hmac.compare_digest(left, right)
