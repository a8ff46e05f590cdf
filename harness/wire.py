"""A consumer without a browser: the same requests in the same order, for what needs no page to show."""

from __future__ import annotations

import base64
import html
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2

from harness.browser.login import customer
from harness.config import Config
from harness.errors import HarnessBroken
from harness.held import Held
from harness.net import MappedTransport, NameMap
from harness.roles.seams import Seams
from harness.tls import RunTls

_TICKET = re.compile(r'name="ticket" value="([^"]+)"')

_INPUT = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


@dataclass(frozen=True, kw_only=True)
class Back:
    """An authorization response on its way to the window.

    Attributes:
        mode: Where its parameters are.
        encoded: The parameters, form-encoded.
        path: The path that it comes back to.
    """

    mode: str
    encoded: str = field(repr=False)
    path: str = "/window"


@dataclass(frozen=True, kw_only=True)
class OpenedPopup:
    """A popup on its way to the authorization endpoint: its name, and the request."""

    name: str = field(repr=False)
    url: str = field(repr=False)


def _seen(token: Any, *errors: Any) -> dict[str, Any]:
    """Return what the SDK reports of a callback's arguments."""
    error = errors[0] if errors else None
    kinds = {str: "string", list: "array", dict: "object", type(None): "null", bool: "boolean"}
    return {
        "happened": "answered",
        "token": None if error is not None or isinstance(token, int | float) else token,
        "token_type": kinds.get(type(token), "number"),
        "error_given": error is not None,
        "error_falsy": error is not None and not error,
    }


def login_form(page: str, username: str) -> dict[str, str]:
    """Return the form of the sample's login page, filled in.

    Raises:
        HarnessBroken: When the page has none.
    """
    found = _TICKET.search(page)
    if found is None:
        raise HarnessBroken("the login page has no form")
    return {"ticket": found[1], "username": username, "password": customer(username).password}


class Reachable(Protocol):
    """A running harness as its consumers see it, in one process or in several."""

    @property
    def config(self) -> Config:
        """What it serves."""
        ...

    @property
    def names(self) -> NameMap:
        """Host names and the sockets behind them."""
        ...

    @property
    def tls(self) -> RunTls:
        """What trusts its certificates."""
        ...

    @property
    def seams(self) -> Held[Seams]:
        """What its pages do wrong."""
        ...


