"""Marlow Outdoor: a single-page application whose backend asks for codes with the platform's challenge."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from . import pages
from .clients import DEFAULT_REDIRECT_URI, WINDOW, Client
from .idp import AuthorizationError, Idp, Mistakes
from .people import People, Person
from .serving import Site
from .sessions import Cookie, Sessions
from .tokens import Signer

APP = "app.marlow.example"
LOGIN = "login.marlow.example"
ISSUER = f"https://{LOGIN}"
CLIENT_ID = "conversations"
TAG_SITE = "48210311"

_SCRIPTS = ("app.js", "routes.js")


@dataclass(frozen=True, kw_only=True)
class Spa:
    """The application, and how one may have written it.

    Attributes:
        method: The page method: the file below ``web/spa/chat``.
        identity_issuer: What the identity function answers as ``iss``.
        idp: What the authorization server does wrong.
    """

    method: Literal["right", "own-pair", "keeps-code"] = "right"
    identity_issuer: str = ISSUER
    idp: Mistakes = field(default_factory=Mistakes)


def build(variation: Spa) -> Site:
    """Build the application, its backend and its authorization server."""
    app = _App(variation)
    return Site(
        name="spa",
        hosts={APP: app.asgi(), LOGIN: app.idp.asgi()},
        environment=app.people.environment("marlow"),
    )


class _App:
    def __init__(self, variation: Spa) -> None:
        self._variation = variation
        self.people = People("mo")
        self._sessions: Sessions[Person] = Sessions(Cookie(name="__Host-marlow", same_site="strict"))
        platform = Client(
            client_id=CLIENT_ID,
            redirect_uris=(WINDOW, DEFAULT_REDIRECT_URI),
            response_type="code",
            require_pkce=True,
        )
        self.idp = Idp(
            name="Marlow account",
            signer=Signer(issuer=ISSUER),
            people=self.people,
            clients=[platform],
            cookie=Cookie(name="__Host-marlow-login"),
            returns=(f"https://{APP}/",),
            mistakes=variation.idp,
        )

    def asgi(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/api/session", self._session),
                Route("/api/session", self._sign_in, methods=["POST"]),
                Route("/api/session", self._sign_out, methods=["DELETE"]),
                Route("/api/chat/code", self._code),
                Route("/assets/chat.js", self._chat),
                Route("/assets/{name}", _asset),
                Route("/{path:path}", self._shell),
            ],
            exception_handlers={HTTPException: pages.plain_error},
        )

    async def _shell(self, request: Request) -> Response:
        """Answer every route of the application with the same page."""
        return pages.page("spa/index.html", site=TAG_SITE)

    async def _session(self, request: Request) -> Response:
        return self._profile(self._sessions.of(request))

    def _profile(self, person: Person | None) -> JSONResponse:
        if person is None:
            return JSONResponse({"user": None}, headers=pages.NO_STORE)
        user = {
            "sub": person.sub,
            "iss": self._variation.identity_issuer,
            "name": person.claims["given_name"],
        }
        return JSONResponse({"user": user}, headers=pages.NO_STORE)

    async def _sign_in(self, request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            raise HTTPException(415, "This takes JSON.")  # which no other site's form can send
        fields = await request.json()
        person = self.people.check(str(fields.get("username")), str(fields.get("password")))
        if person is None:
            return JSONResponse({"error": "wrong_credentials"}, 401, headers=pages.NO_STORE)
        response = self._profile(person)
        self._sessions.begin(response, person)
        return response

    async def _sign_out(self, request: Request) -> Response:
        response = self._profile(None)
        self._sessions.end(request, response)
        return response

    async def _code(self, request: Request) -> Response:
        """Start the authorization for the page, with the challenge that the platform gave it."""
        person = self._sessions.of(request)
        if person is None:
            return JSONResponse({"error": "signed_out"}, 401, headers=pages.NO_STORE)
        try:
            code = self.idp.code_for(
                person,
                client_id=CLIENT_ID,
                redirect_uri=DEFAULT_REDIRECT_URI,
                response_type="code",
                scope="openid",
                code_challenge=request.query_params.get("code_challenge", ""),
                code_challenge_method="S256",
            )
        except AuthorizationError as error:
            return JSONResponse({"error": error.error}, 400, headers=pages.NO_STORE)
        return JSONResponse({"code": code}, headers=pages.NO_STORE)

    async def _chat(self, request: Request) -> Response:
        return pages.script(f"spa/chat/{self._variation.method}.js")


async def _asset(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _SCRIPTS:
        raise HTTPException(404, "There is no such file.")
    return pages.script(f"spa/{name}")
