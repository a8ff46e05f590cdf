"""Who is signed in: sessions in memory, and the cookie that names one (RFC 6265)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from starlette.requests import Request
from starlette.responses import Response

SECONDS = 3600

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Cookie:
    """How a session's cookie is written.

    Attributes:
        name: Its name.
        same_site: When other sites' requests carry it.
        domain: The domain that shares it; the host alone when left out.
    """

    name: str
    same_site: Literal["strict", "lax", "none"] = "lax"
    domain: str | None = None


class Sessions(Generic[T]):
    """The sessions of one server, each with what the server knows of it."""

    def __init__(self, cookie: Cookie) -> None:
        self._cookie, self._open = cookie, dict[str, T]()

    def begin(self, response: Response, value: T) -> str:
        """Begin a session and return its name."""
        name = secrets.token_urlsafe()
        self._open[name] = value
        response.set_cookie(self._cookie.name, name, max_age=SECONDS, httponly=True, **self._attributes())
        return name

    def of(self, request: Request) -> T | None:
        """Return what is known of a request's session."""
        return self._open.get(request.cookies.get(self._cookie.name, ""))

    def end(self, request: Request, response: Response) -> None:
        """End a request's session."""
        self._open.pop(request.cookies.get(self._cookie.name, ""), None)
        response.delete_cookie(self._cookie.name, httponly=True, **self._attributes())

    def _attributes(self) -> dict[str, Any]:
        cookie = self._cookie
        return {"path": "/", "secure": True, "samesite": cookie.same_site, "domain": cookie.domain}
