"""Two unrelated sites that find out which conditions really hold in a browser."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from harness.config import Sites
from harness.roles import web

SEEDED, FRAMED, PARTITIONED = "canary-seeded", "canary-framed", "__Host-canary-partitioned"
"""Cookies of the framed site: set in a visit to it, set in the frame, set in the frame as ``Partitioned``."""

_ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=None"


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
                Route("/cookies", self.cookies),
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
        _set(response, FRAMED)
        # Written by hand: http.cookies knows the attribute from Python 3.14 on (CHIPS, section 3).
        _set(response, PARTITIONED, "; Partitioned")
        return response

    def seed(self, request: Request) -> Response:
        """Leave a mark in the framed site's own first-party storage."""
        response = self._pages.render("seed.html")
        _set(response, SEEDED)
        return response

    def cookies(self, request: Request) -> Response:
        """Tell which cookies came back."""
        names = {"seeded": SEEDED, "framed": FRAMED, "partitioned": PARTITIONED}
        came = {name: cookie in request.cookies for name, cookie in names.items()}
        return web.fresh(came)


def _set(response: Response, name: str, more: str = "") -> None:
    response.headers.append("Set-Cookie", f"{name}=1; {_ATTRIBUTES}{more}")
