"""Quillon Bank: consent before the tag, a page method inside an object, one public key and no JWKS."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Literal

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from . import pages
from .people import People, Person
from .serving import Site
from .sessions import Cookie, Sessions
from .tokens import Signer

HOST = "www.quillon.example"
ISSUER = "https://www.quillon.example/identity"
CLIENT_ID = "quillon-messaging"
TAG_SITE = "48210522"

_PLATFORM = "https://*.liveperson.net https://*.lpsnmedia.net"
_SCRIPTS = ("consent.js", "account.js")


@dataclass(frozen=True, kw_only=True)
class Nested:
    """The bank's page, and how one may have written it.

    Attributes:
        method: The page method: the file below ``web/nested/chat``.
        frames_platform: Whether the content security policy lets the platform's window be framed.
        milliseconds: Whether times in the id_token are in milliseconds.
        registered_key: Which public key the platform was given: the one in use, or an earlier one.
    """

    method: Literal["right", "other-case", "returns"] = "right"
    frames_platform: bool = True
    milliseconds: bool = False
    registered_key: Literal["current", "earlier"] = "current"


def build(variation: Nested) -> Site:
    """Build the bank's site; the configuration has its public key."""
    bank = _Bank(variation)
    return Site(
        name="nested",
        hosts={HOST: bank.asgi()},
        environment=bank.people.environment("quillon"),
        values={"public_key": bank.registered.public_key()},
    )


class _Bank:
    def __init__(self, variation: Nested) -> None:
        self._variation = variation
        self.people = People("qb")
        self._signer = Signer(issuer=ISSUER, unit=1000 if variation.milliseconds else 1)
        earlier = variation.registered_key == "earlier"
        self.registered = Signer(issuer=ISSUER) if earlier else self._signer
        self._sessions: Sessions[Person] = Sessions(Cookie(name="__Host-quillon", same_site="strict"))

    def asgi(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/account", self._account),
                Route("/login", self._login, methods=["POST"]),
                Route("/logout", self._logout, methods=["POST"]),
                Route("/messaging/token", self._token, methods=["POST"]),
                Route("/static/messaging.js", self._messaging),
                Route("/static/{name}", _static),
            ],
            exception_handlers={HTTPException: pages.plain_error},
        )

    async def _account(self, request: Request) -> Response:
        return self._page(self._sessions.of(request))

    def _page(self, person: Person | None, *, failed: bool = False) -> Response:
        nonce = secrets.token_urlsafe(16)
        return pages.page(
            "nested/account.html",
            headers={
                "Content-Security-Policy": self._policy(nonce),
                "Strict-Transport-Security": "max-age=31536000",
                "X-Frame-Options": "DENY",
            },
            status=401 if failed else 200,
            person=person,
            failed=failed,
            issuer=ISSUER,
            site=TAG_SITE,
            nonce=nonce,
        )

    def _policy(self, nonce: str) -> str:
        """Return the page's policy: everything from here, and the platform where it is needed."""
        policy = {
            "default-src": "'self'",
            "script-src": f"'self' 'nonce-{nonce}' {_PLATFORM}",
            "style-src": "'self' 'unsafe-inline'",
            "img-src": f"'self' data: {_PLATFORM}",
            "connect-src": f"'self' wss://*.liveperson.net {_PLATFORM}",
            "object-src": "'none'",
            "base-uri": "'none'",
            "frame-ancestors": "'none'",
            "form-action": "'self'",
        }
        if self._variation.frames_platform:
            policy["frame-src"] = _PLATFORM
        return "; ".join(f"{name} {value}" for name, value in policy.items())

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
        """Hand out an id_token to the page's own script, which says so by a header that no form can send."""
        if request.headers.get("x-requested-with") != "XMLHttpRequest":
            raise HTTPException(403, "This is for the page's own script.")
        person = self._sessions.of(request)
        if person is None:
            return JSONResponse({"error": "not signed in"}, 401, headers=pages.NO_STORE)
        token = self._signer.id_token(person, CLIENT_ID)
        return JSONResponse({"jwt": token}, headers=pages.NO_STORE)

    async def _messaging(self, request: Request) -> Response:
        return pages.script(f"nested/chat/{self._variation.method}.js")


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _SCRIPTS:
        raise HTTPException(404, "There is no such file.")
    return pages.script(f"nested/{name}", site=TAG_SITE)
