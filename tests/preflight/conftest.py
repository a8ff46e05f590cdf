"""A brand and its authorization server on loopback over TLS, whose every answer a test may replace."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import trustme
import uvicorn
from joserfc.jwk import RSAKey
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from harness.checks.found import Found
from harness.config import Config, Connector, Matrix
from harness.own_brand import BrandPage, Network
from harness.preflight import Preflight, preflight
from harness.preflight.asking import Heard
from harness.preflight.model import Line
from harness.preflight.said import Said
from harness.verification.outbound import Answer as HttpAnswer

SHOP, LOGIN = "www.acme.example", "login.acme.example"
PAGE, ISSUER = f"https://{SHOP}/account", f"https://{LOGIN}"
WINDOW = "https://lpcdn.lpsnmedia.net/le_unified_window/index.html"
SECRET = "open-sesame"
HTML = """<!doctype html><title>Your account</title>
<script src="https://lptag.liveperson.net/tag/tag.js?site=7"></script><script src="/chat.js"></script>"""
CHAT = "window.lpGetAuthenticationToken = (callback) => callback('', 'nobody is signed in');"

NOW = 1_795_176_000
SETTINGS = {
    "id": "acme",
    "flow": "code-pkce",
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/jwks",
    "client_id": "platform",
    "client_secret": SECRET,
}

Answer = Callable[[Request], Response]


@dataclass(kw_only=True)
class Brand:
    """A brand, correct until a test says otherwise.

    Attributes:
        folder: Where its authority's certificate is.
        address: The socket behind its hosts.
        answers: What is answered, by the address without query.
        asked: Every request: method, address, form or query.
        connector: Settings of the connector that are other than the right ones.
        network: Settings of the network that are other than the right ones.
        surfaces: What is asked for.
    """

    folder: Path
    address: tuple[str, int]
    answers: dict[str, Answer]
    asked: list[tuple[str, str, dict[str, list[str]]]] = field(default_factory=list)
    connector: dict[str, Any] = field(default_factory=dict)
    network: dict[str, str] = field(default_factory=dict)
    surfaces: tuple[str, ...] = ("embedded", "popup")

    def config(self) -> Config:
        """Return its configuration."""
        configured = connector(**self.connector)
        here = f"{self.address[0]}:{self.address[1]}"
        return Config(
            connectors=(configured,),
            brand=BrandPage(page=PAGE),
            matrix=Matrix.model_validate({"surfaces": self.surfaces, "flows": (configured.flow,)}),
            network=Network(map={SHOP: here, LOGIN: here, **self.network}, ca=self.folder / "ca.pem"),
        )

    def preflight(self) -> Preflight:
        """Return what is found out about it."""
        return preflight(self.config())

    def sent_to(self, url: str) -> list[dict[str, list[str]]]:
        """Return forms and queries that an address got."""
        return [values for _, asked, values in self.asked if asked == url]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, and remember it."""
        request = Request(scope, receive)
        url = f"https://{request.headers['host'].partition(':')[0]}{request.url.path}"
        body = (await request.body()).decode() or request.url.query
        self.asked.append((request.method, url, parse_qs(body)))
        request.state.form = parse_qs(body)
        response = self.answers[url](request) if url in self.answers else Response(status_code=404)
        await response(scope, receive, send)


def right_answers(key: RSAKey) -> dict[str, Answer]:
    """Return what a correct brand answers."""
    framed = {"Content-Security-Policy": "frame-ancestors 'none'"}
    return {
        PAGE: lambda _: HTMLResponse(HTML),
        f"https://{SHOP}/chat.js": lambda _: Response(CHAT, media_type="text/javascript"),
        f"{ISSUER}/.well-known/openid-configuration": lambda _: JSONResponse(document()),
        f"{ISSUER}/jwks": lambda _: JSONResponse({"keys": [key.as_dict(private=False)]}),
        f"{ISSUER}/authorize": authorize,
        f"{ISSUER}/login": lambda request: HTMLResponse(
            "<title>Sign in</title>", 200 if "ticket" in request.cookies else 400, framed
        ),
        f"{ISSUER}/token": token,
    }


def document(**changes: Any) -> dict[str, Any]:
    """Return the discovery document with some members changed; ``None`` drops one."""
    members = {
        "issuer": ISSUER,
        "authorization_endpoint": f"{ISSUER}/authorize",
        "token_endpoint": f"{ISSUER}/token",
        "jwks_uri": f"{ISSUER}/jwks",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        **changes,
    }
    return {name: value for name, value in members.items() if value is not None}


def authorize(request: Request) -> Response:
    """Show the login for the registered redirect URI, and an error page for any other."""
    if request.state.form.get("redirect_uri") != [WINDOW]:
        return HTMLResponse("<title>Unknown redirect URI</title>", 400)
    response = RedirectResponse("/login", 303)
    response.set_cookie("ticket", "1", path="/login", secure=True, httponly=True)
    return response


def token(request: Request) -> Response:
    """Know the client by its secret, and no code."""
    known = "Basic " + base64.b64encode(f"platform:{SECRET}".encode()).decode()
    if request.headers.get("authorization") != known:
        return JSONResponse({"error": "invalid_client"}, 401)
    return JSONResponse({"error": "invalid_grant"}, 400)


class _Uvicorn(uvicorn.Server):
    """uvicorn without its signal handlers: the process belongs to the tests."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Give the authority that the brand's private network trusts."""
    return trustme.CA(organization_name="acme")


@pytest.fixture
def brand(tmp_path: Path, authority: trustme.CA, signing_key: RSAKey) -> Iterator[Brand]:
    """Serve a correct brand until the test ends; the socket listens before anybody can ask."""
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(SHOP, LOGIN).configure_cert(tls)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        brand = Brand(folder=tmp_path, address=listener.getsockname(), answers=right_answers(signing_key))
        config = uvicorn.Config(
            brand,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            ssl_context_factory=lambda *_: tls,
        )
        server = _Uvicorn(config)
        thread = threading.Thread(target=asyncio.run, args=(server.serve(sockets=[listener]),))
        thread.start()
        try:
            yield brand
        finally:
            server.should_exit = True
            thread.join()


def heard(url: str = PAGE, status: int = 200, body: str | bytes = b"", **headers: str) -> Heard:
    """Return an answer that came; header names are written with underscores."""
    octets = body.encode() if isinstance(body, str) else body
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Heard(url=url, answer=HttpAnswer(status=status, headers=named, body=octets), at=NOW)


def found(said: Iterable[Said]) -> dict[str, str]:
    """Return codes and severities of what was found."""
    return {one.code: one.severity for one in said if isinstance(one, Found)}


def marks(said: Iterable[Said]) -> list[tuple[str, str]]:
    """Return subjects and marks of the lines."""
    return [(one.subject, one.mark) for one in said if isinstance(one, Line)]


def connector(**changes: Any) -> Connector:
    """Return the brand's connector with some settings changed."""
    return Connector.model_validate({**SETTINGS, **changes})


def codes(result: Preflight) -> dict[str, str]:
    """Return the findings' codes and severities, but for what every brand on loopback gets."""
    return {one.code: one.severity for one in result.findings if one.code != "net.address_private"}


def as_text(result: Preflight) -> str:
    """Return everything that the result says."""
    return json.dumps(result.model_dump(mode="json"))


def host_of(url: str) -> str:
    """Return the host of an address."""
    return urlsplit(url).hostname or ""