class WireConsumer:
    """One person with one cookie jar.

    Args:
        server: The running harness.
    """

    def __init__(self, server: Reachable) -> None:
        self._server, sites = server, server.config.sites
        self._shop, self._chat = f"https://{sites.brand}", f"https://{sites.platform}"
        self._idp, self._app = f"https://{sites.idp}", f"https://{sites.app}"
        self._who = "alice"
        self.http = httpx2.Client(transport=MappedTransport(server.names, server.tls.client), timeout=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def sign_in(self, username: str) -> None:
        """Sign in to the shop through its authorization server.

        Raises:
            HarnessBroken: When that fails.
        """
        self._who = username
        page = self.http.get(f"{self._shop}/login", follow_redirects=True)
        form = login_form(page.text, username)
        ended = self.http.post(
            f"{self._idp}/login", data=form, headers={"Origin": self._idp}, follow_redirects=True
        )
        if ended.status_code != httpx2.codes.OK or ended.url.path != "/account":
            raise HarnessBroken(f"{username} cannot sign in to the sample shop: status {ended.status_code}")

    def open_call(self, engagement: str, session: str | None = None) -> dict[str, Any]:
        """Open a call of the page method, as a framed window does; an app's SDK for its surface.

        Args:
            engagement: What the window works for.
            session: The session of a window that resumes.
        """
        app = engagement.startswith("app.")
        origin = self._app if app else self._shop
        path, sender = ("/sdk/call", origin) if app else ("/api/call", self._chat)
        asked = {"engagement": engagement, "origin": origin, "session": session}
        opened = self._post(path, asked, sender)
        return {"engagement": engagement, "origin": origin, **opened}

    def page_answer(self, call: dict[str, Any], flow: str) -> Any:
        """Ask the brand's backend for what the page method answers with."""
        asked = {"flow": flow, "code_challenge": call["code_challenge"]}
        got = self.http.post(
            f"{self._shop}/chat/credential", json=asked, headers={"Origin": self._shop}
        ).json()
        if "redirect_uri" not in got:
            return got.get("credential")
        return {"ssoKey": got["credential"], "redirect_uri": got["redirect_uri"]}

    def app_answer(self, call: dict[str, Any], flow: str) -> Any:
        """Ask the authorization server for the platform's credential, as the app does."""
        redirect_uri = f"{self._app}/sheet"
        code = flow in ("code", "code-pkce")
        asked = {
            "response_type": "code" if code else "id_token",
            "client_id": f"platform-{flow}",
            "redirect_uri": redirect_uri,
            "scope": "openid",
            "state": "the-app-s-own",
            "nonce": "the-app-s-own",
        }
        if call["code_challenge"]:
            asked |= {"code_challenge": call["code_challenge"], "code_challenge_method": "S256"}
        response = self.http.get(f"{self._idp}/authorize", params=asked)
        parts = urlsplit(response.headers["location"])
        answer = dict(parse_qsl(parts.query or parts.fragment))
        if not code:
            return answer.get("id_token")
        return {"ssoKey": answer["code"], "redirect_uri": redirect_uri}

    def page_report(self, call: dict[str, Any], flow: str) -> dict[str, Any]:
        """Ask the brand's backend, and return what the SDK would report of the page method's answer."""
        spec = self._server.seams.now.page_answers
        correct = self.page_answer(call, flow)
        if spec is None:
            return _seen(correct)
        credential = correct["ssoKey"] if isinstance(correct, dict) else correct
        redirect_uri = correct["redirect_uri"] if isinstance(correct, dict) else ""
        credential = _EDITS[spec.edit](str(credential))
        if spec.odd:
            return {**_seen(None), "token_type": spec.odd}
        token = (
            credential if isinstance(correct, str) else {"ssoKey": credential, "redirect_uri": redirect_uri}
        )
        if spec.token is not None:
            token = _filled(spec.token, {"{credential}": credential, "{redirect_uri}": redirect_uri})
        return _seen(token, *spec.errors)

    def identity(self) -> Any:
        """Return what the page's identity function answers under a fault of its own; ``None`` without one."""
        change = self._server.seams.now.identity
        answer = {"iss": self._idp, "acr": "loa1", "sub": customer(self._who).sub}
        return change(answer) if change else None

    def hand_over(self, call: dict[str, Any], token: Any, **changes: Any) -> dict[str, Any]:
        """Pass an answer on as the window does."""
        return self._post("/api/answer", self.handed(call, token, **changes), self._chat)

    def nobody(self, call: dict[str, Any]) -> dict[str, Any]:
        """Let the page say that nobody is logged in, so that the window is a guest's."""
        return self.hand_over(call, None, answer=_seen("", "nobody is logged in"))

    def handed(self, call: dict[str, Any], token: Any, **changes: Any) -> dict[str, Any]:
        """Return the body with which the window passes an answer on."""
        names = ("engagement", "origin", "session", "call_id", "sealed_verifier")
        return {**{name: call[name] for name in names}, "answer": _seen(token), **changes}

    def renew(self, session: str) -> dict[str, Any]:
        """Ask for a renewal, as a window does whose credential has expired."""
        return self._post("/api/renew", {"session": session}, self._chat)

    def start_popup(self, engagement: str) -> str:
        """Open the popup and return the authorization request that it is sent to."""
        return self.open_popup(engagement).url

    def open_popup(self, engagement: str) -> OpenedPopup:
        """Open the popup."""
        name = secrets.token_urlsafe(16)
        started = self.http.get(f"{self._chat}/popup", params={"popup": name, "engagement": engagement})
        return OpenedPopup(name=name, url=str(started.headers["location"]))

    def popup_status(self, name: str) -> None:
        """Listen to how far the popup is until it has ended, as the page does that opened it."""
        url = f"{self._chat}/sdk/popup-status"
        with self.http.stream("GET", url, params={"popup": name}, headers={"Origin": self._shop}) as status:
            for line in status.iter_lines():
                if line in ("data: finished", "data: failed"):
                    return

    def log_out(self) -> None:
        """End the session at the authorization server."""
        self.http.post(f"{self._idp}/logout", headers={"Origin": self._idp})

    def leave_shop(self, popup: str) -> None:
        """Sign out of the shop, whose page tells the SDK of it, as long as it does.

        Args:
            popup: The name of the popup that the page has opened.
        """
        origin = {"Origin": self._shop}
        if self._server.seams.now.page.logs_out:
            self.http.post(f"{self._chat}/sdk/logout", json={"popup": popup}, headers=origin)
        self.http.post(f"{self._shop}/logout", headers=origin)

    def authorize(self, url: str) -> Back:
        """Send the authorization request as a signed-in consumer and return the response on its way back."""
        response = self.http.get(url)
        if response.headers.get("location", "").startswith("/login"):
            response = self._log_in(url, response.headers["location"])
        if response.status_code == 200:
            return self._form(response.text)
        parts = urlsplit(response.headers.get("location", ""))
        mode, encoded = ("fragment", parts.fragment) if parts.fragment else ("query", parts.query)
        return Back(mode=mode, encoded=encoded, path=parts.path)

    def _log_in(self, url: str, login: str) -> httpx2.Response:
        """Fill the login form of the authorization server that ``url`` belongs to, as Alice."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        form = login_form(self.http.get(f"{origin}{login}").text, "alice")
        sent = self.http.post(f"{origin}/login", data=form, headers={"Origin": origin})
        return self.http.get(f"{origin}{sent.headers['location']}")

    def come_back(self, back: Back) -> dict[str, Any]:
        """Arrive at the window with an authorization response."""
        if back.path != "/window":
            self.http.get(f"{self._chat}{back.path}")
            return {}
        if back.mode == "form_post":
            return self.post_form(back)
        return self._post("/api/popup", {"mode": back.mode, "encoded": back.encoded}, self._chat)

    def post_form(
        self, back: Back, *, content_type: str = "application/x-www-form-urlencoded"
    ) -> dict[str, Any]:
        """Arrive at the window by form_post."""
        headers = {"Content-Type": content_type, "Origin": self._idp}
        self.http.post(f"{self._chat}/window", content=back.encoded, headers=headers)
        return self._post("/api/popup", {"mode": "form_post", "encoded": ""}, self._chat)

    def _form(self, page: str) -> Back:
        pairs = [(name, html.unescape(value)) for name, value in _INPUT.findall(page)]
        return Back(mode="form_post", encoded=urlencode(pairs))

    def _post(self, path: str, body: dict[str, Any], origin: str) -> dict[str, Any]:
        response = self.http.post(f"{self._chat}{path}", json=body, headers={"Origin": origin})
        if response.status_code != 200:
            raise HarnessBroken(f"{path} answered {response.status_code}: {response.text[:200]}")
        answered: dict[str, Any] = response.json()
        return answered


_EDITS: Mapping[str, Callable[[str], str]] = {
    "": lambda text: text,
    "bearer": lambda text: f"Bearer {text}",
    "quoted": lambda text: f'"{text}"',
    "newline": lambda text: f"{text}\n",
    "percent": lambda text: text.replace(".", "%2E"),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
}
"""As in ``web/static/brand/page-method/answering.js``."""


def _filled(value: Any, given: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        for name, text in given.items():
            value = value.replace(name, text)
        return value
    if isinstance(value, list | tuple):
        return [_filled(one, given) for one in value]
    if isinstance(value, dict):
        return {name: _filled(one, given) for name, one in value.items()}
    return value
