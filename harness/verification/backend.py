"""The verification backend: from a credential, or the lack of one, to a verdict and a profile.

The relying party of OpenID Connect Core sections 3.1 and 3.2; how it gets a credential is the platform
contract.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import httpx2
from joserfc.jwk import Key

from harness.clock import Clock
from harness.config import Config, Connector
from harness.protocol.authorization import (
    DEFAULT_RESPONSE_MODE,
    AuthorizationResponse,
    ProviderError,
    ResponseMode,
    check_issuer,
    check_mode,
    credential,
    read_response,
)
from harness.protocol.claims import legal_attributes
from harness.protocol.page_method import Credential, NotLoggedIn, PageAnswer, check_kind, interpret
from harness.protocol.problem import Problem, Refusal
from harness.protocol.sealing import Sealer
from harness.report.model import Outcome
from harness.store import Store
from harness.verification.admission import Admission
from harness.verification.decision import Decision, Engagement, Verdict, record, unbound
from harness.verification.habits import Habits
from harness.verification.interface import Call
from harness.verification.renewal import NothingNew, Renewals
from harness.verification.transactions import Transactions
from harness.verification.verifier import Handed, Verifier

STANDARD_CLAIMS = (
    "sub",
    "given_name",
    "family_name",
    "email",
    "phone_number",
    "gender",
    "preferred_username",
    "auth_time",
)


class Backend:
    """Verifies what pages, popups and apps hand over.

    Args:
        config: Connectors and deadlines.
        store: Where transactions, seen credentials and profiles live.
        http: The back channel.
        clock: Gives ``now`` to every rule.
        sealer: Seals verifiers; its key is shared by all workers.
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
        sealer: Sealer,
        decryption_keys: Callable[[], Mapping[str, Key]],
        strangers: httpx2.Client,
        habits: Callable[[], Habits] = Habits,
    ) -> None:
        self._config, self._store = config, store
        self._transactions = Transactions(config, store, sealer, habits)
        self._renewals = Renewals(config, store, sealer)
        self._admission = Admission(config, store, clock, self._renewals, habits)
        self._verifier = Verifier(
            config=config,
            store=store,
            http=http,
            clock=clock,
            decryption_keys=decryption_keys,
            strangers=strangers,
            habits=habits,
        )

    def open_call(self, engagement: Engagement, *, origin: str, session: str) -> Call:
        """Open a call of the page method (or of an app) for one window session of one brand origin."""
        return self._transactions.open_call(engagement, origin=origin, session=session)

    def open_popup(self, engagement: Engagement, *, popup: str, binding: str, window_config: Any) -> str:
        """Open an authorization transaction and return the URL that the popup is sent to."""
        return self._transactions.open_popup(
            engagement, popup=popup, binding=binding, window_config=window_config
        )

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
        try:
            data, flow = self._transactions.take_call(call_id, session=session, origin=origin)
        except Refusal as refusal:
            return self._unbound(refusal.problem)
        decision = Decision(self._engagement(data), flow, self._config.rules)
        self._emit("call.answered", flow, happened=answer.happened, waited_ms=round(answer.waited_ms, 1))
        try:
            given = interpret(answer)
            connector = decision.engagement.connector
            check_kind(given.value, response_type=connector.response_type, issuer=connector.issuer)
            verifier = self._transactions.call_verifier(sealed_verifier, call_id, data)
        except NotLoggedIn as nobody:
            decision.add("page method", *nobody.notes)
            return self._conclude(decision, "not_authenticated", code="sdk.brand_reported_error")
        except Refusal as refusal:
            decision.refuse("page method", refusal)
            return self._conclude(decision, "refused")
        return self._verify(
            decision, Handed(given=given, verifier=verifier, session=session, identity=identity)
        )

    def renew(self, *, session: str) -> Verdict | None:
        """Renew a window's sign-in by refresh token; ``None`` where the consumer has to be asked for."""
        renewal = self._renewals.take(session)
        if renewal is None:
            return None
        decision = Decision(renewal.engagement, renewal.flow, self._config.rules)
        self._emit("renewal.started", renewal.flow, **renewal.engagement.as_json())
        given = Credential(value=renewal.refresh_token, redirect_uri=None)
        handed = Handed(given=given, verifier=None, session=session, renews=renewal)
        try:
            return self._verify(decision, handed)
        except NothingNew:
            self._emit("renewal.ended", renewal.flow)
            return None

    def answer_popup(self, encoded: str, *, mode: ResponseMode, binding: str | None, session: str) -> Verdict:
        """Decide an authorization response that came back to the window."""
        popup = self._transactions.popup_of(encoded, mode, binding)
        verdict = self._decide_popup(encoded, mode=mode, binding=binding, session=session)
        return replace(verdict, popup=popup)

    def _decide_popup(
        self, encoded: str, *, mode: ResponseMode, binding: str | None, session: str
    ) -> Verdict:
        try:
            response = read_response(encoded, mode=mode)
            data, flow = self._transactions.take_popup(response, binding)
        except Refusal as refusal:
            return self._unbound(refusal.problem)
        decision = Decision(self._engagement(data), flow, self._config.rules)
        connector = decision.engagement.connector
        asked = connector.response_mode or DEFAULT_RESPONSE_MODE[connector.response_type]
        step = "authorization response"
        try:
            self._check_issuer(response, connector, binding)
            decision.add(step, *self._mix_up(connector))
            decision.add(step, *check_mode(response, asked=asked, response_type=connector.response_type))
            value, problems = credential(
                response, response_type=connector.response_type, older=not connector.rfc_compliance
            )
            decision.add(step, *problems)
            verifier = self._transactions.popup_verifier(data)
            nonce = self._transactions.popup_nonce(data)
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
            nonce=nonce,
            redirected=True,
            access_token=response.parameters.get("access_token"),
            session=session,
        )
        return self._verify(decision, handed)

    def _check_issuer(
        self, response: AuthorizationResponse, connector: Connector, binding: str | None
    ) -> None:
        """Hold the response's issuer against the one that is kept with the state.

        Raises:
            Refusal: ``authz.state_mismatch`` when it is the issuer of another open request of this browser,
                so that the state was swapped; else what :func:`check_issuer` raises.
        """
        try:
            check_issuer(response, issuer=connector.issuer, required=connector.iss_parameter)
        except Refusal as refusal:
            named = response.parameters.get("iss")
            if named is None or not self._transactions.asked(named, binding):
                raise
            raise Refusal(
                "authz.state_mismatch",
                expected=f"the state of the request to {named}",
                observed=f"the state of the request to {connector.issuer}",
                notes=(refusal.problem,),
            ) from None

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

    def _verify(self, decision: Decision, handed: Handed) -> Verdict:
        """Verify a credential, take its consumer in and conclude."""
        examined = self._verifier.examine(decision, handed)
        if decision.reason is not None:
            return self._conclude(decision, "refused")
        verified = mapped_claims(examined.claims, decision.engagement.connector)
        profile = self._admission.admit(decision, handed, examined, verified)
        if profile is None:
            return self._conclude(decision, "refused")
        expires_at = float(examined.claims["exp"])
        return self._conclude(
            decision, "authenticated", profile=profile, claims=verified, expires_at=expires_at
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
        expires_at: float | None = None,
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
            expires_at=expires_at,
            account=self._config.account_of(decision.engagement.connector),
        )
        return record(self._store.events, verdict)

    def _engagement(self, data: Mapping[str, Any]) -> Engagement:
        connector = self._config.connector(data["connector"])
        return Engagement(surface=data["surface"], connector=connector, mode=data["mode"])

    def _emit(self, type_: str, flow: str | None, **data: Any) -> None:
        self._store.events.append("platform", type_, flow=flow, **data)


def mapped_claims(claims: Mapping[str, Any], connector: Connector) -> dict[str, Any]:
    """Return the claims that the agent is shown: the standard ones, legal attributes, what is mapped."""
    kept = {name: claims[name] for name in STANDARD_CLAIMS if name in claims}
    mapped = {label: claims[name] for name, label in connector.claims_map.items() if name in claims}
    attributes = legal_attributes(claims.get("lp_sdes"))
    return {"iss": claims["iss"], **kept, "lp_sdes": attributes, "mapped": mapped}
