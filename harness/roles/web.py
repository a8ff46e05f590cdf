"""Pages and answers: templates, security headers, cookies, and the folder of static files."""

from __future__ import annotations

import functools
import os
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from typing import Any, Literal, TypeVar

import jinja2
from anyio import CapacityLimiter, to_thread
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import Mount
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_NUMBER = re.compile(r"[0-9]{1,9}")
_UNUSED = (
    *("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer"),
    *("microphone", "midi", "payment", "usb"),
)
"""What no page of ours asks a browser for (Permissions Policy section 9.1)."""

_COMMON_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _UNUSED),
    # What is for other sites' pages says so itself: the SDK, and the window that they frame.
    "Cross-Origin-Resource-Policy": "same-origin",
}


Done = TypeVar("Done")


class Threads:
    """Threads for what waits for others, so many at a time.

    Args:
        most: How many.
    """

    def __init__(self, most: int) -> None:
        self._limiter = CapacityLimiter(most)

    async def run(self, work: Callable[[], Done]) -> Done:
        """Return what comes of work, done in a thread."""
        return await to_thread.run_sync(work, limiter=self._limiter)


def fresh(body: Mapping[str, Any]) -> JSONResponse:
    """Return an answer in JSON that nobody keeps."""
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


@functools.cache
def web_root() -> Path:
    """Return the folder ``web/``, in a checkout or inside the installed package."""
    package = Path(__file__).parent.parent
    for folder in (package / "web", package.parent / "web"):
        if (folder / "templates").is_dir():
            return folder
    raise FileNotFoundError("the folder web/ is missing from this installation; install the package again")


@functools.cache
def environment() -> jinja2.Environment:
    """Return the template environment: everything escaped, a missing variable is an error."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader([web_root() / "templates", web_root() / "static"]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )


class Pages:
    """Renders the pages of one role.

    Args:
        folder: The role's folder in ``web/templates``.
        context: Values that every page of the role may use.
    """

    def __init__(self, folder: str, **context: Any) -> None:
        self._folder, self._context = folder, context

    def render(
        self,
        name: str,
        *,
        csp: Mapping[str, str] | None = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **context: Any,
    ) -> HTMLResponse:
        """Return a page that is never cached, under a strict content security policy.

        Args:
            name: The template in the role's folder.
            csp: Directives beside or instead of the default ones; ``{nonce}`` stands for the page's nonce.
            status: The HTTP status.
            headers: Further headers.
            context: The template's variables.
        """
        nonce = secrets.token_urlsafe(16)
        template = environment().get_template(f"{self._folder}/{name}")
        body = template.render(nonce=nonce, **self._context, **context)
        policy = {**_default_csp(nonce), **(csp or {})}
        csp_value = "; ".join(f"{directive} {sources}".strip() for directive, sources in policy.items())
        csp_value = csp_value.replace("{nonce}", nonce)
        return HTMLResponse(
            body,
            status,
            {"Content-Security-Policy": csp_value, "Cache-Control": "no-store", **(headers or {})},
        )


def _default_csp(nonce: str) -> dict[str, str]:
    return {
        "default-src": "'none'",
        "script-src": f"'nonce-{nonce}'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "object-src": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }


class _KeptFiles(StaticFiles):
    """Small files, kept in memory as long as they are unchanged: a page has a dozen of them."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory=directory)
        self._kept: dict[str, tuple[tuple[float, int], Response]] = {}

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Return the answer for a file, 304 where the client has it."""
        name, version = str(full_path), (stat_result.st_mtime, stat_result.st_size)
        known, response = self._kept.get(name, (None, None))
        if response is None or known != version:
            like = FileResponse(name, status_code, stat_result=stat_result)
            response = Response(Path(name).read_bytes(), status_code, dict(like.headers))
            self._kept[name] = (version, response)
        if self.is_not_modified(response.headers, Headers(scope=scope)):
            return NotModifiedResponse(response.headers)
        return response


def static(*folders: str) -> Mount:
    """Return ``/static`` for the folders of ``web/static`` that a role uses."""
    routes = [Mount(f"/{folder}", _KeptFiles(web_root() / "static" / folder)) for folder in folders]
    return Mount("/static", routes=routes)


class CommonHeaders:
    """Adds the headers that every answer of ours carries."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str] | None = None) -> None:
        self._app = app
        values = {**_COMMON_HEADERS, **(headers or {})}
        self._headers = [(name.lower().encode(), value.encode()) for name, value in values.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete the answer's headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(pair for pair in self._headers if pair[0] not in present),
                ]
            await send(message)

        await self._app(scope, receive, with_headers)


