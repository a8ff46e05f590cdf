"""The agent's workspace: verified claims beside a secure sign, what the page supplied as unverified."""

from __future__ import annotations

import secrets

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from harness.config import Config
from harness.roles import web
from harness.roles.platform.conversations import Desk
from harness.store import Store

SESSION_SECONDS = 8 * 3600


class Workspace:
    """The agent's side of the platform.

    Args:
        config: Host names.
        store: Agents' sessions.
        desk: Serves the conversations.
        key: Opens the workspace; made per run and known to whoever started the harness.
    """

    def __init__(self, *, config: Config, store: Store, desk: Desk, key: str) -> None:
        self._store, self._desk, self._key = store, desk, key
        self._pages = web.Pages("platform", account=config.platform.account)

    def asgi(self) -> Starlette:
        """Return the ASGI application."""
        return Starlette(
            routes=[
                Route("/", self.home),
                Route("/enter", self.enter),
                WebSocketRoute("/ws", self.socket),
                web.static("shared", "platform"),
            ],
            middleware=[web.common_headers(Cross_Origin_Opener_Policy="same-origin")],
            exception_handlers=web.ERRORS,
        )

    def enter(self, request: Request) -> Response:
        """Let an agent in with the run's key."""
        if not secrets.compare_digest(request.query_params.get("key", "").encode(), self._key.encode()):
            return self._closed("This key does not open the workspace.")
        response = web.see_other("/")
        self._store.sessions.end("agent", web.cookie(request, "agent"))
        session = self._store.sessions.open("agent", {}, seconds=SESSION_SECONDS)
        web.set_cookie(response, "agent", session, seconds=SESSION_SECONDS)
        return response

    def home(self, request: Request) -> Response:
        """Show the workspace."""
        if self._store.sessions.find("agent", web.cookie(request, "agent")) is None:
            return self._closed("Nobody is signed in here.")
        return self._pages.render("workspace.html")

    def _closed(self, sentence: str) -> Response:
        return self._pages.render("closed.html", status=403, sentence=sentence)

    async def socket(self, socket: WebSocket) -> None:
        """Serve the workspace's WebSocket."""
        secret = socket.cookies.get("__Host-agent")
        session = await run_in_threadpool(self._store.sessions.find, "agent", secret)
        await self._desk.agent(socket, allowed=session is not None)
