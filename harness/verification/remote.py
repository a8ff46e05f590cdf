"""Another verification backend behind its URL: asked under the contract, its verdicts made our own.

The contract is the OpenAPI 3.1 document of :mod:`harness.verification.contract`.
"""

from __future__ import annotations

from typing import Any, NoReturn
from urllib.parse import parse_qsl, urlsplit

import httpx2
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, RSAKey

from harness.config import Config, Connector
from harness.protocol import strict_json
from harness.protocol.authorization import ProviderError, ResponseMode, credential, read_response
from harness.protocol.fingerprint import digest, fingerprint
from harness.protocol.page_method import NotLoggedIn, PageAnswer, interpret
from harness.protocol.problem import Problem, Refusal, describe
from harness.store import Store
from harness.verification import contract
from harness.verification.contract import Asked, Claims, Decided, Engaged, Given, NotTheContract, Operation
from harness.verification.decision import Engagement, Judged, Verdict, record, unbound
from harness.verification.interface import BackendFailed, Call
from harness.verification.outbound import Answer, Outbound


class RemoteBackend:
    """Asks another implementation of the contract, each request once.

    The other side gets digests of the window's session and of the browser's cookie, which is enough to
    compare. The profile is kept here, and so is the timeline. Whatever is not an answer of the contract is
    recorded as ``backend.failed`` and raised as :class:`~harness.verification.interface.BackendFailed`:
    it says nothing about the brand.

    Args:
        config: The URL, its token, the connectors.
        store: The timeline and the profiles.
        http: The client for the URL; it follows no redirects.
    """

    def __init__(self, *, config: Config, store: Store, http: httpx2.Client) -> None:
        token = config.platform.backend_token
        assert token is not None, "the configuration takes a URL and a token together"
        self._config, self._store = config, store
        self._headers = {"Authorization": f"Bearer {token.get_secret_value()}"}
        self._outbound = Outbound(http, connect=config.deadlines.connect)
        self._redirect_uri = config.window_url

    def open_call(self, engagement: Engagement, *, origin: str, session: str) -> Call:
        """Have a call opened; see :class:`~harness.verification.interface.VerificationBackend`.

        Raises:
            BackendFailed: When there is no usable answer.
        """
        asked = contract.OpenCall(engagement=_engaged(engagement), origin=origin, session=digest(session))
        opened = self._ask(contract.OPEN_CALL, asked)
        if (opened.code_challenge is not None) != engagement.connector.pkce:
            wanted = "a code_challenge" if engagement.connector.pkce else "no code_challenge"
            self._fail(contract.OPEN_CALL, expected=wanted, observed="the opposite")
        self._emit("call.opened", call=fingerprint(opened.call_id), **engagement.as_json())
        return Call(
            call_id=opened.call_id,
            code_challenge=opened.code_challenge,
            sealed_verifier=opened.sealed_verifier,
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
        """Have an answer to a call decided.

        Raises:
            BackendFailed: When there is no verdict.
        """
        asked = contract.AnswerCall(
            call_id=call_id,
            session=digest(session),
            origin=origin,
            sealed_verifier=sealed_verifier,
            # The contract's messages hold whole characters only.
            answer=answer.model_copy(update={"token": strict_json.mended(answer.token)}),
            identity=identity,
        )
        self._note_page_credential(answer)
        return self._verdict(contract.ANSWER_CALL, self._ask(contract.ANSWER_CALL, asked))

    def renew(self, *, session: str) -> Verdict | None:
        """Have a window's sign-in renewed; ``None`` where there is nothing to renew with.

        Raises:
            BackendFailed: When there is no usable answer.
        """
        renewed = self._ask(contract.RENEW, contract.Renew(session=digest(session))).verdict
        return None if renewed is None else self._verdict(contract.RENEW, renewed)

    def open_popup(self, engagement: Engagement, *, popup: str, binding: str, window_config: Any) -> str:
        """Have a transaction opened and return the authorization request.

        Raises:
            BackendFailed: When there is none, or it leads elsewhere than to the connector's endpoint.
        """
        asked = contract.OpenPopup(
            engagement=_engaged(engagement),
            popup=popup,
            binding=digest(binding),
            redirect_uri=self._redirect_uri,
            window_config=window_config,
        )
        url = self._ask(contract.OPEN_POPUP, asked).url
        endpoint = engagement.connector.authorization_endpoint
        if not _leads_to(url, endpoint):
            self._fail(contract.OPEN_POPUP, expected=endpoint, observed="another address")
        sent = dict(parse_qsl(urlsplit(url).query))
        hidden = {name: fingerprint(sent.get(name, "")) for name in ("state", "nonce")}
        self._emit("authorization.requested", **hidden, **engagement.as_json())
        return url

    def answer_popup(self, encoded: str, *, mode: ResponseMode, binding: str | None, session: str) -> Verdict:
        """Have an authorization response decided.

        Raises:
            BackendFailed: When there is no verdict.
        """
        asked = contract.AnswerPopup(
            mode=mode,
            encoded=encoded,
            binding=None if binding is None else digest(binding),
            session=digest(session),
        )
        self._note_response_credential(encoded, mode)
        return self._verdict(contract.ANSWER_POPUP, self._ask(contract.ANSWER_POPUP, asked))

    def refuse_response(self, problem: Problem) -> Verdict:
        """Refuse what is no response at all; the other side need not hear of it."""
        return record(self._store.events, unbound(problem))

    def encryption_key(self, key_type: str = "RSA") -> Key:
        """Return the public key for which id_tokens are encrypted, asked for anew because it may change.

        Args:
            key_type: ``RSA`` or ``EC``.

        Raises:
            BackendFailed: When there is none.
        """
        operation, expected = contract.ENCRYPTION_KEYS, f"a key of type {key_type}"
        keys = self._ask(operation, contract.Nothing()).keys
        current = next((key for key in keys if key.kty == key_type), None)
        if current is None:
            self._fail(operation, expected=expected, observed="none")
        kind: type[RSAKey | ECKey] = RSAKey if key_type == "RSA" else ECKey
        try:
            return kind.import_key(current.model_dump())
        except (JoseError, ValueError) as error:
            self._fail(operation, expected=expected, observed=type(error).__name__)

    def _ask(self, operation: Operation[Asked, Given], asked: Asked) -> Given:
        """Send one request, once, and read its answer."""
        try:
            answer = self._outbound.post_json(
                f"{self._config.platform.backend}{operation.path}",
                contract.written(asked),
                self._headers,
                limit=contract.MESSAGE_LIMIT,
                total=self._config.deadlines.backend,
            )
        except Refusal as refusal:
            problem = refusal.problem
            self._fail(operation, expected=problem.expected, observed=f"{problem.observed} ({problem.code})")
        if answer.status != 200:
            self._fail(operation, expected="status 200", observed=_failure(answer))
        if answer.content_type != "application/json":
            self._fail(operation, expected="application/json", observed=describe(answer.content_type))
        try:
            return contract.read(answer.body, operation.given)
        except NotTheContract as error:
            self._fail(operation, expected=operation.given.__name__, observed=str(error))

    def _fail(self, operation: Operation[Any, Any], *, expected: str, observed: str) -> NoReturn:
        failure = BackendFailed(operation.id, expected=expected, observed=observed[: contract.TEXT_LIMIT])
        self._emit("backend.failed", **vars(failure))
        raise failure

    def _verdict(self, operation: Operation[Any, Any], decided: Decided) -> Verdict:
        """Make a verdict of the other side ours: known connector, right issuer, profile, timeline."""
        engagement = self._engagement(operation, decided.engagement)
        profile = None
        if decided.claims is not None and engagement is not None:
            profile = self._engage(operation, decided.claims, engagement)
        verdict = Verdict(
            flow=decided.flow,
            outcome=decided.outcome,
            code=decided.code,
            problems=tuple(_judged(one) for one in decided.problems),
            profile=profile,
            claims=_plain(decided.claims),
            engagement=engagement,
            popup=decided.popup,
            expires_at=decided.expires_at,
            account=None if engagement is None else self._config.account_of(engagement.connector),
        )
        return record(self._store.events, verdict)

    def _engagement(self, operation: Operation[Any, Any], engaged: Engaged | None) -> Engagement | None:
        if engaged is None:
            return None
        try:
            connector = self._config.connector(engaged.connector)
        except LookupError:
            self._fail(operation, expected="a known connector", observed=describe(engaged.connector))
        return Engagement(surface=engaged.surface, connector=connector, mode=engaged.mode)

    def _engage(self, operation: Operation[Any, Any], claims: Claims, engagement: Engagement) -> int:
        connector: Connector = engagement.connector
        if claims.iss != connector.issuer:
            self._fail(operation, expected=connector.issuer, observed=describe(claims.iss))
        return self._store.people.engage(
            self._config.account_of(connector),
            claims.iss,
            claims.sub,
            verified=_plain(claims),
            surface=engagement.surface,
            connector=connector.id,
        )

    def _note_page_credential(self, answer: PageAnswer) -> None:
        """Put the credential's fingerprint on the timeline, by which the issuer's events are found."""
        try:
            given = interpret(answer).value
        except (NotLoggedIn, Refusal):
            return
        self._emit("credential.received", credential=fingerprint(given), challenged=False)

    def _note_response_credential(self, encoded: str, mode: ResponseMode) -> None:
        for kind in ("code", "id_token"):
            try:
                given, _ = credential(read_response(encoded, mode=mode), response_type=kind)
            except (ProviderError, Refusal):
                continue
            self._emit("credential.received", credential=fingerprint(given), kind=kind, challenged=False)
            return

    def _emit(self, type_: str, **data: Any) -> None:
        self._store.events.append("platform", type_, **data)


def _engaged(engagement: Engagement) -> Engaged:
    return Engaged(surface=engagement.surface, connector=engagement.connector.id, mode=engagement.mode)


def _judged(found: contract.Found) -> Judged:
    problem = Problem(
        code=found.code, expected=found.expected, observed=found.observed, severity=found.severity
    )
    return Judged(step=found.step, problem=problem, severity=found.severity)


def _plain(claims: Claims | None) -> dict[str, Any]:
    return {} if claims is None else claims.model_dump(mode="json", exclude_unset=True)


def _leads_to(url: str, endpoint: str) -> bool:
    try:
        sent, wanted = urlsplit(url), urlsplit(endpoint)
    except ValueError:  # no URL leads nowhere
        return False
    return (sent.scheme, sent.netloc, sent.path) == (wanted.scheme, wanted.netloc, wanted.path)


def _failure(answer: Answer) -> str:
    """Return the status and, where the answer says it, the word for the failure."""
    try:
        said = contract.read(answer.body, contract.Failure)
    except NotTheContract:
        return f"status {answer.status}"
    return f"status {answer.status}: {said.error}, {said.detail}"
