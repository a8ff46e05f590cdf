"""The verification backend: from a credential, or the lack of one, to a verdict and a session."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2
from joserfc.jwk import RSAKey

from harness.catalogue.codes import codes
from harness.clock import Clock
from harness.config import Config, Connector, Mode, Surface
from harness.protocol import pkce
from harness.protocol.authorization import (
    DEFAULT_RESPONSE_MODE,
    AuthorizationResponse,
    ProviderError,
    ResponseMode,
    authorization_url,
    credential,
    read_response,
)
from harness.protocol.claims import Expected
from harness.protocol.fingerprint import digest, fingerprint
from harness.protocol.page_method import Credential, NotLoggedIn, PageAnswer, interpret
from harness.protocol.problem import Problem, Refusal, Severity
from harness.report.model import Outcome
from harness.store import Store
from harness.store.once import Taken
from harness.verification.exchange import exchange
from harness.verification.key_sets import KeySets
from harness.verification.pipeline import Finding, Rules, Subject, examine
from harness.verification.sealing import Sealer


@dataclass(frozen=True, kw_only=True)
class Engagement:
    """Which surface, connector and mode a window works for."""

    surface: Surface
    connector: Connector
    mode: Mode

    def as_json(self) -> dict[str, str]:
        """Return what a transaction remembers of it."""
        return {"surface": self.surface, "connector": self.connector.id, "mode": self.mode}


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call of the page method, or one credential request to an app: all the browser may know."""

    call_id: str
    code_challenge: str | None
    sealed_verifier: str | None = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One problem with its weight in the mode of the case, and the step that found it."""

    step: str
    problem: Problem
    severity: Severity


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the backend decided.

    Attributes:
        flow: The transaction that was decided.
        code: The code of the first error; for a consumer who is not logged in, the reason.
        profile: The consumer's profile when authenticated.
        claims: Their verified claims when authenticated.
    """

    flow: str
    outcome: Outcome
    code: str | None
    problems: tuple[Judged, ...] = ()
    profile: int | None = None
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False)


