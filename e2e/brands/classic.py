"""Larkspur Garden Supplies: a shop of the jQuery age, whose own backend hands out a JWT to its pages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from . import pages
from .people import People, Person
from .serving import Site
from .sessions import Cookie, Sessions
from .tokens import Signer

HOST = "www.larkspur.example"
ISSUER = f"https://{HOST}"
CLIENT_ID = "conversations"
TAG_SITE = "48210097"
PASTED_SECONDS = 12 * 3600

_JQUERY = (
    Path(__file__).parents[1] / "peers" / "node" / "node_modules" / "jquery" / "dist" / "jquery.min.js",
    Path("/usr/share/javascript/jquery/jquery.min.js"),
)


@dataclass(frozen=True, kw_only=True)
class Classic:
    """The shop, and how one may have written it.

    Attributes:
        method: The page method: the file below ``web/classic/chat``.
    """

    method: Literal["right", "passes-any-body", "without-else", "calls-twice", "pasted-token"] = "right"


def jquery() -> Path | None:
    """Return where jQuery is on this machine: npm's, else Debian's."""
    return next((path for path in _JQUERY if path.is_file()), None)


def build(variation: Classic) -> Site:
    """Build the shop."""
    shop = _Shop(variation)
    return Site(name="classic", hosts={HOST: shop.asgi()}, environment=shop.people.environment("larkspur"))


class _Shop:
    def __init__(self, variation: Classic) -> None:
        self._method = variation.method
        self.people = People("lk")
        self._signer = Signer(issuer=ISSUER)
        self._sessions: Sessions[Person] = Sessions(Cookie(name="__Host-larkspur"))
        # A developer tried the chat with their own account, and pasted what they saw.
        self._pasted = self._signer.id_token(self.people.alice, CLIENT_ID, seconds=PASTED_SECONDS)

    def asgi(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/", self._account),
                Route("/account", self._account),
                Route("/login", self._login, methods=["POST"]),
                Route("/logout", self._logout, methods=["POST"]),
                Route("/api/chat-token", self._token),
                Route("/js/jquery.js", _jquery),
                Route("/js/chat.js", self._chat),
                Route("/jwks.json", self._jwks),
            ],
            exception_handlers={HTTPException: pages.plain_error},
        )

    async def _account(self, request: Request) -> Response:
        return self._page(self._sessions.of(request))

    def _page(self, person: Person | None, *, failed: bool = False) -> Response:
        return pages.page(
            "classic/account.html",
            headers={"X-Frame-Options": "SAMEORIGIN"},
            status=401 if failed else 200,
            person=person,
            failed=failed,
            issuer=ISSUER,
            site=TAG_SITE,
        )

    async def _login(self, request: Request) -> Response:
        username, password = await pages.own_form(request, "username", "password")
        person = self.people.check(username, password)
        if person is None:
            return self._page(None, failed=True)
        response = pages.see_other("/account")
        self._sessions.begin(response, person)
        return response

    async def _logout(self, request: Request) -> Response:
        await pages.own_form(request)
        response = pages.see_other("/account")
        self._sessions.end(request, response)
        return response

    async def _token(self, request: Request) -> Response:
        """Hand out an id_token to whoever is signed in, bare, as the old scripts expect it."""
        person = self._sessions.of(request)
        if person is None:
            return PlainTextResponse("Please sign in first.", 401, headers=pages.NO_STORE)
        token = self._signer.id_token(person, CLIENT_ID)
        return Response(token, media_type="application/jwt", headers=pages.NO_STORE)

    async def _chat(self, request: Request) -> Response:
        return pages.script(f"classic/chat/{self._method}.js", pasted=self._pasted)

    async def _jwks(self, request: Request) -> Response:
        return JSONResponse(self._signer.jwks())


async def _jquery(request: Request) -> Response:
    path = jquery()
    if path is None:
        raise HTTPException(404, "jQuery is not here: npm ci --prefix e2e/peers/node")
    return FileResponse(path, media_type="text/javascript")
