"""A brand's host with a header changed: everything is passed on to the real server, and its answers back."""

from __future__ import annotations

import httpx2
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from harness.net import headers_of
from harness.overlays import Edit

_OF_THE_CONNECTION = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)
_TRY_AGAIN_LATER = 1013
_MADE_ANEW = _OF_THE_CONNECTION | {"content-length"}


class MendedHost:
    """An ASGI application that stands before a host.

    Args:
        http: Reaches the real server.
        edit: How its answers' headers are changed.
    """

    def __init__(self, http: httpx2.Client, edit: Edit) -> None:
        self._http, self._edit = http, edit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a WebSocket is refused, because headers are all that is changed here."""
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": _TRY_AGAIN_LATER})
            return
        request = Request(scope, receive)
        body = await request.body()
        response = await run_in_threadpool(self._pass_on, request, body)
        await response(scope, receive, send)

    def _pass_on(self, request: Request, body: bytes) -> Response:
        headers = [(name, value) for name, value in request.headers.raw if name.decode() not in _MADE_ANEW]
        # Decoding the path would make other addresses of some: %2F is no slash (RFC 3986 section 2.2).
        target = b"?".join(filter(None, (request.scope["raw_path"], request.scope["query_string"])))
        url = f"https://{request.headers['host']}/"
        try:
            with self._http.stream(
                request.method, url, headers=headers, content=body, extensions={"target": target}
            ) as answer:
                # As it came: what is compressed stays so.
                content = b"".join(answer.iter_raw())
        except httpx2.HTTPError:
            return Response(status_code=502)
        response = Response(content, answer.status_code)
        kept = [
            (name.decode("latin-1").lower(), value.decode("latin-1"))
            for name, value in headers_of(answer).raw
            if name.decode("latin-1").lower() not in _OF_THE_CONNECTION
        ]
        response.raw_headers = [
            (name.encode("latin-1"), value.encode("latin-1")) for name, value in self._edit(kept)
        ]
        return response
