"""The sample brand: a shop with its own login, and the backend behind its page method."""

from __future__ import annotations

import secrets
from typing import Any, get_args
from urllib.parse import urlencode

import httpx2
from anyio import CapacityLimiter, to_thread
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic import Field as PydanticField
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from harness import sample
from harness.clock import Clock
from harness.config import Config, Connector, Flow, Mode, Surface
from harness.held import Held
from harness.protocol import pkce
from harness.protocol.authorization import (
    ProviderError,
    authorization_url,
    check_issuer,
    credential,
    read_response,
)
from harness.protocol.claims import Expected
from harness.protocol.fingerprint import digest, fingerprint
from harness.protocol.problem import Refusal
from harness.roles import web
from harness.roles.idp.issuer import Grant, Issuer
from harness.roles.seams import Seams
from harness.sample import CUSTOMERS, PLANS, Client, Customer
from harness.store import Store
from harness.verification.exchange import exchange
from harness.verification.key_sets import KeySets
from harness.verification.outbound import Outbound
from harness.verification.pipeline import Rules, Subject, examine

SESSION_SECONDS = 8 * 3600
LOGIN_SECONDS = 600
EXCHANGE_SECONDS = 10.0
"""The shop's own patience with the token endpoint: the configuration's deadlines are the platform's."""

BODY_LIMIT = 4 * 1024


