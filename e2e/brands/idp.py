"""A small strict OpenID provider: authorization endpoint with its login, token endpoint, keys, logout."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from . import pages
from .clients import Client, TokenError, authenticate
from .grants import Grants
from .people import People, Person
from .sessions import Cookie, Sessions
from .tokens import LIFETIME_SECONDS, Signer

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, kw_only=True)
class Mistakes:
    """What the authorization server of a broken twin does wrong; nothing by default.

    Attributes:
        drops_state: The response has no ``state``.
        drops_nonce: The id_token has no ``nonce``.
        glues: Parameters are appended to the redirect URI with ``&``, whatever stands there.
        form_action_self: The login page lets its form lead to its own site only.
        framable: The login page may be framed by anybody.
        takes_any_beginning: A redirect URI has only to begin as a registered one does.
        compares_path_only: Of a redirect URI only the path is compared.
        takes_plain: The PKCE method plain is taken.
        keeps_codes: A code stays good after it was exchanged.
        ignores_verifier: Nobody looks at ``code_verifier``.
        ignores_redirect_uri: Nobody looks at the ``redirect_uri`` of an exchange.
        ignores_secret: A client that leaves its secret out is taken for itself.
        cacheable: The token endpoint says nothing of caches.
        counts_codes: Codes are numbers, one after the other.
    """

    drops_state: bool = False
    drops_nonce: bool = False
    glues: bool = False
    form_action_self: bool = False
    framable: bool = False
    takes_any_beginning: bool = False
    compares_path_only: bool = False
    takes_plain: bool = False
    keeps_codes: bool = False
    ignores_verifier: bool = False
    ignores_redirect_uri: bool = False
    ignores_secret: bool = False
    cacheable: bool = False
    counts_codes: bool = False


class AuthorizationError(Exception):
    """A refusal that the client is told by a redirect (RFC 6749 section 4.1.2.1)."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error, self.description = error, description


