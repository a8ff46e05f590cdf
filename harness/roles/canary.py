"""Two unrelated sites that find out which conditions really hold in a browser."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from harness.config import Sites
from harness.roles import web

COOKIE = "canary"


class Canary:
    """The canary's pages, the same on both sites.

    Args:
        sites: The names of the top-level site and of the framed one.
    """

    def __init__(self, sites: Sites) -> None:
        self._frame = f"https://{sites.canary_frame}"
        self._pages = web.Pages("canary", frame=self._frame, top=f"https://{sites.canary}")

    def asgi(self) -> Starlette:
        """Return the ASGI application."""
        return Starlette(
            routes=[
                Route("/", self.home),
                Route("/frame", self.frame),
                Route("/seed", self.seed),
                Route("/cookie", self.cookie),
                web.static("canary"),
            ],
            middleware=[web.common_headers()],
        )

    def home(self, request: Request) -> Response:
        """Frame the other site and try what a page may do without a click."""
        return self._pages.render("home.html", csp={"frame-src": self._frame})

    def frame(self, request: Request) -> Response:
        """Tell the page around what a third party sees."""
        response = self._pages.render("frame.html", csp={"frame-ancestors": "*"})
        # Deliberately not partitioned: this is the cookie whose fate the policy decides.
        response.set_cookie(COOKIE, "1", path="/", secure=True, samesite="none")
        return response

    def seed(self, request: Request) -> Response:
        """Leave a mark in the framed site's own first-party storage."""
        return self._pages.render("seed.html")

    def cookie(self, request: Request) -> Response:
        """Tell whether the cookie came back."""
        return JSONResponse({"cookie": COOKIE in request.cookies}, headers={"Cache-Control": "no-store"})
