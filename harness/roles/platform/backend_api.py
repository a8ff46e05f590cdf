"""The embedded verification backend under its HTTP contract, for the platform of another harness."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from anyio import CapacityLimiter, to_thread
from joserfc.jwk import Key
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from harness.config import Config
from harness.roles import web
from harness.store import Store
from harness.verification import contract
from harness.verification.contract import Decided, Engaged, Message, NotTheContract, Operation
from harness.verification.decision import Engagement, Verdict
from harness.verification.interface import VerificationBackend

WINDOW_SECONDS = 24 * 3600

_WORDS = {
    400: "malformed",
    401: "unauthorized",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "media_type",
    422: "unprocessable",
}


class BackendApi:
    """Answers the operations of :mod:`harness.verification.contract` for one bearer token.

    Args:
        config: Host names and connectors.
        store: Remembers the callers' windows.
        backend: Does the work.
        encryption_key: Returns the key of a type for which id_tokens are encrypted.
        token: What a caller must present.
    """

    def __init__(
        self,
        *,
        config: Config,
        store: Store,
        backend: VerificationBackend,
        encryption_key: Callable[[str], Key],
        token: str,
    ) -> None:
        self._config, self._store, self._backend = config, store, backend
        self._encryption_key, self._token = encryption_key, token
        self._redirect_uri = config.window_url
        self._document = contract.document(f"https://{config.sites.verify}")
        # Verification calls the authorization server, which needs threads of its own: two pools, no deadlock.
        self._threads = CapacityLimiter(16)
        self._work: Mapping[str, Callable[[Any], Message]] = {
            contract.OPEN_CALL.id: self.open_call,
            contract.ANSWER_CALL.id: self.answer_call,
            contract.OPEN_POPUP.id: self.open_popup,
            contract.ANSWER_POPUP.id: self.answer_popup,
            contract.RENEW.id: self.renew,
            contract.ENCRYPTION_KEYS.id: self.encryption_keys,
        }

    def asgi(self) -> Starlette:
        """Return the ASGI application."""
        operations = [Route(one.path, self._endpoint(one), methods=["POST"]) for one in contract.OPERATIONS]
        return Starlette(
            routes=[Route("/openapi.json", self.openapi, methods=["GET"]), *operations],
            middleware=[web.common_headers()],
            exception_handlers={HTTPException: _failed, Exception: _broken, **dict.fromkeys(web.AWAY, _away)},
        )

    def openapi(self, request: Request) -> Response:
        """Serve the contract, which is no secret."""
        return JSONResponse(self._document)

    def _endpoint(self, operation: Operation[Any, Any]) -> Callable[[Request], Awaitable[Response]]:
        work = self._work[operation.id]

        async def endpoint(request: Request) -> Response:
            self._check_token(request)
            asked = await _read(request, operation)
            given = await to_thread.run_sync(work, asked, limiter=self._threads)
            return Response(
                contract.written(given),
                media_type="application/json",
                headers={"Cache-Control": "no-store"},
            )

        return endpoint

    def _check_token(self, request: Request) -> None:
        """Let only the one token in (RFC 6750 sections 2.1 and 3)."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise HTTPException(401, "Send the bearer token.", {"WWW-Authenticate": "Bearer"})
        if not secrets.compare_digest(token.encode(), self._token.encode()):
            challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
            raise HTTPException(401, "This is another bearer token.", challenge)

    def open_call(self, asked: contract.OpenCall) -> contract.OpenedCall:
        """Open a call."""
        engagement = self._engagement(asked.engagement)
        self._keep(asked.session)
        call = self._backend.open_call(engagement, origin=asked.origin, session=asked.session)
        return contract.OpenedCall(**vars(call))

    def answer_call(self, asked: contract.AnswerCall) -> Decided:
        """Decide what was answered to a call."""
        verdict = self._backend.answer_call(
            call_id=asked.call_id,
            session=asked.session,
            origin=asked.origin,
            sealed_verifier=asked.sealed_verifier,
            answer=asked.answer,
            identity=asked.identity,
        )
        return _decided(verdict)

    def open_popup(self, asked: contract.OpenPopup) -> contract.OpenedPopup:
        """Open an authorization transaction for the one address that is registered."""
        if asked.redirect_uri != self._redirect_uri:
            raise HTTPException(422, f"redirect_uri is another one than {self._redirect_uri}.")
        url = self._backend.open_popup(
            self._engagement(asked.engagement),
            popup=asked.popup,
            binding=asked.binding,
            window_config=asked.window_config,
        )
        return contract.OpenedPopup(url=url)

    def answer_popup(self, asked: contract.AnswerPopup) -> Decided:
        """Decide an authorization response."""
        self._keep(asked.session)
        verdict = self._backend.answer_popup(
            asked.encoded, mode=asked.mode, binding=asked.binding, session=asked.session
        )
        return _decided(verdict)

    def renew(self, asked: contract.Renew) -> contract.Renewed:
        """Renew a sign-in."""
        verdict = self._backend.renew(session=asked.session)
        return contract.Renewed(verdict=None if verdict is None else _decided(verdict))

    def encryption_keys(self, _: contract.Nothing) -> contract.EncryptionKeys:
        """Name the public half of the encryption key."""
        keys = [self._encryption_key(key_type).as_dict(private=False) for key_type in ("RSA", "EC")]
        return contract.EncryptionKeys.model_validate({"keys": keys})

    def _keep(self, session: str) -> None:
        """Remember who is signed in; the window's session itself lives with the caller."""
        self._store.sessions.keep("window", session, seconds=WINDOW_SECONDS)

    def _engagement(self, engaged: Engaged) -> Engagement:
        try:
            connector = self._config.connector(engaged.connector)
        except LookupError:
            raise HTTPException(422, "There is no connector of this id.") from None
        return Engagement(surface=engaged.surface, connector=connector, mode=engaged.mode)


async def _read(request: Request, operation: Operation[Any, Any]) -> Message:
    """Read a request's body into the operation's model."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise HTTPException(415, "Send application/json.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > contract.MESSAGE_LIMIT:
            raise HTTPException(413, f"Send at most {contract.MESSAGE_LIMIT} octets.")
    try:
        asked: Message = contract.read(bytes(body), operation.asked)
    except NotTheContract as error:
        raise HTTPException(400 if error.not_json else 422, str(error)) from None
    return asked


def _decided(verdict: Verdict) -> Decided:
    """Return a verdict as a message; the profile is the other platform's own business."""
    values = {
        "flow": verdict.flow,
        "outcome": verdict.outcome,
        "code": verdict.code,
        "problems": tuple(judged.as_json() for judged in verdict.problems),
        "engagement": verdict.engagement and verdict.engagement.as_json(),
        "popup": verdict.popup,
        "expires_at": verdict.expires_at,
        "claims": verdict.claims if verdict.outcome == "authenticated" else None,
    }
    return Decided.model_validate(values)


def _failed(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _failure(
        error.status_code, _WORDS.get(error.status_code, "malformed"), error.detail, error.headers
    )


def _broken(_: Request, error: Exception) -> Response:
    return _failure(500, "broken", "The verification backend failed.")


def _away(_: Request, error: Exception) -> Response:
    return _failure(503, "broken", web.STORE_AWAY, {"Retry-After": "1"})


def _failure(status: int, word: str, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    failure = contract.Failure.model_validate({"error": word, "detail": detail})
    return JSONResponse(failure.model_dump(), status, {"Cache-Control": "no-store", **(headers or {})})
