"""What shops share whose backend hands out a JWT to their own pages: accounts, a token, keys."""

from __future__ import annotations

import secrets
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from . import pages
from .people import People, Person
from .sessions import Cookie, Sessions
from .tokens import Signer


class TokenShop:
    """A shop.

    Args:
        folder: Its folder below ``web``, with ``account.html`` and its scripts in ``chat``.
        issuer: Who issues its tokens: itself.
        client_id: The platform's client.
        people: Who has an account.
        method: Which of its scripts talks to the platform's SDK.
        age: How old its tokens are when it hands them out, in seconds.
    """

    def __init__(
        self,
        *,
        folder: str,
        issuer: str,
        client_id: str,
        people: People,
        method: str,
        age: int = 0,
    ) -> None:
        self._age = age
        self._folder, self._client_id, self._people, self._method = folder, client_id, people, method
        self._signer = Signer(issuer=issuer)
        self._sessions: Sessions[Person] = Sessions(Cookie(name=f"__Host-{folder}"))

    def asgi(self) -> Starlette:
        """Return the ASGI application."""
        return Starlette(
            routes=[
                Route("/account", self._account),
                Route("/login", self._login, methods=["POST"]),
                Route("/logout", self._logout, methods=["POST"]),
                Route("/api/chat-token", self._token),
                Route("/js/chat.js", self._chat),
                Route("/jwks.json", self._jwks),
            ],
            exception_handlers={HTTPException: pages.plain_error},
        )

    async def _account(self, request: Request) -> Response:
        return self._page(self._sessions.of(request))

    def _page(self, person: Person | None, *, failed: bool = False) -> Response:
        values: dict[str, Any] = {"person": person, "failed": failed}
        headers = {"X-Frame-Options": "SAMEORIGIN"}
        return pages.page(
            f"{self._folder}/account.html", headers=headers, status=401 if failed else 200, **values
        )

    async def _login(self, request: Request) -> Response:
        username, password = await pages.own_form(request, "username", "password")
        person = self._people.check(username, password)
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
        """Hand out an id_token of its own kind to whoever is signed in, each time another one."""
        person = self._sessions.of(request)
        if person is None:
            return Response("Please sign in first.", 401, media_type="text/plain", headers=pages.NO_STORE)
        once = secrets.token_urlsafe(12)
        token = self._signer.id_token(person, self._client_id, age=self._age, jti=once)
        return JSONResponse({"token": token}, headers=pages.NO_STORE)

    async def _chat(self, request: Request) -> Response:
        return pages.script(f"{self._folder}/chat/{self._method}.js")

    async def _jwks(self, request: Request) -> Response:
        return JSONResponse(self._signer.jwks())
