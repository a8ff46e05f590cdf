"""Who may see the harness's own pages, from which cases are started and faults put in."""

from __future__ import annotations

import secrets

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from harness.own_habits import LOOPBACK
from harness.roles import web
from harness.roles.web import CookieForm

NAMES = ("harness.localhost", "localhost", LOOPBACK)
"""The host names under which a browser on this machine reaches them."""

COOKIE_NAME = "harness"
COOKIE = CookieForm(same_site="lax", secure=False)  # plain http: browsers keep to this machine
_FREE = ("/enter", "/static/")


class OwnPages:
    """Lets nobody in but a browser on this machine that was given the key, asking from our own pages.

    Against DNS rebinding and cross-site requests (RFC 8252 section 8.3).

    Args:
        app: The pages.
        session: What the browser's cookie has to be.
        port: The port that they are reached by.
        open_to_all: Whether whoever asks is let in, as a weaker harness would.
    """

    def __init__(self, app: ASGIApp, *, session: str, port: int, open_to_all: bool = False) -> None:
        self._app, self._session, self._open = app, session, open_to_all
        self._hosts = frozenset(f"{name}:{port}" for name in NAMES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer why not."""
        asked = scope["type"] == "http" and not self._open
        refused = self._refusal(Request(scope)) if asked else None
        if scope["type"] == "websocket":
            refused = PlainTextResponse("There are no WebSockets here.", 404)
        await (refused or self._app)(scope, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        if request.headers.get("host") not in self._hosts:
            return PlainTextResponse("The harness does not answer for that host name.", 421)
        if request.method not in ("GET", "HEAD") and not _from_here(request):
            return PlainTextResponse("This request must come from the harness's own pages.", 403)
        if request.url.path.startswith(_FREE):
            return None
        given = web.cookie(request, COOKIE_NAME, form=COOKIE) or ""
        if not secrets.compare_digest(given.encode(), self._session.encode()):
            return PlainTextResponse("Open the harness with the address that it printed.", 403)
        return None


def _from_here(request: Request) -> bool:
    """Tell whether a request comes from a page of the console itself.

    Our pages send no referrer, so that browsers put ``null`` into the ``Origin`` of their forms; there the
    fetch metadata decides, which no page can forge.
    """
    origin = request.headers.get("origin")
    if origin == "null":
        return request.headers.get("sec-fetch-site") == "same-origin"
    return origin == f"http://{request.headers['host']}"
