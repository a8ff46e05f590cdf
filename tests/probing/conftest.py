"""An authorization server that answers in this process, and a browser that goes where it redirects."""

from __future__ import annotations

import base64
import json
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
import pytest

from harness.browser.authorizing import Went
from harness.checks.probing import Shown
from harness.config import Config, Connector
from harness.probing.asking import Asking
from harness.probing.token_endpoint import TokenEndpoint
from harness.probing.wire import WireBrowser
from harness.protocol import base64url, pkce
from harness.verification.outbound import Outbound

WINDOW = "https://chat.platform.test/window"
LOGIN = "https://login.acme.test"
LONG = 1000
"""Characters of a state from which on it is a long one."""


@dataclass(kw_only=True)
class Server:
    """A strict authorization server, or one with weaknesses.

    Attributes:
        connector: The client that is registered, whose redirect URI is the window.
        weak: Its weaknesses, by their names.
        asked: Every authorization request, by the code that it got.
        sent: Every request to the token endpoint and the userinfo endpoint.
    """

    connector: Connector
    weak: frozenset[str] = frozenset()
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    sent: list[httpx2.Request] = field(default_factory=list)
    _open: set[str] = field(default_factory=set)
    _tokens: set[str] = field(default_factory=set)
    _both: threading.Barrier = field(default_factory=lambda: threading.Barrier(2))

    def go(self, url: str, home: Callable[[str], bool], *, patient: bool = True) -> Went:
        """Answer an authorization request, as a browser sees it."""
        pairs = parse_qsl(urlsplit(url).query)
        asked = dict(pairs)
        headers = {} if "framable" in self.weak else {"x-frame-options": "DENY"}
        login = Shown(address=f"{LOGIN}/authorize", headers=headers)
        shown = self._is_refused(pairs, asked)
        if asked.get("prompt") == "consent" and "asks nobody" not in self.weak:
            return Went(status=200, landings=((url, ""),), pages=(login,))
        if shown:
            return Went(status=400, landings=((url, ""),))
        state = asked["state"][:200] if "cuts state" in self.weak else asked["state"]
        response = urlencode({"state": state, **self._response(asked)})
        mark = "?" if self.connector.response_type == "code" else "#"
        there = f"{asked['redirect_uri']}{mark}{response}"
        return Went(status=200, landings=((url, ""), (there, "")), pages=(login,))

    def _is_refused(self, pairs: list[tuple[str, str]], asked: dict[str, str]) -> bool:
        """Tell whether a request gets a page with an error."""
        twice = len(pairs) != len(asked) and "takes the last" not in self.weak
        odd = "harness_probe" in asked and "knows all parameters" in self.weak
        return twice or odd or not self._is_registered(asked["redirect_uri"])

    def stranger(self, asked: dict[str, str], method: str) -> httpx2.Response:
        """Answer an authorization request of somebody who is not signed in."""
        headers = {"Access-Control-Allow-Origin": "*"} if "is open to scripts" in self.weak else {}
        if method == "POST" and "takes no POST" in self.weak:
            return httpx2.Response(405)
        if asked.get("prompt") == "none" and "always shows" not in self.weak:
            there = f"{asked['redirect_uri']}?error=login_required"
            return httpx2.Response(303, headers={"Location": there, **headers})
        hint = asked.get("login_hint", "") if "reflects" in self.weak else "Who are you?"
        return httpx2.Response(200, html=f"<title>Sign in</title><p>{hint}</p>", headers=headers)

    def _is_registered(self, redirect_uri: str) -> bool:
        begins = "takes any beginning" in self.weak and redirect_uri.startswith(WINDOW)
        return redirect_uri == WINDOW or begins or "redirects anywhere" in self.weak

    def _response(self, asked: dict[str, str]) -> dict[str, str]:
        if "gives errors" in self.weak:
            return {"error": "server_error"}
        if self.connector.response_type != "code":
            return {"id_token": "e30.e30.AA"}
        if self.connector.pkce and not self._is_challenged(asked):
            return {"error": "invalid_request"}
        code = f"{len(self.asked):06}" if "counts codes" in self.weak else secrets.token_urlsafe(32)
        self.asked[code] = asked
        self._open.add(code)
        return {"code": code}

    def _is_challenged(self, asked: dict[str, str]) -> bool:
        methods = {"S256": True, "plain": "takes plain" in self.weak}
        return methods.get(asked.get("code_challenge_method", ""), "needs no challenge" in self.weak)

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        """Answer a request of the back channel."""
        self.sent.append(request)
        if request.url.path == "/authorize":
            encoded = request.content.decode() or request.url.query.decode()
            return self.stranger(dict(parse_qsl(encoded)), request.method)
        if request.url.path == "/userinfo":
            token = request.headers["authorization"].removeprefix("Bearer ")
            return httpx2.Response(200 if token in self._tokens else 401)
        if "is silent" in self.weak:
            raise httpx2.ReadTimeout("no answer in time")
        if "is broken" in self.weak:
            return httpx2.Response(502, text="<p>Sorry</p>")
        if request.method == "GET" and "takes GET" not in self.weak:
            return httpx2.Response(405)
        form = dict(parse_qsl(request.content.decode() or request.url.query.decode()))
        error = self._refused_client(request, form) or self._refused_code(form)
        if error is not None:
            told = {"error_description": form["code"]} if "echoes" in self.weak else {}
            return httpx2.Response(400, json={"error": error, **told})
        return self._granted(form["code"])

    def _refused_client(self, request: httpx2.Request, form: dict[str, str]) -> str | None:
        own = self.connector.client_secret
        name, secret = form.get("client_id", ""), ""
        if header := request.headers.get("authorization", "").removeprefix("Basic "):
            name, _, secret = base64.b64decode(header).decode().partition(":")
        known = name == self.connector.client_id or "binds no client" in self.weak
        proved = own is None or secret == own.get_secret_value() or "needs no secret" in self.weak
        return None if known and proved else "invalid_client"

    def _refused_code(self, form: dict[str, str]) -> str | None:
        code = form["code"]
        good, asked = code in self._open, self.asked.get(code, {})
        if not asked:
            return "invalid_grant"
        if "races" in self.weak and len(asked["state"]) > LONG:
            self._both.wait(timeout=5)
        if "keeps codes" not in self.weak:
            self._open.discard(code)
        if not good and "revokes nothing" not in self.weak:
            self._tokens.clear()
        moved = form["redirect_uri"] != asked["redirect_uri"] and "ignores redirect_uri" not in self.weak
        fits = _fits(asked, form.get("code_verifier")) or "ignores verifier" in self.weak
        return None if good and fits and not moved else "invalid_grant"

    def _granted(self, code: str) -> httpx2.Response:
        token, seconds = secrets.token_urlsafe(), 30 * 86_400 if "signs for a month" in self.weak else 300
        self._tokens.add(token)
        nonce = self.asked[code]["nonce"]
        claims = {
            "iat": 1_000,
            "exp": 1_000 + seconds,
            "nonce": nonce[:64] if "cuts nonce" in self.weak else nonce,
        }
        body = {"token_type": "Bearer", "access_token": token, "id_token": _unsigned(claims)}
        headers = {} if "may be cached" in self.weak else {"Cache-Control": "no-store"}
        return httpx2.Response(200, json=body, headers=headers)