class Backend:
    """Verifies what pages, popups and apps hand over.

    Args:
        config: Connectors and deadlines.
        store: Where transactions, seen credentials and profiles live.
        http: The back channel.
        clock: Gives ``now`` to every rule.
        sealer: Seals verifiers; its key is shared by all workers.
        decryption_keys: Returns the platform's private keys by ``kid``.
    """

    def __init__(
        self,
        *,
        config: Config,
        store: Store,
        http: httpx2.Client,
        clock: Clock,
        sealer: Sealer,
        decryption_keys: Callable[[], Mapping[str, RSAKey]],
    ) -> None:
        self._config, self._store, self._http, self._clock = config, store, http, clock
        self._sealer, self._decryption_keys = sealer, decryption_keys
        self._key_sets = KeySets(http, clock, config.deadlines)

    def open_call(self, engagement: Engagement, *, origin: str, session: str) -> Call:
        """Open a call of the page method (or of an app) for one window session of one brand origin."""
        connector = engagement.connector
        call_id, flow = secrets.token_urlsafe(24), secrets.token_hex(8)
        verifier = pkce.new_code_verifier() if connector.pkce else None
        challenge = pkce.s256(verifier) if verifier else None
        data = {**engagement.as_json(), "origin": origin, "session": digest(session), "challenge": challenge}
        seconds = connector.callback_deadline + self._config.deadlines.call
        self._store.once.put_transaction("call", call_id, flow, data, seconds=seconds)
        self._emit("call.opened", flow, call=fingerprint(call_id), **engagement.as_json())
        sealed = self._sealer.seal(verifier, **_binding(call_id, data)) if verifier else None
        return Call(call_id=call_id, code_challenge=challenge, sealed_verifier=sealed)

    def answer_call(
        self, *, call_id: str, session: str, origin: str, sealed_verifier: str | None, answer: PageAnswer
    ) -> Verdict:
        """Decide what a page or an app answered to one call."""
        taken = self._store.once.take_transaction("call", call_id)
        if not isinstance(taken, Taken):
            return self._unbound(f"the call is {taken}")
        data, flow = taken.data, str(taken.flow)
        if not _same(data["session"], digest(session)) or data["origin"] != origin:
            return self._unbound("the call belongs to another window or page", flow=flow)
        engagement = self._engagement(data)
        self._emit("call.answered", flow, happened=answer.happened, waited_ms=round(answer.waited_ms, 1))
        try:
            given = interpret(answer)
            verifier = self._unseal(sealed_verifier, call_id, data)
            token = self._id_token(engagement, flow, given, verifier=verifier)
        except NotLoggedIn:
            return self._conclude(engagement, flow, "not_authenticated", code="sdk.brand_reported_error")
        except Refusal as refusal:
            return self._refuse(engagement, flow, refusal, step="credential")
        return self._verify(engagement, flow, token, nonce=None, session=session)

    def open_popup(self, engagement: Engagement, *, popup: str, binding: str, window_config: Any) -> str:
        """Open an authorization transaction and return the URL that the popup is sent to."""
        connector = engagement.connector
        flow, nonce = secrets.token_hex(8), secrets.token_urlsafe(24)
        # The documented state is the window's configuration; strict adds an unguessable value.
        state = json.dumps({"config": window_config, "rnd": secrets.token_urlsafe(24)}, separators=(",", ":"))
        verifier = pkce.new_code_verifier() if connector.pkce else None
        redirect_uri = f"https://{self._config.sites.platform}/window"
        data = {
            **engagement.as_json(),
            "popup": popup,
            "binding": digest(binding),
            "nonce": nonce,
            "redirect_uri": redirect_uri,
            "verifier": self._sealer.seal(verifier, state=digest(state)) if verifier else None,
        }
        self._store.once.put_transaction("popup", state, flow, data, seconds=self._config.deadlines.state)
        parameters = {
            "response_type": connector.response_type,
            "client_id": connector.client_id,
            "redirect_uri": redirect_uri,
            "scope": connector.scope,
            "state": state,
            "nonce": nonce,
        }
        if connector.response_mode:
            parameters["response_mode"] = connector.response_mode
        if verifier:
            parameters |= {
                "code_challenge": pkce.s256(verifier),
                "code_challenge_method": pkce.CODE_CHALLENGE_METHOD,
            }
        self._emit(
            "authorization.requested",
            flow,
            state=fingerprint(state),
            nonce=fingerprint(nonce),
            **engagement.as_json(),
        )
        return authorization_url(connector.authorization_endpoint, parameters)

    def popup_of(self, encoded: str, mode: ResponseMode) -> str | None:
        """Return the popup id of a response's transaction, for its status channel, without taking it."""
        try:
            state = read_response(encoded, mode=mode).state
        except Refusal:
            return None
        found = self._store.once.peek_transaction("popup", state) if state else None
        return str(found.data["popup"]) if found else None

    def answer_popup(self, encoded: str, *, mode: ResponseMode, binding: str | None, session: str) -> Verdict:
        """Decide an authorization response that came back to the window."""
        try:
            response = read_response(encoded, mode=mode)
            data, flow = self._transaction(response, binding)
        except Refusal as refusal:
            return self._unbound(refusal.problem.observed, problem=refusal.problem)
        engagement = self._engagement(data)
        connector = engagement.connector
        asked = connector.response_mode or DEFAULT_RESPONSE_MODE[connector.response_type]
        try:
            if response.mode != asked:
                raise Refusal("authz.response_mode_mismatch", expected=asked, observed=response.mode)
            value = credential(
                response, response_type=connector.response_type, issuer=connector.issuer, iss_required=False
            )
            verifier = self._popup_verifier(data, str(response.state))
            given = Credential(value=value, redirect_uri=data["redirect_uri"])
            token = self._id_token(engagement, flow, given, verifier=verifier)
        except ProviderError as error:
            return self._conclude(engagement, flow, "not_authenticated", code=error.code)
        except Refusal as refusal:
            return self._refuse(engagement, flow, refusal, step="authorization response")
        return self._verify(engagement, flow, token, nonce=data["nonce"], session=session)

    def _transaction(
        self, response: AuthorizationResponse, binding: str | None
    ) -> tuple[dict[str, Any], str]:
        """Take the transaction of a response: known, of this browser, in time, once."""
        if not response.state:
            raise Refusal("authz.state_missing", expected="the state of the request", observed="no state")
        found = self._store.once.peek_transaction("popup", response.state)
        if found is None:
            raise Refusal(
                "authz.state_unknown", expected="the state of the request", observed="another state"
            )
        if binding is None:
            raise Refusal("authz.state_cookie_missing", expected="the browser's cookie", observed="no cookie")
        if not _same(found.data["binding"], digest(binding)):
            raise Refusal("authz.state_unbound", expected="the same browser", observed="another browser")
        taken = self._store.once.take_transaction("popup", response.state)
        if not isinstance(taken, Taken):
            code = "authz.state_used" if taken == "used" else "authz.state_expired"
            raise Refusal(code, expected="a fresh state", observed=taken)
        return taken.data, str(taken.flow)

    def _id_token(self, engagement: Engagement, flow: str, given: Credential, *, verifier: str | None) -> str:
        connector = engagement.connector
        self._emit(
            "credential.received", flow, credential=fingerprint(given.value), kind=connector.response_type
        )
        if connector.response_type == "id_token":
            return given.value
        if not self._store.once.first_use(f"code {connector.issuer} {given.value}", flow, seconds=3600):
            raise Refusal("platform.code_replayed", expected="a fresh code", observed="a code used before")
        redirect_uri = given.redirect_uri or self._config.platform.default_redirect_uri
        answer = exchange(
            self._http, connector, code=given.value, redirect_uri=redirect_uri, code_verifier=verifier
        )
        self._emit("code.exchanged", flow, credential=fingerprint(answer.id_token))
        return answer.id_token

    def _verify(
        self, engagement: Engagement, flow: str, token: str, *, nonce: str | None, session: str
    ) -> Verdict:
        connector = engagement.connector
        encrypted = connector.flow == "implicit-jwe"
        rules = Rules(
            encrypted=encrypted,
            decryption_keys=self._decryption_keys() if encrypted else {},
            keys=self._key_sets.source(connector),
            expected=Expected(
                issuer=connector.issuer, client_id=connector.client_id, nonce=nonce, now=self._clock.now()
            ),
        )
        examined = examine(Subject(token=token, rules=rules))
        problems = self._judge(engagement.mode, examined.found)
        first = next((judged for judged in problems if judged.severity == "error"), None)
        if first is not None:
            return self._conclude(engagement, flow, "refused", code=first.problem.code, problems=problems)
        replayed = self._replayed(token, examined.claims, connector, session, engagement.mode)
        if any(judged.severity == "error" for judged in replayed):
            code = replayed[0].problem.code
            return self._conclude(engagement, flow, "refused", code=code, problems=problems + replayed)
        return self._authenticate(engagement, flow, examined.claims, problems + replayed)

    def _replayed(
        self, token: str, claims: Mapping[str, Any], connector: Connector, session: str, mode: Mode
    ) -> tuple[Judged, ...]:
        """Return the problem of a token that another session has used, if it is one."""
        token_id = claims.get("jti")
        key = token_id if isinstance(token_id, str) else hashlib.sha256(token.encode()).hexdigest()
        lifetime = max(60.0, float(claims["exp"]) - self._clock.now() + 120)
        if self._store.once.first_use(f"token {connector.issuer} {key}", session, seconds=lifetime):
            return ()
        problem = Problem(
            code="platform.token_replayed", expected="a token of this session", observed="used by another"
        )
        return self._judge(mode, (Finding(step="replay", problem=problem),))

    def _authenticate(
        self, engagement: Engagement, flow: str, claims: Mapping[str, Any], problems: tuple[Judged, ...]
    ) -> Verdict:
        connector = engagement.connector
        verified = mapped_claims(claims, connector)
        profile = self._store.people.engage(
            self._config.platform.account,
            str(claims["iss"]),
            str(claims["sub"]),
            verified=verified,
            surface=engagement.surface,
            connector=connector.id,
        )
        return self._conclude(
            engagement, flow, "authenticated", problems=problems, profile=profile, claims=verified
        )

    def _refuse(self, engagement: Engagement, flow: str, refusal: Refusal, *, step: str) -> Verdict:
        problems = self._judge(engagement.mode, (Finding(step=step, problem=refusal.problem),))
        return self._conclude(engagement, flow, "refused", code=refusal.problem.code, problems=problems)

    def _unbound(self, observed: str, *, flow: str = "", problem: Problem | None = None) -> Verdict:
        problem = problem or Problem(
            code="platform.session_binding", expected="an open call of this window", observed=observed
        )
        judged = Judged(step="binding", problem=problem, severity="error")
        self._emit(
            "verdict", flow or None, outcome="refused", code=problem.code, problems=[_judged_json(judged)]
        )
        return Verdict(flow=flow, outcome="refused", code=problem.code, problems=(judged,))

    def _conclude(
        self,
        engagement: Engagement,
        flow: str,
        outcome: Outcome,
        *,
        code: str | None = None,
        problems: tuple[Judged, ...] = (),
        profile: int | None = None,
        claims: Mapping[str, Any] | None = None,
    ) -> Verdict:
        self._emit(
            "verdict",
            flow,
            outcome=outcome,
            code=code,
            problems=[_judged_json(judged) for judged in problems],
            profile=profile,
            **engagement.as_json(),
        )
        return Verdict(
            flow=flow, outcome=outcome, code=code, problems=problems, profile=profile, claims=claims or {}
        )

    def _judge(self, mode: Mode, found: tuple[Finding, ...]) -> tuple[Judged, ...]:
        known = codes()
        return tuple(
            Judged(
                step=finding.step,
                problem=finding.problem,
                severity=known[finding.problem.code].severity_of(finding.problem, mode),
            )
            for finding in found
        )

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

    def _popup_verifier(self, data: Mapping[str, Any], state: str) -> str | None:
        if data["verifier"] is None:
            return None
        return self._sealer.unseal(data["verifier"], state=digest(state))

    def _emit(self, type_: str, flow: str | None, **data: Any) -> None:
        self._store.events.append("platform", type_, flow=flow, **data)


def mapped_claims(claims: Mapping[str, Any], connector: Connector) -> dict[str, Any]:
    """Return the claims that the agent is shown: the standard ones, ``lp_sdes``, and what is mapped."""
    standard = ("sub", "given_name", "family_name", "email", "phone_number", "gender", "preferred_username")
    kept = {name: claims[name] for name in (*standard, "lp_sdes") if name in claims}
    mapped = {label: claims[name] for name, label in connector.claims_map.items() if name in claims}
    return {"iss": claims["iss"], **kept, "mapped": mapped}


def _binding(call_id: str, data: Mapping[str, Any]) -> dict[str, str]:
    return {
        "connector": data["connector"],
        "call": digest(call_id),
        "session": data["session"],
        "challenge": str(data["challenge"]),
    }


def _judged_json(judged: Judged) -> dict[str, str]:
    problem = judged.problem
    return {
        "step": judged.step,
        "code": problem.code,
        "severity": judged.severity,
        "expected": problem.expected,
        "observed": problem.observed,
    }


def _same(left: str, right: str) -> bool:
    return hmac.compare_digest(left, right)
