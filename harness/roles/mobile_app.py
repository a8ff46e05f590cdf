"""The mobile-app stand-in: a phone-sized page that plays the brand's own app.

The consumer is signed in in the app, with the app's own public client; for the platform it asks the
authorization server for the platform's credential and hands that to the platform's mobile SDK.
"""

from __future__ import annotations

from typing import get_args

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from harness import sample
from harness.config import Config, Flow, Mode
from harness.roles import web


class MobileApp:
    """The app's pages.

    Args:
        config: Host names and the platform's account.
    """

    def __init__(self, config: Config) -> None:
        self._sites = config.sites
        self._pages = web.Pages(
            "app",
            platform=f"https://{self._sites.platform}",
            idp=f"https://{self._sites.idp}",
            account=config.platform.account,
            redirect_uri=sample.app_redirect_uri(self._sites),
        )

    def asgi(self) -> Starlette:
        """Return the ASGI application."""
        return Starlette(
            routes=[Route("/", self.home), Route("/sheet", self.sheet), web.static("shared", "app")],
            middleware=[web.common_headers(Cross_Origin_Opener_Policy="same-origin-allow-popups")],
        )

    def home(self, request: Request) -> Response:
        """Show the app."""
        platform, idp = f"https://{self._sites.platform}", f"https://{self._sites.idp}"
        flow, mode = request.query_params.get("flow"), request.query_params.get("mode")
        return self._pages.render(
            "home.html",
            csp={
                "script-src": f"'nonce-{{nonce}}' {platform}",
                "connect-src": f"'self' {platform} {idp}",
                "frame-src": platform,
            },
            flow=flow if flow in get_args(Flow) else "code-pkce",
            mode=mode if mode in get_args(Mode) else "strict",
        )

    def sheet(self, request: Request) -> Response:
        """Show the sheet that a sign-in comes back to; its script hands the answer over and closes it."""
        return self._pages.render("sheet.html")