class Cors(CORSMiddleware):
    """Starlette's, whose older versions say only now and then that an answer depends on who asks."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and say so in every answer (Fetch section 3.3.5)."""

        async def varying(message: Message) -> None:
            if message["type"] == "http.response.start" and not _has(message["headers"], b"vary"):
                message["headers"] = [*message["headers"], (b"vary", b"Origin")]
            await send(message)

        await super().__call__(scope, receive, varying)


class Dated:
    """Says in every answer what time it is (RFC 9110 section 6.6.1).

    Args:
        app: What answers.
        now: Returns the time in seconds since 1970-01-01T00:00:00Z.
    """

    def __init__(self, app: ASGIApp, now: Callable[[], float]) -> None:
        self._app, self._now = app, now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and date the answer, unless it is another server's and dated already."""

        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start" and not _has(message["headers"], b"date"):
                date = formatdate(self._now(), usegmt=True).encode()
                message["headers"] = [*message["headers"], (b"date", date)]
            await send(message)

        await self._app(scope, receive, dated)


def _has(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bool:
    return any(one.lower() == name for one, _ in headers)


def common_headers(**headers: str) -> Middleware:
    """Return the middleware that adds the common headers and ``headers`` (underscores become hyphens)."""
    return Middleware(
        CommonHeaders, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def number(text: str) -> int | None:
    """Return the number that a request names, ``None`` for anything but a few digits of ASCII."""
    return int(text) if _NUMBER.fullmatch(text) else None


def see_other(url: str) -> Response:
    """Redirect with 303, so that a POST is never repeated at the target (RFC 9700 section 4.12)."""
    return RedirectResponse(url, 303, {"Cache-Control": "no-store"})


@dataclass(frozen=True, kw_only=True)
class CookieForm:
    """What a cookie says of itself beside name and value.

    Attributes:
        same_site: With which requests of other sites it travels.
        secure: Whether it says ``Secure`` and carries the prefix that demands it.
    """

    same_site: Literal["lax", "none"] = "lax"
    secure: bool = True

    def full_name(self, name: str) -> str:
        """Return the name with its prefix (RFC 6265bis section 4.1.3.2)."""
        return f"__Host-{name}" if self.secure else name


SAME_SITE, CROSS_SITE = CookieForm(), CookieForm(same_site="none")


def set_cookie(
    response: Response, name: str, value: str, *, seconds: float, form: CookieForm = SAME_SITE
) -> None:
    """Set a cookie for this host only, which no script can read."""
    response.set_cookie(
        form.full_name(name),
        value,
        max_age=int(seconds),
        path="/",
        secure=form.secure,
        httponly=True,
        samesite=form.same_site,
    )


def cookie(request: Request, name: str, *, form: CookieForm = SAME_SITE) -> str | None:
    """Return the value of one of our cookies."""
    return request.cookies.get(form.full_name(name))


def drop_cookie(response: Response, name: str) -> None:
    """Make the browser forget one of our ``__Host-`` cookies."""
    response.delete_cookie(f"__Host-{name}", path="/", secure=True, httponly=True, samesite="lax")


def same_origin(request: Request) -> None:
    """Refuse a state change that another origin's page asks for.

    Our pages send no referrer, so browsers put ``null`` into the ``Origin`` of their forms; there the
    fetch metadata decides, which no page can forge.

    Raises:
        HTTPException: 403 when the request is not this host's own.
    """
    origin = request.headers.get("origin")
    own_form = origin == "null" and request.headers.get("sec-fetch-site") == "same-origin"
    if origin != f"https://{request.url.hostname}" and not own_form:
        raise HTTPException(403, "This request must come from this site's own pages.")


async def body(request: Request, limit: int) -> bytes:
    """Return a request's body of at most ``limit`` octets.

    Raises:
        HTTPException: 413 as soon as it is longer.
    """
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > limit:
            raise HTTPException(413, "The request is too large.")
    return bytes(read)


def plain_error(_: Request, error: Exception) -> Response:
    """Answer an HTTP error in one plain sentence."""
    assert isinstance(error, HTTPException)
    return PlainTextResponse(
        error.detail, error.status_code, {"Cache-Control": "no-store", **(error.headers or {})}
    )


STORE_AWAY = "What this server remembers cannot be reached or written at the moment; try again."


def store_away(_: Request, error: Exception) -> Response:
    """Answer for a database that is gone, locked or full in one plain sentence (RFC 9110 section 15.6.4)."""
    return PlainTextResponse(STORE_AWAY, 503, {"Retry-After": "1", "Cache-Control": "no-store"})


AWAY = (OperationalError, NoConnection)
"""What SQLAlchemy raises for such a database."""

ERRORS: Mapping[Any, Callable[[Request, Exception], Response]] = {
    HTTPException: plain_error,
    **dict.fromkeys(AWAY, store_away),
}
"""How every role answers for what goes wrong, as Starlette takes it."""
