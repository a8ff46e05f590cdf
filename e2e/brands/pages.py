"""What the pages of all brands have in common: templates, scripts, headers, forms of their own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jinja2
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

WEB = Path(__file__).parent / "web"
NO_STORE = {"Cache-Control": "no-store"}

_HEADERS = {
    **NO_STORE,
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
}
_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(WEB),
    autoescape=jinja2.select_autoescape(),
    undefined=jinja2.StrictUndefined,
)


def page(
    name: str, *, headers: Mapping[str, str] | None = None, status: int = 200, **values: Any
) -> HTMLResponse:
    """Render a page.

    Args:
        name: The template, below ``web``.
        headers: Further headers.
        status: The status.
        values: What the template shows.
    """
    html = _TEMPLATES.get_template(name).render(values)
    return HTMLResponse(html, status, headers={**_HEADERS, **(headers or {})})


def text(name: str, **values: Any) -> str:
    """Render a template that is no page."""
    return _TEMPLATES.get_template(name).render(values)


def script(name: str, **values: Any) -> Response:
    """Serve a script of a brand's page, by its name below ``web``."""
    return Response(text(name, **values), media_type="text/javascript", headers=_HEADERS)


def see_other(url: str) -> RedirectResponse:
    """Go on by GET after a form (RFC 9110 section 15.4.4)."""
    return RedirectResponse(url, 303, headers=NO_STORE)


async def own_form(request: Request, *names: str) -> list[str]:
    """Return fields of a form that came from a page of this very site.

    Raises:
        HTTPException: Where another site posted it, or a field is missing.
    """
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers["host"]:
        raise HTTPException(403, "This form was sent from another site.")
    async with request.form(max_fields=10, max_files=0) as form:
        fields = [form.get(name) for name in names]
    found = [field for field in fields if isinstance(field, str)]
    if len(found) < len(names):
        raise HTTPException(400, f"This form takes {', '.join(names)}.")
    return found


async def plain_error(request: Request, error: Exception) -> Response:
    """Say in one sentence why something was not done."""
    assert isinstance(error, HTTPException)
    return PlainTextResponse(error.detail, error.status_code, headers={**_HEADERS, **(error.headers or {})})
