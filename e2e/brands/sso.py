"""Tidewell Insurance: one login for the whole domain, and a code with its redirect URI for the platform."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Literal

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from . import pages
from .clients import WINDOW, Client
from .idp import Idp, Mistakes, other_secret
from .people import People
from .serving import Site
from .sessions import Cookie
from .tokens import Signer

WWW = "www.tidewell.example"
LOGIN = "login.tidewell.example"
PAGE = f"https://{WWW}/policies"
ISSUER = f"https://{LOGIN}"
CLIENT_ID = "tidewell-chat"
REDIRECT_URI = f"https://{WWW}/messaging/return"
TAG_SITE = "48210733"


@dataclass(frozen=True, kw_only=True)
class Sso:
    """The insurer's site, and how one may have written it.

    Attributes:
        method: The page method: the file below ``web/sso/chat``.
        opener_policy: The page's ``Cross-Origin-Opener-Policy``.
        secret_changed: Whether the client's secret is another at the authorization server by now.
        idp: What the authorization server does wrong.
    """

    method: Literal["right", "own-address", "with-secret"] = "right"
    opener_policy: Literal["same-origin-allow-popups", "same-origin"] = "same-origin-allow-popups"
    secret_changed: bool = False
    idp: Mistakes = field(default_factory=Mistakes)


def build(variation: Sso) -> Site:
    """Build the site and its authorization server; the configuration has the client's secret in a file."""
    insurer = _Insurer(variation)
    return Site(
        name="sso",
        hosts={WWW: insurer.asgi(), LOGIN: insurer.idp.asgi()},
        environment=insurer.people.environment("tidewell"),
        secrets={"client-secret": insurer.secret},
    )


class _Insurer:
    def __init__(self, variation: Sso) -> None:
        self._variation = variation
        self.people = People("tw")
        # Letters that form-encoding changes: both sides have to do it (RFC 6749 section 2.3.1).
        self.secret = f"{secrets.token_urlsafe(24)}+/&"
        platform = Client(
            client_id=CLIENT_ID,
            redirect_uris=(WINDOW, REDIRECT_URI),
            response_type="code",
            auth="basic",
            secret=self.secret,
        )
        self.idp = Idp(
            name="Tidewell login",
            signer=Signer(issuer=ISSUER),
            people=self.people,
            clients=[other_secret(platform) if variation.secret_changed else platform],
            cookie=Cookie(name="__Secure-tidewell", domain="tidewell.example"),
            returns=(PAGE,),
            mistakes=variation.idp,
        )

    def asgi(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/policies", self._policies),
                Route("/messaging/sso-key", self._key),
                Route("/messaging/chat.js", self._chat),
            ],
            exception_handlers={HTTPException: pages.plain_error},
        )

    async def _policies(self, request: Request) -> Response:
        return pages.page(
            "sso/policies.html",
            headers={"Cross-Origin-Opener-Policy": self._variation.opener_policy},
            person=self.idp.sessions.of(request),
            issuer=ISSUER,
            page=PAGE,
            site=TAG_SITE,
        )

    async def _key(self, request: Request) -> Response:
        """Hand out a code of the authorization server, and say for which redirect URI it is."""
        person = self.idp.sessions.of(request)
        if person is None:
            return JSONResponse({"error": "no session"}, 401, headers=pages.NO_STORE)
        code = self.idp.code_for(
            person, client_id=CLIENT_ID, redirect_uri=REDIRECT_URI, response_type="code", scope="openid"
        )
        answer = {"ssoKey": code, "redirect_uri": REDIRECT_URI}
        return JSONResponse(answer, headers=pages.NO_STORE)

    async def _chat(self, request: Request) -> Response:
        return pages.script(f"sso/chat/{self._variation.method}.js", secret=self.secret)
