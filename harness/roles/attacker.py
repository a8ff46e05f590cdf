"""An attacker's own site: what a page or a window that is not careful enough meets there."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from harness.config import Sites
from harness.roles import web


def host(sites: Sites) -> str:
    """Return the attacker's host name, which begins as the platform's does."""
    return f"{sites.platform}.attacker.test"


class Attacker:
    """The attacker's pages."""

    def __init__(self) -> None:
        self._pages = web.Pages("attacker")

    def asgi(self) -> Starlette:
        """Return the ASGI application."""
        return Starlette(
            routes=[Route("/window", self.window), web.static("attacker")],
            middleware=[web.common_headers(Cross_Origin_Resource_Policy="cross-origin")],
        )

    def window(self, request: Request) -> Response:
        """Show what looks like the chat window, to whoever frames it."""
        return self._pages.render("window.html", csp={"frame-ancestors": "*"})