class CredentialRequest(BaseModel):
    """What the page method asks its own backend for."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    flow: Flow
    code_challenge: str | None = PydanticField(default=None, max_length=128)


class Brand:
    """The shop.

    Args:
        config: Host names and the platform's account.
        issuer: The brand's own authentication service, which its backend may ask for credentials.
        store: Sessions and events.
        http: The back channel to the authorization server.
        clock: Gives the time.
        seams: What the page loads as its page method.
    """

    def __init__(
        self,
        *,
        config: Config,
        issuer: Issuer,
        store: Store,
        http: httpx2.Client,
        clock: Clock,
        seams: Held[Seams],
    ) -> None:
        self._config, self._sites = config, config.sites
        self._issuer, self._store, self._clock, self._seams = issuer, store, clock, seams
        self._clients = {client.client_id: client for client in sample.clients(self._sites)}
        self._login_client = self._as_connector(self._clients["brand-web"])
        self._outbound = Outbound(http, connect=config.deadlines.connect)
        self._key_sets = KeySets(http, clock, config.deadlines)
        # A login calls the authorization server, which needs threads of its own: two pools, no deadlock.
        self._threads = CapacityLimiter(16)
        self._pages = web.Pages(
            "brand",
            platform=f"https://{self._sites.platform}",
            idp=f"https://{self._sites.idp}",
            account=config.platform.account,
        )

    def asgi(self) -> Starlette:
        """Return the ASGI application."""
        return Starlette(
            routes=[
                Route("/", self.home),
                Route("/plans/{plan}", self.plan),
                Route("/account", self.account),
                Route("/login", self.login),
                Route("/callback", self.callback),
                Route("/logout", self.logout, methods=["POST"]),
                Route("/go", self.go),
                Route("/worker.js", self.worker),
                Route("/chat/credential", self.chat_credential, methods=["POST"]),
                Route("/chat/redirect", self.chat_redirect),
                web.static("shared", "brand"),
            ],
            # The popup window opens from here, so same-origin alone would sever it from its opener.
            middleware=[web.common_headers(Cross_Origin_Opener_Policy="same-origin-allow-popups")],
            exception_handlers=web.ERRORS,
        )

    def home(self, request: Request) -> Response:
        """Show the shop."""
        return self._page(request, "home.html")

    def plan(self, request: Request) -> Response:
        """Show one of the plans, and the way to order it."""
        plan = next((one for one in PLANS if one.id == request.path_params["plan"]), None)
        if plan is None:
            sentence = "There is no such plan. The shop lists those that there are."
            return self._pages.render("error.html", status=404, sentence=sentence, again="/")
        return self._page(request, "plan.html", plan=plan)

    def account(self, request: Request) -> Response:
        """Show the consumer's account, or the way to sign in."""
        return self._page(request, "account.html")

    def _page(self, request: Request, name: str, **more: Any) -> Response:
        customer = self._signed_in(request)
        page = self._seams.now.page
        if page.plain and request.url.scheme == "https":
            return web.see_other(str(request.url.replace(scheme="http")))
        surface, flow, mode = _chosen(request)
        platform = f"https://{self._sites.platform}"
        csp = {
            "connect-src": f"'self' {platform}",
            "frame-src": platform,
            "form-action": f"'self' https://{self._sites.idp}",
        }
        csp["script-src"] = f"'nonce-{{nonce}}' {platform}"
        changed = {**csp, **page.csp}
        sdk = {"src": f"{platform}/tag/tag.js?account={self._config.platform.account}", **page.sdk}
        server = "{}:{}".format(*request.scope["server"])
        return self._pages.render(
            name,
            csp={directive: sources for directive, sources in changed.items() if sources is not None},
            headers=self._seams.now.page_headers,
            page=page,
            sdk={attribute: value.replace("{server}", server) for attribute, value in sdk.items()},
            customer=customer,
            identity=self._identity(customer),
            surface=surface,
            flow=flow,
            mode=mode,
            surfaces=("embedded", "popup"),
            flows=get_args(Flow),
            page_method=self._seams.now.page_method,
            page_answers=self._seams.now.page_answers,
            plans=PLANS,
            **more,
        )

    def _identity(self, customer: Customer | None) -> Any:
        """Return what the identity function answers (platform contract)."""
        if customer is None:
            return None
        answer = {"iss": self._issuer.url, "acr": "loa1", "sub": customer.sub}
        change = self._seams.now.identity
        return change(answer) if change else answer

    def login(self, request: Request) -> Response:
        """Send the consumer to the authorization server (code flow with PKCE)."""
        state, verifier, nonce = (
            secrets.token_urlsafe(24),
            pkce.new_code_verifier(),
            secrets.token_urlsafe(24),
        )
        waiting = {"state": digest(state), "verifier": verifier, "nonce": nonce}
        ticket = self._store.sessions.open("brand-login", waiting, seconds=LOGIN_SECONDS)
        parameters = {
            "response_type": "code",
            "client_id": self._login_client.client_id,
            "redirect_uri": f"https://{self._sites.brand}/callback",
            "scope": "openid",
            "state": state,
            "nonce": nonce,
            "code_challenge": pkce.s256(verifier),
            "code_challenge_method": pkce.CODE_CHALLENGE_METHOD,
        }
        response = web.see_other(authorization_url(self._login_client.authorization_endpoint, parameters))
        web.set_cookie(response, "brand-login", ticket, seconds=LOGIN_SECONDS)
        return response

    async def callback(self, request: Request) -> Response:
        """Finish the brand's own login: verify the response and the id_token, rotate the session."""
        return await to_thread.run_sync(self._callback, request, limiter=self._threads)

    def _callback(self, request: Request) -> Response:
        ticket = web.cookie(request, "brand-login")
        waiting = self._store.sessions.find("brand-login", ticket)
        self._store.sessions.end("brand-login", ticket)
        try:
            sub = self._verified_subject(request.url.query, waiting)
        except (Refusal, ProviderError) as error:
            code = error.problem.code if isinstance(error, Refusal) else error.code
            self._store.events.append("brand", "login.refused", code=code)
            sentence = "Signing in did not work. Please try again."
            return self._pages.render("error.html", status=400, sentence=sentence, again="/login")
        self._store.sessions.end("brand", web.cookie(request, "brand"))
        session = self._store.sessions.open("brand", {"sub": sub}, seconds=SESSION_SECONDS)
        self._store.events.append("brand", "login.succeeded")
        response = web.see_other("/account")
        web.set_cookie(response, "brand", session, seconds=SESSION_SECONDS)
        web.drop_cookie(response, "brand-login")
        return response

    def _verified_subject(self, query: str, waiting: dict[str, Any] | None) -> str:
        response, connector = read_response(query, mode="query"), self._login_client
        if (
            waiting is None
            or response.state is None
            or not secrets.compare_digest(digest(response.state), waiting["state"])
        ):
            raise Refusal("authz.state_mismatch", expected="the state of this browser", observed="another")
        check_issuer(response, issuer=connector.issuer, required=True)
        code, _ = credential(response, response_type="code")
        redirect_uri = f"https://{self._sites.brand}/callback"
        answer = exchange(
            self._outbound,
            connector,
            code=code,
            redirect_uri=redirect_uri,
            code_verifier=waiting["verifier"],
            total=EXCHANGE_SECONDS,
        )
        expected = Expected(
            issuer=connector.issuer,
            client_id=connector.client_id,
            nonce=waiting["nonce"],
            now=self._clock.now(),
        )
        rules = Rules(keys=self._key_sets.source(connector), expected=expected)
        examined = examine(Subject(token=str(answer.id_token), rules=rules))
        if examined.found:
            problem = examined.found[0].problem
            raise Refusal(problem.code, expected=problem.expected, observed=problem.observed)
        return str(examined.claims["sub"])

    def go(self, request: Request) -> Response:
        """Lead on to wherever it is told, if the shop has such an address."""
        if not self._seams.now.redirector:
            raise HTTPException(404, "There is no such page.")
        return RedirectResponse(request.query_params["to"], 302)

    def worker(self, request: Request) -> Response:
        """Serve the shop's service worker, if it has one."""
        name = self._seams.now.page.worker
        if not name:
            raise HTTPException(404, "There is no such page.")
        script = web.web_root() / "static" / "brand" / "extra" / f"{name}.js"
        return FileResponse(script, media_type="text/javascript", headers={"Cache-Control": "no-cache"})

    def logout(self, request: Request) -> Response:
        """End the shop's session; the authorization server then asks about its own."""
        web.same_origin(request)
        self._store.sessions.end("brand", web.cookie(request, "brand"))
        self._store.events.append("brand", "logout")
        response = web.see_other(f"https://{self._sites.idp}/logout")
        web.drop_cookie(response, "brand")
        return response

    def chat_redirect(self, request: Request) -> Response:
        """Take the response to a page method that asks the authorization endpoint in a frame of the page."""
        return self._pages.render("redirect.html", csp={"frame-ancestors": "'self'"})

    async def chat_credential(self, request: Request) -> Response:
        """Give the page method what it hands to the platform."""
        web.same_origin(request)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            # A form of another site's page can send other types without being asked first.
            raise HTTPException(415, "Send application/json.")
        body = await web.body(request, BODY_LIMIT)
        try:
            asked = CredentialRequest.model_validate_json(body)
        except ValidationError:
            return JSONResponse({"error": "bad request"}, 400)

        def answer() -> Response:
            with self._store.together():
                return self._chat_credential(request, asked)

        return await run_in_threadpool(answer)

    def _chat_credential(self, request: Request, asked: CredentialRequest) -> Response:
        customer = self._signed_in(request)
        headers = {"Cache-Control": "no-store"}
        if customer is None:
            return JSONResponse({"error": "nobody is logged in"}, 401, headers)
        client = self._clients[f"platform-{asked.flow}"]
        auth_time = int(self._clock.now())
        if client.response_types == ("id_token",):
            token = self._issuer.id_token(client, customer, auth_time=auth_time)
            return JSONResponse({"credential": token}, headers=headers)
        if client.require_pkce and not pkce.is_s256_challenge(asked.code_challenge or ""):
            return JSONResponse({"error": "the platform sent no code_challenge"}, 400, headers)
        redirect_uri = sample.page_redirect_uri(self._sites)
        grant = Grant(
            client_id=client.client_id,
            redirect_uri=redirect_uri,
            # The brand lets the platform stay signed in where its client may.
            scope="openid offline_access" if client.offline else "openid",
            sub=customer.sub,
            code_challenge=asked.code_challenge,
            nonce=None,
            auth_time=auth_time,
        )
        code = self._issuer.code(client, grant)
        self._store.events.append("brand", "credential.given", credential=fingerprint(code))
        return JSONResponse({"credential": code, "redirect_uri": redirect_uri}, headers=headers)

    def _signed_in(self, request: Request) -> Customer | None:
        session = self._store.sessions.find("brand", web.cookie(request, "brand"))
        return next((c for c in CUSTOMERS if session and c.sub == session["sub"]), None)

    def _as_connector(self, client: Client) -> Connector:
        """Describe the shop's own login in the words that the relying party's code takes."""
        url = self._issuer.url
        return Connector.model_validate(
            {
                "id": client.client_id,
                "flow": "code-pkce",
                "issuer": url,
                "authorization_endpoint": f"{url}/authorize",
                "token_endpoint": f"{url}/token",
                "jwks_uri": f"{url}/jwks",
                "client_id": client.client_id,
                "client_secret": client.client_secret,
            }
        )


def _chosen(request: Request) -> tuple[Surface, Flow, Mode]:
    """Return which integration the visitor looks at; the page pushes it to the platform as its section."""
    chosen = {"surface": "embedded", "flow": "code-pkce", "mode": "strict"}
    allowed: dict[str, tuple[str, ...]] = {
        "surface": ("embedded", "popup"),
        "flow": get_args(Flow),
        "mode": get_args(Mode),
    }
    for name, values in allowed.items():
        if request.query_params.get(name) in values:
            chosen[name] = request.query_params[name]
    return chosen["surface"], chosen["flow"], chosen["mode"]  # type: ignore[return-value]


def shop_url(config: Config, page: str, *, surface: Surface, flow: Flow, mode: Mode) -> str:
    """Return the shop's page that offers one integration."""
    query = urlencode({"surface": surface, "flow": flow, "mode": mode})
    return f"https://{config.sites.brand}{page}?{query}"
