"""Northmoor Travel: its consumers sign in at Concordia, a provider under another registrable domain."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Literal

import httpx2
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from . import pages
from .clients import WINDOW, Client
from .idp import Idp, Mistakes
from .people import People
from .relying_party import Attempt, RelyingParty, SignedIn
from .serving import Site
from .sessions import Cookie, Sessions
from .tokens import Signer

WWW = "www.northmoor.example"
PROVIDER = "id.concordia.example"
PAGE = f"https://{WWW}/trips"
ISSUER = f"https://{PROVIDER}"
CLIENT_ID = "conversations-for-northmoor"
TAG_SITE = "48210944"


@dataclass(frozen=True, kw_only=True)
class Federated:
    """Site and provider, and how one may have written them.

    Attributes:
        method: The page method: the file below ``web/federated/chat``.
        session_same_site: The ``SameSite`` of the provider's session cookie.
        idp: What the provider does wrong.
    """

    method: Literal["right", "own-token"] = "right"
    session_same_site: Literal["none", "lax"] = "none"
    idp: Mistakes = field(default_factory=Mistakes)


def build(variation: Federated) -> Site:
    """Build the travel agency's site and the provider."""
    provider = _Provider(variation)
    agency = _Agency(variation, provider)
    return Site(
        name="federated",
        hosts={WWW: agency.asgi(), PROVIDER: provider.asgi},
        environment=provider.people.environment("northmoor"),
    )


class _Provider:
    """Concordia: an OpenID provider, with an address where pages of its customers may ask who is there."""

    def __init__(self, variation: Federated) -> None:
        self.people = People("cc")
        self.agency = Client(
            client_id="northmoor-web",
            redirect_uris=(f"https://{WWW}/callback",),
            response_type="code",
            auth="post",
            secret=secrets.token_urlsafe(),
            require_pkce=True,
        )
        platform = Client(client_id=CLIENT_ID, redirect_uris=(WINDOW,), response_type="id_token")
        self._idp = Idp(
            name="Concordia",
            signer=Signer(issuer=ISSUER),
            people=self.people,
            clients=[self.agency, platform],
            cookie=Cookie(name="__Host-concordia", same_site=variation.session_same_site),
            returns=(PAGE,),
            mistakes=variation.idp,
        )
        self.asgi = self._idp.asgi(Route("/session/token", self._token))

    async def _token(self, request: Request) -> Response:
        """Tell a page of the agency, and no other, who is signed in: by a token for the platform."""
        headers = {**pages.NO_STORE, "Vary": "Origin"}
        if request.headers.get("origin") != f"https://{WWW}":
            return JSONResponse({"error": "origin"}, 403, headers=headers)
        headers |= {
            "Access-Control-Allow-Origin": f"https://{WWW}",
            "Access-Control-Allow-Credentials": "true",
        }
        person = self._idp.sessions.of(request)
        if person is None:
            return JSONResponse({"error": "no session"}, 401, headers=headers)
        return JSONResponse({"id_token": self._idp.id_token(person, CLIENT_ID)}, headers=headers)


class _Agency:
    """Northmoor: a site that leaves the login to Concordia."""

    def __init__(self, variation: Federated, provider: _Provider) -> None:
        self._variation = variation
        self._concordia = RelyingParty(
            issuer=ISSUER, client=provider.agency, transport=httpx2.ASGITransport(app=provider.asgi)
        )
        self._attempts: Sessions[Attempt] = Sessions(Cookie(name="__Host-northmoor-login"))
        self._sessions: Sessions[SignedIn] = Sessions(Cookie(name="__Host-northmoor"))

    def asgi(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/trips", self._trips),
                Route("/login", self._login),
                Route("/callback", self._callback),
                Route("/logout", self._logout, methods=["POST"]),
                Route("/api/me", self._me),
                Route("/chat.js", self._chat),
            ],
            exception_handlers={HTTPException: pages.plain_error},
        )

    async def _trips(self, request: Request) -> Response:
        signed_in = self._sessions.of(request)
        return pages.page(
            "federated/trips.html", claims=signed_in.claims if signed_in else None, site=TAG_SITE
        )

    async def _login(self, request: Request) -> Response:
        """Send the consumer to the provider."""
        attempt = Attempt()
        response = RedirectResponse(self._concordia.authorization_url(attempt), 303, headers=pages.NO_STORE)
        self._attempts.begin(response, attempt)
        return response

    async def _callback(self, request: Request) -> Response:
        """Take the consumer back from the provider."""
        attempt = self._attempts.of(request)
        code, state = (request.query_params.get(name, "") for name in ("code", "state"))
        if attempt is None or not secrets.compare_digest(attempt.state.encode(), state.encode()):
            raise HTTPException(400, "This login was not begun here.")
        signed_in = await self._concordia.finish(attempt, code)
        response = pages.see_other(PAGE)
        self._attempts.end(request, response)
        self._sessions.begin(response, signed_in)
        return response

    async def _logout(self, request: Request) -> Response:
        """End the session here, and let the provider ask whether to end it there."""
        await pages.own_form(request)
        response = pages.see_other(f"{ISSUER}/logout")
        self._sessions.end(request, response)
        return response

    async def _me(self, request: Request) -> Response:
        """Give the application of the agency what it knows of the consumer, its own id_token included."""
        signed_in = self._sessions.of(request)
        if signed_in is None:
            return JSONResponse({"error": "signed out"}, 401, headers=pages.NO_STORE)
        me = {"name": signed_in.claims["given_name"], "id_token": signed_in.id_token}
        return JSONResponse(me, headers=pages.NO_STORE)

    async def _chat(self, request: Request) -> Response:
        return pages.script(f"federated/chat/{self._variation.method}.js", provider=ISSUER)
