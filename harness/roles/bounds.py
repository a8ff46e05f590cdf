"""How much a request may bring, and how long it may take to bring it."""

from __future__ import annotations

import asyncio
import contextlib

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_LIMIT = 1024 * 1024
"""Octets that no request of ours may exceed; most addresses take far less."""

HEADERS_LIMIT = 64 * 1024
"""Octets of a request's headers, all together."""

BODY_SECONDS = 30.0
"""How long a request's body may take to come, as a whole."""


class Bounded:
    """Lets an application read only what comes in time and is not too large, headers and body.

    The application hears of it as an HTTP error, where it reads, and answers it in its own form. What comes
    after a body, which is that the client has gone, may be waited for without end.

    Args:
        app: What answers.
        octets: The largest body.
        seconds: How long a body may take.

    Source: RFC 9110 sections 15.5.9 and 15.5.14, RFC 6585 section 5.
    """

    def __init__(self, app: ASGIApp, *, octets: int = BODY_LIMIT, seconds: float = BODY_SECONDS) -> None:
        self._app, self._octets, self._seconds = app, octets, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with a body that has bounds."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if sum(len(name) + len(value) for name, value in scope["headers"]) > HEADERS_LIMIT:
            refusal = PlainTextResponse(
                "The request's headers are too large.", 431, {"Cache-Control": "no-store"}
            )
            await refusal(scope, receive, send)
            return
        came, more = 0, True
        latest = asyncio.get_running_loop().time() + self._seconds

        async def bounded() -> Message:
            nonlocal came, more
            if not more:
                return await receive()
            try:
                async with asyncio.timeout_at(latest):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(
                    408, "The request did not come in time.", {"Connection": "close"}
                ) from None
            came += len(message.get("body", b""))
            more = message.get("more_body", False)
            if came > self._octets:
                raise HTTPException(413, "The request is too large.", {"Connection": "close"})
            return message

        # Nobody is there any more to be answered, and it is no error of ours.
        with contextlib.suppress(ClientDisconnect):
            await self._app(scope, bounded, send)