class Idp:
    """An authorization server.

    Args:
        name: What its pages call it.
        signer: Issuer and key.
        people: Who can sign in.
        clients: Who is registered.
        cookie: The cookie of its sessions.
        returns: Pages of the brand to which login and logout may lead; the first one by default.
        publishes_keys: Whether it has a JWK Set.
        mistakes: What is broken.
    """

    def __init__(
        self,
        *,
        name: str,
        signer: Signer,
        people: People,
        clients: Iterable[Client],
        cookie: Cookie,
        returns: tuple[str, ...],
        publishes_keys: bool = True,
        mistakes: Mistakes | None = None,
    ) -> None:
        self._name, self._signer, self._people = name, signer, people
        self._clients = {client.client_id: client for client in clients}
        self._returns, self._publishes_keys = returns, publishes_keys
        self._mistakes = mistakes or Mistakes()
        self._grants = Grants(
            keeps=self._mistakes.keeps_codes,
            counts=self._mistakes.counts_codes,
            ignores_verifier=self._mistakes.ignores_verifier,
            ignores_redirect_uri=self._mistakes.ignores_redirect_uri,
        )
        self.sessions: Sessions[Person] = Sessions(cookie)

    def asgi(self, *further: Route) -> Starlette:
        """Return the ASGI application, with further routes that a brand's own has."""
        routes = [
            Route("/authorize", self._authorize, methods=["GET", "POST"]),
            Route("/login", self._login_page, methods=["GET"]),
            Route("/login", self._login, methods=["POST"]),
            Route("/logout", self._logout_page, methods=["GET"]),
            Route("/logout", self._logout, methods=["POST"]),
            Route("/token", self._token, methods=["POST"]),
        ]
        if self._publishes_keys:
            routes.append(Route("/jwks", self._jwks))
        return Starlette(routes=[*routes, *further], exception_handlers={HTTPException: pages.plain_error})

    def code_for(self, person: Person, **asked: str) -> str:
        """Issue a code to the brand's own backend, which knows who is signed in there.

        Raises:
            AuthorizationError: By the same rules as at the authorization endpoint.
        """
        client = self._client(asked)
        self._check(client, asked)
        return self._grants.issue(client, person, asked)

    async def _authorize(self, request: Request) -> Response:
        """Answer an authorization request (OpenID Connect Core sections 3.1.2 and 3.2.2)."""
        encoded = request.url.query if request.method == "GET" else (await request.body()).decode()
        pairs = parse_qsl(encoded, keep_blank_values=True)
        asked = dict(pairs)
        client = self._client(asked)
        try:
            if len(asked) < len(pairs):
                raise AuthorizationError("invalid_request", "a parameter is repeated")
            self._check(client, asked)
            person = self.sessions.of(request)
            if person is None and asked.get("prompt") == "none":
                raise AuthorizationError("login_required", "nobody is signed in")
            if asked.get("prompt") == "consent":
                raise AuthorizationError("consent_required", "this server has no page to ask on")
        except AuthorizationError as error:
            told = {"error": error.error, "error_description": error.description}
            return self._respond(client, asked, told)
        if person is None:
            return self._form(goes_on=f"/authorize?{urlencode(asked)}")
        return self._respond(client, asked, self._credential(client, asked, person))

    def _client(self, asked: Mapping[str, str]) -> Client:
        """Return the client of a request; where it or its redirect URI is wrong, nobody is redirected."""
        client = self._clients.get(asked.get("client_id", ""))
        if client is None:
            raise HTTPException(400, "This application is not registered here.")
        if not self._is_registered(client, asked.get("redirect_uri", "")):
            raise HTTPException(400, "This redirect URI is not registered for this application.")
        return client

    def _is_registered(self, client: Client, redirect_uri: str) -> bool:
        if self._mistakes.takes_any_beginning:
            return redirect_uri.startswith(client.redirect_uris)
        if self._mistakes.compares_path_only:
            return urlsplit(redirect_uri).path in {urlsplit(one).path for one in client.redirect_uris}
        return redirect_uri in client.redirect_uris

    def _check(self, client: Client, asked: Mapping[str, str]) -> None:
        """Hold a request against its client; raises :class:`AuthorizationError` where it is wrong."""
        _check(client, asked, methods=("S256", "plain") if self._mistakes.takes_plain else ("S256",))

    def _credential(self, client: Client, asked: Mapping[str, str], person: Person) -> dict[str, str]:
        if client.response_type == "code":
            return {"code": self._grants.issue(client, person, asked)}
        return {"id_token": self.id_token(person, client.client_id, asked.get("nonce"))}

    def id_token(self, person: Person, client_id: str, nonce: str | None = None) -> str:
        """Sign an id_token for a client."""
        return self._signer.id_token(person, client_id, nonce=None if self._mistakes.drops_nonce else nonce)

    def _respond(self, client: Client, asked: Mapping[str, str], response: dict[str, str]) -> Response:
        if "state" in asked and not self._mistakes.drops_state:
            response["state"] = asked["state"]
        mark = "?" if client.response_type == "code" else "#"
        joint = "&" if self._mistakes.glues else mark
        url = f"{asked['redirect_uri']}{joint}{urlencode(response)}"
        return RedirectResponse(url, 303, headers={**pages.NO_STORE, "Referrer-Policy": "no-referrer"})

    async def _login_page(self, request: Request) -> Response:
        """Show the login to somebody whom the brand's site has sent here."""
        goes_on = self._return(request, "return_to")
        if self.sessions.of(request) is not None:
            return pages.see_other(goes_on)
        return self._form(goes_on=goes_on)

    async def _login(self, request: Request) -> Response:
        """Check user name and password, and go on where the consumer came from."""
        goes_on, username, password = await pages.own_form(request, "goes_on", "username", "password")
        if not goes_on.startswith("/authorize?") and goes_on not in self._returns:
            raise HTTPException(400, "This address is not one of ours.")
        person = self._people.check(username, password)
        if person is None:
            return self._form(goes_on=goes_on, failed=True)
        response = pages.see_other(goes_on)
        self.sessions.begin(response, person)
        return response

    def _form(self, *, goes_on: str, failed: bool = False) -> Response:
        headers = {"Content-Security-Policy": self._policy()}
        return pages.page(
            "idp/login.html",
            headers=headers,
            status=401 if failed else 200,
            title=self._name,
            goes_on=goes_on,
            failed=failed,
        )

    def _policy(self) -> str:
        """Return the policy of a login page: Chromium holds a form's redirects against ``form-action``."""
        targets = [uri for client in self._clients.values() for uri in client.redirect_uris]
        goals = sorted(
            {"{0.scheme}://{0.netloc}".format(urlsplit(uri)) for uri in (*targets, *self._returns)}
        )
        form_action = " ".join(["'self'", *([] if self._mistakes.form_action_self else goals)])
        policy = f"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action {form_action}"
        return policy if self._mistakes.framable else f"{policy}; frame-ancestors 'none'"

    async def _logout_page(self, request: Request) -> Response:
        """Ask before the session ends."""
        headers = {"Content-Security-Policy": self._policy()}
        returns = self._return(request, "post_logout_redirect_uri")
        return pages.page("idp/logout.html", headers=headers, title=self._name, returns=returns)

    async def _logout(self, request: Request) -> Response:
        """End the session and go back to the brand's site."""
        (returns,) = await pages.own_form(request, "returns")
        if returns not in self._returns:
            raise HTTPException(400, "This address is not one of ours.")
        response = pages.see_other(returns)
        self.sessions.end(request, response)
        return response

    def _return(self, request: Request, name: str) -> str:
        url = request.query_params.get(name, self._returns[0])
        if url not in self._returns:
            raise HTTPException(400, "This address is not one of ours.")
        return url

    async def _token(self, request: Request) -> Response:
        """Exchange a code (RFC 6749 section 4.1.3, OpenID Connect Core section 3.1.3)."""
        try:
            form = await _form_fields(request)
            client = self._authenticated(request.headers.get("authorization"), form)
            grant = self._grants.take(client, form)
        except TokenError as error:
            body = {"error": error.error, "error_description": error.description}
            challenge = {"WWW-Authenticate": 'Basic realm="token"'} if error.status == 401 else {}
            return JSONResponse(body, error.status, headers={**pages.NO_STORE, **challenge})
        return JSONResponse(
            {
                "access_token": secrets.token_urlsafe(),
                "token_type": "Bearer",
                "expires_in": LIFETIME_SECONDS,
                "id_token": self.id_token(grant.person, client.client_id, grant.nonce),
            },
            headers={} if self._mistakes.cacheable else pages.NO_STORE,
        )

    def _authenticated(self, authorization: str | None, form: Mapping[str, str]) -> Client:
        named = self._clients.get(form.get("client_id", ""))
        if self._mistakes.ignores_secret and authorization is None and named is not None:
            return named
        return authenticate(self._clients, authorization, form)

    async def _jwks(self, request: Request) -> Response:
        """Publish the key."""
        return JSONResponse(self._signer.jwks())


