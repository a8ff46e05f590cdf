"""The console: one small application on loopback that parts put their pages into."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator, Sequence
from typing import Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from harness.own_pages import COOKIE, COOKIE_NAME, NAMES, OwnPages
from harness.roles import web
from harness.roles.bounds import Bounded
from harness.serving import bound_socket, in_thread, uvicorn_server

SESSION_SECONDS = 8 * 3600


class Part(Protocol):
    """A group of pages of the console.

    Attributes:
        title: Its entry in the navigation.
        path: Where its first page is, from the root.
    """

    title: str
    path: str

    def routes(self, pages: web.Pages) -> Sequence[BaseRoute]:
        """Return its routes; every page is rendered by ``pages``, in the folder ``console``."""
        ...


class Console:
    """The harness's own pages.

    Args:
        parts: What there is to see; the first one is where a visitor arrives.
        port: The port that it is reached by.
    """

    def __init__(self, *parts: Part, port: int) -> None:
        self._parts, self._port = parts, port
        self._key, self._session = secrets.token_urlsafe(24), secrets.token_urlsafe(32)

    @property
    def url(self) -> str:
        """The address that lets a browser in."""
        return f"http://{NAMES[0]}:{self._port}/enter?key={self._key}"

    def asgi(self) -> Starlette:
        """Return the ASGI application."""
        pages = web.Pages("console", parts=[(part.title, part.path) for part in self._parts])
        routes: list[BaseRoute] = [
            Route("/enter", self._enter),
            web.static("shared", "console", "report"),
            Route("/", lambda request: web.see_other(self._parts[0].path)),
        ]
        for part in self._parts:
            routes += part.routes(pages)
        return Starlette(
            routes=routes,
            middleware=[
                web.common_headers(Cross_Origin_Opener_Policy="same-origin"),
                Middleware(OwnPages, session=self._session, port=self._port),
                Middleware(Bounded),
            ],
            exception_handlers={HTTPException: web.plain_error},
        )

    def _enter(self, request: Request) -> Response:
        given = request.query_params.get("key", "")
        if not secrets.compare_digest(given.encode(), self._key.encode()):
            raise HTTPException(403, "This key opens nothing; use the address that the harness printed.")
        response = web.see_other("/")
        web.set_cookie(response, COOKIE_NAME, self._session, seconds=SESSION_SECONDS, form=COOKIE)
        return response


@contextlib.contextmanager
def serving(*parts: Part, port: int = 0) -> Iterator[str]:
    """Serve a console with some parts on loopback for the length of the block, and give its address.

    Args:
        parts: What there is to see.
        port: The port, 0 for any.

    Raises:
        UsageError: When the port is in use.
    """
    with bound_socket(port, "--console-port") as listener:
        console = Console(*parts, port=listener.getsockname()[1])
        server = uvicorn_server(console.asgi())

        async def serve() -> None:
            await server.serve(sockets=[listener])

        def stop() -> None:
            server.should_exit = True

        with in_thread(serve, stop):
            yield console.url
