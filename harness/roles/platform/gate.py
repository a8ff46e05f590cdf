"""The front door of the platform's API: method, origin, content type, size and rate, before anything is read.

What it refuses is told in one plain sentence, and is on the timeline with its code. RFC 9110 section 15.5,
RFC 6585 section 4, RFC 6750 section 5.3.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from harness.clock import Clock
from harness.protocol import strict_json
from harness.roles import web
from harness.roles.platform.habits import GateHabits
from harness.store import Store
from harness.store.store import Records

BODY_LIMIT = 64 * 1024
ATTEMPTS = 10
"""How many credentials of one window may be refused within a minute."""

_MINUTE = 60.0
_CODES = {
    400: "platform.bad_request",
    405: "platform.bad_request",
    413: "platform.body_too_large",
    415: "platform.bad_request",
    429: "platform.rate_limited",
}
_FOREIGN = "platform.csrf"


class ForeignPage(HTTPException):
    """A state change that another site's page asks for."""


class Body(BaseModel):
    """Base of what the API takes: unknown members refused, no input in an error's text."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


Asked = TypeVar("Asked", bound=Body)


class Gate:
    """Lets a request in, or refuses it.

    Args:
        store: The sessions, and the events.
        clock: Tells how long ago an attempt was.
        habits: How careful the door is.
    """

    def __init__(self, store: Store, clock: Clock, habits: Callable[[], GateHabits]) -> None:
        self._store, self._clock, self._habits = store, clock, habits

    def own_page(self, request: Request) -> None:
        """Refuse a state change that another origin's page asks for.

        Raises:
            ForeignPage: 403.
        """
        if self._habits().any_origin:
            return
        try:
            web.same_origin(request)
        except HTTPException as refusal:
            raise ForeignPage(refusal.status_code, refusal.detail) from None

    async def json(self, request: Request, model: type[Asked]) -> Asked:
        """Read a JSON body into a model, refusing any other content type.

        Raises:
            HTTPException: 413, 415, or 400 for another form than the model's.
        """
        kind = request.headers.get("content-type", "").partition(";")[0].strip()
        if kind != "application/json" and not self._habits().any_type:
            raise HTTPException(415, "Send application/json.")
        body = await self.body(request)
        try:
            # The limit of the body bounds the members. Half a character is the page's mistake: it is judged.
            value = strict_json.loads(body, members=BODY_LIMIT, lone_surrogates=True)
            return model.model_validate(value)
        except (strict_json.NotJson, ValidationError):
            raise HTTPException(400, "The request has another form than this address takes.") from None

    async def body(self, request: Request) -> bytes:
        """Return a request's body.

        Raises:
            HTTPException: 413 as soon as it is longer than the limit.
        """
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > BODY_LIMIT and self._habits().limited:
                raise HTTPException(413, "The request is too large.")
        return bytes(body)

    def attempt(self, session: str) -> None:
        """Let a window try a credential.

        There is no limit for an address: on loopback everybody has the same one.

        Raises:
            HTTPException: 429 with Retry-After, where too many of its credentials were refused of late.
        """
        recent = self._refused(self._store, session)
        if len(recent) >= ATTEMPTS and self._habits().limited:
            wait = max(1, round(recent[0] + _MINUTE - self._clock.now()))
            raise HTTPException(429, "Too many attempts; try again later.", {"Retry-After": str(wait)})

    def failed(self, session: str) -> None:
        """Remember that a window's credential was refused."""
        with self._store.transaction() as records:
            # Writing first takes the row's lock: of two that are refused at once, both count.
            records.sessions.merge("window", session)
            recent = [*self._refused(records, session), self._clock.now()][-ATTEMPTS:]
            records.sessions.merge("window", session, refused=recent)

    def _refused(self, records: Records, session: str) -> list[float]:
        known = (records.sessions.find("window", session) or {}).get("refused", [])
        return [at for at in known if at > self._clock.now() - _MINUTE]

    def refused(self, request: Request, error: Exception) -> Response:
        """Answer a refusal in one plain sentence, and say why on the timeline."""
        assert isinstance(error, HTTPException)
        foreign = isinstance(error, ForeignPage)
        code = _FOREIGN if foreign else _CODES.get(error.status_code)
        if code is not None:
            self._store.events.append(
                "platform",
                "request.refused",
                code=code,
                status=error.status_code,
                expected=error.detail,
                method=request.method,
            )
        return web.plain_error(request, error)


class CrossOrigin(web.Cors):
    """Lets the pages of registered origins read answers, without credentials (Fetch section 3.3).

    Args:
        app: The application.
        origins: The registered origins.
        habits: How careful the door is.
    """

    def __init__(self, app: ASGIApp, *, origins: list[str], habits: Callable[[], GateHabits]) -> None:
        super().__init__(
            app, allow_origins=origins, allow_methods=["GET", "POST"], allow_headers=["Content-Type"]
        )
        self._habits = habits

    def is_allowed_origin(self, origin: str) -> bool:
        """Tell whether a page of an origin may read."""
        return self._habits().reflects_origin or super().is_allowed_origin(origin)