def other_secret(client: Client) -> Client:
    """Return a client whose secret somebody has changed at the authorization server alone."""
    return replace(client, secret=secrets.token_urlsafe())


def _check(client: Client, asked: Mapping[str, str], *, methods: tuple[str, ...]) -> None:
    """Hold a request against its client; parameters that are not known are let be (RFC 6749 section 3.1).

    Args:
        client: The client.
        asked: The request.
        methods: The PKCE methods that are taken.

    Raises:
        AuthorizationError: Where it is not as it must be.
    """
    if asked.get("response_type") != client.response_type:
        raise AuthorizationError("unsupported_response_type", f"this client takes {client.response_type}")
    if "openid" not in asked.get("scope", "").split():
        raise AuthorizationError("invalid_scope", "scope has to contain openid")
    if client.response_type == "id_token" and not asked.get("nonce"):
        raise AuthorizationError("invalid_request", "an id_token is not given without a nonce")
    if client.require_pkce and "code_challenge" not in asked:
        raise AuthorizationError("invalid_request", "code_challenge is needed")
    if "code_challenge" in asked and (
        asked.get("code_challenge_method") not in methods or not _CHALLENGE.fullmatch(asked["code_challenge"])
    ):
        raise AuthorizationError("invalid_request", "code_challenge has to be of the method S256")


async def _form_fields(request: Request) -> dict[str, str]:
    """Read a token request, each parameter once."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise TokenError("invalid_request", "the body has to be form-encoded")
    pairs = parse_qsl((await request.body()).decode(), keep_blank_values=True)
    if len(dict(pairs)) < len(pairs):
        raise TokenError("invalid_request", "a parameter is repeated")
    return dict(pairs)
