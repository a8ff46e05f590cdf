"""The authorization server's endpoints and pages."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from authlib.oauth2.rfc6749 import OAuth2Error
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from harness.clock import Clock
from harness.config import Sites
from harness.protocol.fingerprint import fingerprint
from harness.roles import web
from harness.roles.attempts import Attempts
from harness.roles.idp.issuer import Issuer, consumer_claims
from harness.roles.idp.server import SCOPES, IdpRequest, Server
from harness.roles.seams import HttpAnswer, Redirect
from harness.sample import CUSTOMERS, Client, Customer
from harness.store import Store

SESSION_SECONDS = 8 * 3600
LOGIN_SECONDS = 900
FORM_LIMIT = 64 * 1024
_NO_STORE = {"Cache-Control": "no-store"}


class IdpApp:
    """The pages and endpoints of one issuer.

    Args:
        issuer: What is issued.
        clients: Who is registered.
        store: Sessions, consents, events.
        clock: Gives ``auth_time``.
        sites: Names the app whose public client calls the token endpoint from its own origin.
    """

    def __init__(
        self, *, issuer: Issuer, clients: tuple[Client, ...], store: Store, clock: Clock, sites: Sites
    ) -> None:
        self._issuer, self._store, self._clock, self._sites = issuer, store, clock, sites
        self._server = Server(issuer, clients, store, clock)
        self._attempts = Attempts(store, clock, f"password at {issuer.url}")
        self._pages = web.Pages("idp", brand_url=f"https://{sites.brand}/")

    def asgi(self) -> Starlette:
        """Return the ASGI application."""
        app_only = Middleware(
            web.Cors,
            allow_origins=[f"https://{self._sites.app}"],
            allow_methods=["POST", "GET"],
            allow_headers=["Authorization"],
        )
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.discovery),
                Route("/jwks", self.jwks),
                Route("/authorize", self.authorize, methods=["GET", "POST"]),
                Route("/login", self.login_page, methods=["GET"]),
                Route("/login", self.login, methods=["POST"]),
                Route("/consent", self.consent_page, methods=["GET"]),
                Route("/consent", self.consent, methods=["POST"]),
                Route("/logout", self.logout_page, methods=["GET"]),
                Route("/logout", self.logout, methods=["POST"]),
                Route("/token", self.token, methods=["GET", "POST", "OPTIONS"], middleware=[app_only]),
                Route("/userinfo", self.userinfo, methods=["GET", "POST", "OPTIONS"], middleware=[app_only]),
                web.static("shared", "idp"),
            ],
            middleware=[web.common_headers(Cross_Origin_Opener_Policy="unsafe-none")],
            exception_handlers=web.ERRORS,
        )

    async def _in_thread(self, answer: Callable[[Request, str], Response], *asked: Any) -> Response:
        """Answer in a thread, all that is kept of the request in one transaction."""

        def together() -> Response:
            with self._store.together():
                return answer(*asked)

        return await run_in_threadpool(together)

    def _render(self, name: str, **values: Any) -> Response:
        """Render a page with the headers and scripts of a fault, if there is one."""
        seams = self._issuer.seams()
        response = self._pages.render(name, scripts=seams.idp_scripts, **values)
        for header, value in seams.idp_headers.items():
            response.headers[header] = value
        return response

    def discovery(self, request: Request) -> Response:
        """Describe the server (OpenID Connect Discovery section 3)."""
        url = self._issuer.url
        answer = JSONResponse(
            {
                "issuer": url,
                "authorization_endpoint": f"{url}/authorize",
                "token_endpoint": f"{url}/token",
                "userinfo_endpoint": f"{url}/userinfo",
                "jwks_uri": f"{url}/jwks",
                "end_session_endpoint": f"{url}/logout",
                "scopes_supported": list(SCOPES),
                "response_types_supported": ["code", "id_token"],
                "response_modes_supported": ["query", "fragment", "form_post"],
                "grant_types_supported": ["authorization_code", "implicit", "refresh_token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "id_token_encryption_alg_values_supported": ["RSA-OAEP-256"],
                "id_token_encryption_enc_values_supported": ["A128CBC-HS256"],
                "token_endpoint_auth_methods_supported": [
                    "client_secret_basic",
                    "client_secret_post",
                    "none",
                ],
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": True,
                "claims_supported": ["sub", "iss", "aud", "exp", "iat", *consumer_claims(CUSTOMERS[0])],
            }
        )
        plain = HttpAnswer(status=200, headers=dict(answer.headers), body=bytes(answer.body))
        return _response(self._issuer.seams().discovery_answer(plain))

    def jwks(self, request: Request) -> Response:
        """Publish the signing key."""
        return _response(self._issuer.jwks())

    async def authorize(self, request: Request) -> Response:
        """Answer an authorization request (OpenID Connect Core section 3.1.2 and 3.2.2)."""
        if request.method == "POST" and not self._issuer.seams().authorize_post:
            raise HTTPException(405, "This endpoint takes GET only.")
        # A request may come by POST with its parameters in the address all the same, as after a 307.
        encoded = request.url.query or (await _form(request) if request.method == "POST" else "")
        answer = await self._in_thread(self._authorize, request, encoded)
        if origins := self._issuer.seams().lenience.origins:
            answer.headers["Access-Control-Allow-Origin"] = origins
        return answer

    def _authorize(self, request: Request, encoded: str) -> Response:
        asked = _idp_request(request, self._looked_at(encoded))
        customer, auth_time = self._signed_in(request)
        asked.auth_time = auth_time
        data = asked.payload.data
        self._event("authorization.request", client_id=str(asked.payload.client_id)[:80], **_marks(data))
        try:
            grant = self._server.validate(asked, customer)
        except OAuth2Error as error:
            return self._error(asked, error)
        waiting = {
            "encoded": urlencode([p for p in asked.pairs if p[0] != "prompt"]),
            "client": asked.payload.client_id,
        }
        if customer is None or getattr(grant, "prompt", None) == "login":
            return self._ask("login", waiting)
        unasked = not self._may(asked.client.client, customer) or getattr(grant, "prompt", None) == "consent"
        if unasked and asked.client.lenience.consent:
            return self._ask("consent", waiting)
        answer = grant.create_authorization_response(asked.payload.redirect_uri, customer)
        return self._respond(asked, answer)

    def _looked_at(self, encoded: str) -> str:
        """Return the parameters of an authorization request without those that are not looked at."""
        lenience = self._issuer.seams().lenience
        if not (lenience.ignored or lenience.repeated):
            return encoded
        pairs = parse_qsl(encoded, keep_blank_values=True)
        pairs = [(name, value) for name, value in pairs if name not in lenience.ignored]
        return urlencode(list(dict(pairs).items()) if lenience.repeated else pairs)

    def _ask(self, page: str, waiting: dict[str, Any]) -> Response:
        """Keep the request and show a page; the page's form brings the consumer back to it."""
        ticket = self._store.sessions.open(f"idp-{page}", waiting, seconds=LOGIN_SECONDS)
        response = web.see_other(f"/{page}?{urlencode({'ticket': ticket})}")
        # The form is good only in the browser that was sent here, so that nobody can log a stranger in.
        # Each ticket has a cookie of its own: a second popup must not make the first one's form a dead end.
        web.set_cookie(response, _ticket_cookie(page, ticket), ticket, seconds=LOGIN_SECONDS)
        if page == "login" and not self._issuer.seams().lenience.rotated:
            web.set_cookie(response, "idp", secrets.token_urlsafe(32), seconds=LOGIN_SECONDS)
        return response

    def login_page(self, request: Request) -> Response:
        """Show the login form."""
        ticket, waiting = self._ticket(request, "login", request.query_params.get("ticket"))
        if waiting is None:
            return self._dead_end("This sign-in has expired. Go back to the shop and start again.")
        return self._login_form(ticket, waiting)

    def _login_form(
        self, ticket: str, waiting: Mapping[str, Any], *, failed: bool = False, wait: int = 0
    ) -> Response:
        """Show the form: again where the password was wrong, or in ``wait`` seconds (RFC 6585 section 4)."""
        response = self._render(
            "login.html",
            csp=self._form_action(waiting),
            status=429 if wait else 401 if failed else 200,
            ticket=ticket,
            failed=failed,
            wait=wait,
            client_name=self._client(waiting["client"]).client_name,
            repeated=self._repeated(waiting),
        )
        if wait:
            response.headers["Retry-After"] = str(wait)
        return response

    def _repeated(self, waiting: Mapping[str, Any]) -> str:
        """Return what the login page repeats of the request as it is: nothing by rights."""
        asked = dict(parse_qsl(waiting["encoded"]))
        return "".join(asked.get(name, "") for name in self._issuer.seams().lenience.reflected)

    async def login(self, request: Request) -> Response:
        """Check user name and password, rotate the session, and go on with the request."""
        if self._issuer.seams().lenience.guarded:
            web.same_origin(request)
        async with request.form(max_fields=10) as form:
            fields = {name: str(form.get(name, "")) for name in ("ticket", "username", "password")}
        return await run_in_threadpool(self._login, request, fields)

    def _login(self, request: Request, fields: Mapping[str, str]) -> Response:
        ticket, waiting = self._ticket(request, "login", fields["ticket"])
        if waiting is None:
            return self._dead_end("This sign-in has expired. Go back to the shop and start again.")
        # Nor is a right password taken meanwhile: it would tell that it is one.
        if wait := self._attempts.begin(fields["username"]):
            return self._login_form(ticket, waiting, wait=wait)
        customer = next((c for c in CUSTOMERS if c.username == fields["username"]), None)
        expected = customer.password if customer else secrets.token_urlsafe()
        if not secrets.compare_digest(fields["password"].encode(), expected.encode()) or customer is None:
            self._event("login.failed")
            return self._login_form(ticket, waiting, failed=True)
        self._attempts.succeeded(customer.username)
        self._store.sessions.end("idp", web.cookie(request, "idp"))
        self._store.sessions.end("idp-login", ticket)
        data = {"sub": customer.sub, "auth_time": int(self._clock.now())}
        session = self._opened(request, data)
        self._event("login.succeeded")
        response = web.see_other(f"/authorize?{waiting['encoded']}")
        response.status_code = self._issuer.seams().login_status
        web.set_cookie(response, "idp", session, seconds=SESSION_SECONDS)
        web.drop_cookie(response, _ticket_cookie("login", ticket))
        return response

    def _opened(self, request: Request, data: dict[str, Any]) -> str:
        """Open the session of a consumer who has logged in, under an id that nobody has seen before."""
        known = web.cookie(request, "idp")
        if known and not self._issuer.seams().lenience.rotated:
            self._store.sessions.keep("idp", known, seconds=SESSION_SECONDS)
            self._store.sessions.merge("idp", known, **data)
            return known
        return self._store.sessions.open("idp", data, seconds=SESSION_SECONDS)

    def consent_page(self, request: Request) -> Response:
        """Ask whether the client may know the consumer."""
        ticket, waiting = self._ticket(request, "consent", request.query_params.get("ticket"))
        customer, _ = self._signed_in(request)
        if waiting is None or customer is None:
            return self._dead_end("This request has expired. Go back to the shop and start again.")
        return self._render(
            "consent.html",
            csp=self._form_action(waiting),
            ticket=ticket,
            customer=customer,
            client_name=self._client(waiting["client"]).client_name,
        )

    async def consent(self, request: Request) -> Response:
        """Record the consumer's decision and go on with the request."""
        web.same_origin(request)
        async with request.form(max_fields=10) as form:
            fields = {name: str(form.get(name, "")) for name in ("ticket", "decision")}
        return await run_in_threadpool(self._consent, request, fields)

    def _consent(self, request: Request, fields: Mapping[str, str]) -> Response:
        ticket, waiting = self._ticket(request, "consent", fields["ticket"])
        customer, _ = self._signed_in(request)
        if waiting is None or customer is None:
            return self._dead_end("This request has expired. Go back to the shop and start again.")
        self._store.sessions.end("idp-consent", ticket)
        if fields["decision"] == "allow":
            self._store.people.consent(self._issuer.url, customer.sub, waiting["client"])
            return web.see_other(f"/authorize?{waiting['encoded']}")
        asked = _idp_request(request, waiting["encoded"], method="GET")
        return self._respond(asked, {"error": "access_denied"})

    def logout_page(self, request: Request) -> Response:
        """Ask before the session ends: no state changes by GET."""
        customer, _ = self._signed_in(request)
        return self._render("logout.html", customer=customer, csp={"form-action": "'self'"})

    def logout(self, request: Request) -> Response:
        """End the session at the authorization server."""
        web.same_origin(request)
        customer, auth_time = self._signed_in(request)
        self._store.sessions.end("idp", web.cookie(request, "idp"))
        if customer is not None:
            self._event("logout", subject=fingerprint(customer.sub), auth_time=auth_time)
        response = web.see_other("/logout")
        web.drop_cookie(response, "idp")
        return response

    async def token(self, request: Request) -> Response:
        """Answer a token request (RFC 6749 section 4.1.3 and 5)."""
        if request.method != "POST":
            if not self._issuer.seams().lenience.exchange_by_get:
                raise HTTPException(405, "This endpoint takes POST only.", {"Allow": "POST"})
            return await self._in_thread(self._token, request, request.url.query)
        encoded = await _form(request)
        return await self._in_thread(self._token, request, encoded)

    def _token(self, request: Request, encoded: str) -> Response:
        asked = _idp_request(request, encoded, method="POST")
        code = asked.payload.data.get("code", "")
        repeated = len(asked.pairs) != len(asked.payload.data)
        if repeated or (request.url.query and request.method == "POST"):
            status, body, headers = 400, {"error": "invalid_request"}, dict[str, str]()
        else:
            status, body, headers = self._server.create_token_response(asked)
        body = {**body, **self._echo(asked, body)}
        reason = {"reason": asked.refusal or body["error"]} if "error" in body else {}
        self._event(
            "token.refused" if reason else "token.issued",
            credential=fingerprint(code),
            error=body.get("error"),
            **reason,
        )
        answer = JSONResponse(body, status, {**headers, **_NO_STORE, "Pragma": "no-cache"})
        seams = self._issuer.seams_of(asked.client)
        return _response(
            seams.token_answer(
                HttpAnswer(status=status, headers=dict(answer.headers), body=bytes(answer.body))
            )
        )

    def _echo(self, asked: IdpRequest, body: Mapping[str, Any]) -> dict[str, str]:
        """Return a description of an error that repeats what was sent: nothing by rights."""
        form = asked.payload.data
        told = [form[name] for name in self._issuer.seams().lenience.echoed if name in form]
        return {"error_description": f"cannot use {' '.join(told)}"} if "error" in body and told else {}

    def userinfo(self, request: Request) -> Response:
        """Return the consumer's claims to the holder of an access token (OpenID Connect Core section 5.3)."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        grant = self._server.access(token) if scheme.lower() == "bearer" else None
        if grant is None:
            challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"', **_NO_STORE}
            return JSONResponse({"error": "invalid_token"}, 401, challenge)
        customer = next(c for c in CUSTOMERS if c.sub == grant["sub"])
        answer = JSONResponse({"sub": customer.sub, **consumer_claims(customer)}, headers=_NO_STORE)
        seams = self._issuer.seams_of(self._server.query_client(grant["client_id"]))
        return _response(
            seams.userinfo_answer(
                HttpAnswer(status=200, headers=dict(answer.headers), body=bytes(answer.body))
            )
        )

    def _respond(self, asked: IdpRequest, answer: Mapping[str, str]) -> Response:
        """Send an authorization response to its redirect URI, in the response mode that was asked for."""
        redirect_uri, data = asked.payload.redirect_uri, asked.payload.data
        parameters = {**answer, "iss": self._issuer.url}
        if data.get("state"):
            parameters["state"] = data["state"]
        mode = data.get("response_mode") or ("query" if asked.payload.response_type == "code" else "fragment")
        client = self._server.query_client(asked.payload.client_id)
        sent = self._issuer.seams_of(client).redirect(
            Redirect(parameters=tuple(parameters.items()), mode=mode)
        )
        mode = sent.mode
        self._event("authorization.response", mode=mode, error=answer.get("error"), **_marks(data))
        if mode == "form_post":
            target = f"{_origin(redirect_uri)}"
            return self._render(
                "form_post.html", csp={"form-action": target}, action=redirect_uri, parameters=sent.parameters
            )
        glued = mode == "glued" or urlsplit(redirect_uri).query != ""
        separator = "#" if mode == "fragment" else "&" if glued else "?"
        goal = f"{self._issuer.url}/authorize?{urlencode(asked.pairs)}" if sent.again else redirect_uri
        goal = sent.through + quote(goal, safe="") if sent.through else goal
        target = goal if sent.again else f"{goal}{separator}{urlencode(sent.parameters)}"
        if sent.plain:
            target = target.replace("https:", "http:", 1)
        if sent.page:
            return self._render("going_on.html", by=sent.page, target=target)
        return RedirectResponse(target, sent.status, _NO_STORE)

    def _error(self, asked: IdpRequest, error: OAuth2Error) -> Response:
        """Redirect an error where client and redirect URI are good, else show it (RFC 6749 4.1.2.1)."""
        client = self._server.query_client(asked.payload.client_id)
        marks, repeated = _marks(asked.payload.data), len(asked.pairs) != len(asked.payload.data)
        if repeated or client is None or not client.check_redirect_uri(asked.payload.redirect_uri):
            self._event("authorization.refused", error=error.error, reason=asked.refusal, shown=True, **marks)
            if self._issuer.seams().lenience.errors and asked.payload.redirect_uri:
                return self._respond(asked, {"error": error.error})
            if asked.refusal == "client" and self._issuer.seams().unknown_client == "redirected":
                return self._respond(asked, {"error": "unauthorized_client"})
            return self._dead_end("This application asked for a sign-in in a way that is not allowed.")
        self._event("authorization.refused", error=error.error, reason=asked.refusal, shown=False, **marks)
        return self._respond(asked, {"error": error.error})

    def _dead_end(self, sentence: str) -> Response:
        return self._render("error.html", status=400, sentence=sentence)

    def _ticket(self, request: Request, page: str, ticket: str | None) -> tuple[str, dict[str, Any] | None]:
        """Return a waiting request, if the ticket belongs to this browser."""
        held = web.cookie(request, _ticket_cookie(page, ticket or "")) or ""
        if ticket and not self._issuer.seams().lenience.guarded:
            held = ticket
        if not ticket or not secrets.compare_digest(ticket.encode(), held.encode()):
            return "", None
        return ticket, self._store.sessions.find(f"idp-{page}", ticket)

    def _form_action(self, waiting: Mapping[str, Any]) -> dict[str, str]:
        # Chromium holds the whole redirect chain after a form's POST against form-action, so the target of
        # the authorization response has to be listed beside 'self'.
        targets = {_origin(uri) for uri in self._client(waiting["client"]).redirect_uris}
        return {"form-action": " ".join(["'self'", *sorted(targets)])}

    def _client(self, client_id: str) -> Client:
        client = self._server.query_client(client_id)
        assert client is not None, "a waiting request was validated"
        return client.client

    def _may(self, client: Client, customer: Customer) -> bool:
        return (
            client.first_party
            or customer.consented
            or self._store.people.has_consented(self._issuer.url, customer.sub, client.client_id)
        )

    def _signed_in(self, request: Request) -> tuple[Customer | None, int]:
        session = self._store.sessions.find("idp", web.cookie(request, "idp"))
        if session is None:
            return None, 0
        return next(c for c in CUSTOMERS if c.sub == session["sub"]), session["auth_time"]

    def _event(self, type_: str, **data: Any) -> None:
        self._store.events.append("idp", type_, issuer=self._issuer.url, **data)


def _marks(data: Mapping[str, str]) -> dict[str, str]:
    """Return the fingerprints by which a request is found again on the timeline."""
    return {name: fingerprint(data[name]) for name in ("state", "nonce", "code_challenge") if data.get(name)}


def _response(answer: HttpAnswer) -> Response:
    headers = {name: value for name, value in answer.headers.items() if name.lower() != "content-length"}
    if not (answer.wait or answer.pace):
        return Response(answer.body, answer.status, headers)

    async def slowly() -> AsyncIterator[bytes]:
        await asyncio.sleep(answer.wait)
        for octet in answer.body:
            yield bytes((octet,))
            await asyncio.sleep(answer.pace)

    return StreamingResponse(slowly(), answer.status, headers)


def _ticket_cookie(page: str, ticket: str) -> str:
    return f"idp-{page}-{fingerprint(ticket)}"


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _idp_request(request: Request, encoded: str, *, method: str | None = None) -> IdpRequest:
    return IdpRequest(method or request.method, str(request.url), request.headers, encoded)


async def _form(request: Request) -> str:
    """Return a form as it was sent, refusing other content types and large bodies."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(415, "Send application/x-www-form-urlencoded.")
    body = await web.body(request, FORM_LIMIT)
    try:
        return body.decode("ascii")
    except UnicodeDecodeError:
        raise HTTPException(400, "The form is not URL-encoded.") from None