def _fits(asked: dict[str, str], verifier: str | None) -> bool:
    challenge = asked.get("code_challenge")
    if verifier is None or challenge is None:
        return verifier is challenge
    return challenge in (pkce.s256(verifier), verifier)


def _unsigned(claims: dict[str, Any]) -> str:
    return f"e30.{base64url.encode(json.dumps(claims).encode())}.AA"


def connector(**settings: Any) -> Connector:
    """Return a connector of the server, of the flow code + PKCE and without a secret."""
    values = {
        "id": "acme",
        "flow": "code-pkce",
        "issuer": LOGIN,
        "authorization_endpoint": f"{LOGIN}/authorize",
        "token_endpoint": f"{LOGIN}/token",
        "userinfo_endpoint": f"{LOGIN}/userinfo",
        "jwks_uri": f"{LOGIN}/jwks",
        "client_id": "platform",
    }
    return Connector.model_validate(values | settings)


Ask = Callable[..., Asking]
"""Gives what asks a server; further arguments are :class:`Asking`'s."""


@pytest.fixture
def ask() -> Iterator[Ask]:
    """Give what asks a server."""
    clients: list[httpx2.Client] = []

    def made(server: Server, **more: Any) -> Asking:
        http = httpx2.Client(transport=httpx2.MockTransport(server.answer))
        clients.append(http)
        out = Outbound(http, connect=1)
        tokens = TokenEndpoint(out, Config(), server.connector)

        def stranger(cookies: Mapping[str, str]) -> WireBrowser:
            return WireBrowser(out, total=5, cookies=cookies)

        return Asking(server.connector, WINDOW, server, tokens, stranger=stranger, **more)

    yield made
    for http in clients:
        http.close()
