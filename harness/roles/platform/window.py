"""The platform towards the consumer: SDK, chat window, and the API behind them."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute

from harness import page_methods
from harness.clock import Clock
from harness.config import Config
from harness.protocol.problem import Problem
from harness.roles import web
from harness.roles.platform.asked import AnswerCall, LogOut, OpenWindow, Renew, engagement_named
from harness.roles.platform.bus import Bus
from harness.roles.platform.conversations import Desk
from harness.roles.platform.gate import CrossOrigin, Gate
from harness.roles.platform.habits import PageHabits
from harness.roles.platform.popups import Popups
from harness.roles.platform.reception import WINDOW_SECONDS, Reception
from harness.roles.platform.sdk import script, sdk_url, served
from harness.roles.platform.session_tokens import SessionTokens
from harness.store import Store
from harness.verification.interface import BackendFailed, VerificationBackend

_NO_TOKEN = Problem(
    code="platform.token_required", expected="a credential", observed="an identity that proves nothing"
)


class Window:
    """The consumer's side of the platform.

    Args:
        config: Host names, connectors, the account.
        store: Sessions and popups.
        backend: Gives the verdicts.
        desk: Opens and serves conversations.
        tokens: Issues what a window holds after a verdict.
        bus: Wakes the status channels.
        clock: Tells when a popup has been open for too long.
        habits: What SDK and window do of their own accord.
        engaged: The engagement that a brand's own page has at the moment; the page's section says it when
            ``None``.
    """

    def __init__(
        self,
        *,
        config: Config,
        store: Store,
        backend: VerificationBackend,
        desk: Desk,
        tokens: SessionTokens,
        bus: Bus,
        clock: Clock,
        habits: Callable[[], PageHabits] = PageHabits,
        engaged: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._habits, self._engaged = habits, engaged
        self._config, self._store, self._backend, self._desk = config, store, backend, desk
        self._gate = Gate(store, clock, lambda: habits().gate)
        self._path = urlsplit(config.window_url).path
        self._pages = web.Pages("platform")
        # Verification calls the authorization server, which needs threads of its own: two pools, no deadlock.
        self._threads = web.Threads(16)
        self._reception = Reception(store=store, desk=desk, tokens=tokens, habits=habits)
        self._popups = Popups(
            config=config,
            store=store,
            backend=backend,
            reception=self._reception,
            gate=self._gate,
            bus=bus,
            clock=clock,
            habits=habits,
            threads=self._threads,
        )

    def asgi(self) -> Starlette:
        """Return the ASGI application."""
        brand_pages = Middleware(
            CrossOrigin, origins=self._brand_origins(), habits=lambda: self._habits().gate
        )
        return Starlette(
            routes=[
                Route("/mobile/sdk.js", self.mobile_sdk),
                Mount(
                    "/sdk",
                    routes=[
                        Route("/engagement", self.engagement),
                        Route("/call", self.sdk_call, methods=["POST"]),
                        Route("/popup-status", self._popups.status),
                        Route("/logout", self.log_out, methods=["POST"]),
                    ],
                    middleware=[brand_pages],
                ),
                Route("/popup", self._popups.open),
                Route(self._path, self.window, methods=["GET"]),
                Route(self._path, self._popups.form_post, methods=["POST"]),
                Route(f"{self._path}&{{rest:path}}", self._popups.glued),
                Route("/api/call", self.open_call, methods=["POST"]),
                Route("/api/answer", self.answer, methods=["POST"]),
                Route("/api/popup", self._popups.answer, methods=["POST"]),
                Route("/api/renew", self.renew, methods=["POST"]),
                WebSocketRoute("/ws", self._desk.consumer),
                web.static("shared", "platform"),
                Route("/{path:path}", self.tag),
            ],
            middleware=[web.common_headers(Cross_Origin_Resource_Policy="cross-origin")],
            exception_handlers={
                **web.ERRORS,
                HTTPException: self._gate.refused,
                BackendFailed: _no_verdict,
            },
        )

    def tag(self, request: Request) -> Response:
        """Serve the SDK for web pages under the address that they load it from."""
        if request.url.path.startswith("/api/"):
            raise HTTPException(405, "Send a POST.", {"Allow": "POST"})
        if not fnmatchcase(str(request.url.replace(scheme="https")), sdk_url(self._config)):
            raise HTTPException(404, "There is nothing at this address.")
        if self._config.brand is not None and self._config.brand.sdk.inject:
            # The SDK is in the page already; a tag of the page's own adds nothing.
            return Response("", media_type="text/javascript")
        habits = self._habits()
        if habits.tag is not None:
            return HTMLResponse(habits.tag)
        return script("sdk.js", habits.scripts, served(self._config))

    def mobile_sdk(self, request: Request) -> Response:
        """Serve the mobile SDK's stand-in."""
        return script("mobile-sdk.js", self._habits().scripts)

    def engagement(self, request: Request) -> Response:
        """Tell the SDK which engagement the page's section asks for."""
        section = request.query_params.get("section", "").split(",")
        name = self._engaged() or ".".join(section[:3])
        engagement = engagement_named(self._config, name)
        connector = engagement.connector
        return JSONResponse(
            {
                "engagement": name,
                "surface": engagement.surface,
                **page_methods.told(connector),
                "deadline_ms": connector.callback_deadline * 1000,
                "frame_deadline_ms": self._config.deadlines.frame * 1000,
                "popup_target": self._habits().popup_target,
            },
            headers={"Cache-Control": "no-store"},
        )

    async def sdk_call(self, request: Request) -> Response:
        """Open a call for an app, which needs the challenge before any window is open."""
        self._brand_page(request)
        asked = await self._gate.json(request, OpenWindow)
        if request.headers.get("origin") != asked.origin:
            raise HTTPException(403, "The origin is not the page's own.")
        return web.fresh(await self._open_call(asked))

    async def open_call(self, request: Request) -> Response:
        """Open a call of the page method for a framed window."""
        self._gate.own_page(request)
        opened = await self._open_call(await self._gate.json(request, OpenWindow))
        response = web.fresh(opened)
        if self._habits().session_cookie:
            web.set_cookie(
                response, "session", opened["session"], seconds=WINDOW_SECONDS, form=web.CROSS_SITE
            )
        return response

    async def _open_call(self, asked: OpenWindow) -> dict[str, Any]:
        if asked.origin not in self._brand_origins():
            raise HTTPException(403, "This page is not registered for the account.")
        engagement = engagement_named(self._config, asked.engagement)

        def open_() -> dict[str, Any]:
            visitor = asked.session
            session = self._reception.session_of(visitor) if visitor else ""
            if visitor is None or not session:
                session = self._reception.session()
                visitor = self._reception.visitor(session)
            call = self._backend.open_call(engagement, origin=asked.origin, session=session)
            return {"session": visitor, **vars(call)}

        opened: dict[str, Any] = await self._threads.run(open_)
        return opened

    async def answer(self, request: Request) -> Response:
        """Take what the page method answered, decide, and open the conversation."""
        self._gate.own_page(request)
        asked = await self._gate.json(request, AnswerCall)
        engagement = engagement_named(self._config, asked.engagement)
        if self._habits().session_cookie and web.cookie(request, "session") is None:
            # The window's memory has the session as well.
            self._store.events.append("platform", "cookie.missed", name="__Host-session")

        def decide() -> dict[str, Any]:
            if asked.answer is None:
                return self._refuse(_NO_TOKEN, engagement.surface)
            session = self._reception.session_of(asked.session)
            self._gate.attempt(session)
            verdict = self._backend.answer_call(
                call_id=asked.call_id,
                session=session,
                origin=asked.origin,
                sealed_verifier=asked.sealed_verifier,
                answer=asked.answer,
                identity=asked.identity,
            )
            unverified = {"identity": asked.identity, **asked.page}
            if verdict.outcome == "refused":
                self._gate.failed(session)
            welcome = self._reception.welcome(verdict, engagement.surface, unverified, session=session)
            return {**welcome, "session": self._reception.rotated(asked.session, session, verdict)}

        return web.fresh(await self._threads.run(decide))

    async def renew(self, request: Request) -> Response:
        """Renew an expired sign-in without the page, or say that the page has to be asked."""
        self._gate.own_page(request)
        asked = await self._gate.json(request, Renew)

        def renew() -> dict[str, Any]:
            session = self._reception.session_of(asked.session)
            verdict = self._backend.renew(session=session)
            if verdict is None:
                return {"outcome": None}
            surface = verdict.engagement.surface if verdict.engagement else "embedded"
            return {
                **self._reception.welcome(verdict, surface, {}, session=session),
                "session": asked.session,
            }

        return web.fresh(await self._threads.run(renew))

    async def log_out(self, request: Request) -> Response:
        """End the session of a popup: who is logged out of the brand is not known here any more either."""
        self._brand_page(request)
        asked = await self._gate.json(request, LogOut)

        def end() -> None:
            visitor = (self._store.sessions.find("popup", asked.popup) or {}).get("visitor")
            session = self._reception.session_of(visitor) if visitor else ""
            known = self._store.sessions.find("window", session) or {}
            if "conversation" in known:
                self._desk.end(known["conversation"])
            for kind, name in (("visitor", visitor), ("window", session), ("popup", asked.popup)):
                self._store.sessions.end(kind, name)

        await self._threads.run(end)
        return Response(status_code=204, headers={"Cache-Control": "no-store"})

    def window(self, request: Request) -> Response:
        """Serve the chat window: framed by a brand's page, or the popup that came back."""
        if request.url.scheme == "http":
            return self._popups.over_plain_http()
        habits = self._habits()
        address, goal = str(request.url), request.query_params.get("return_to", "")
        if habits.longest_address is not None and len(address) > habits.longest_address:
            raise HTTPException(habits.too_long, "The address is too long.")
        if goal and habits.leads_to(goal):
            return Response(status_code=303, headers={"Location": goal})
        framed_by = self._brand_origins() if habits.framed_by is None else habits.framed_by
        return self._pages.render(
            "window.html",
            csp={"frame-ancestors": " ".join(framed_by), **habits.csp},
            headers=habits.headers,
            origins=self._brand_origins(),
            weak_scripts=habits.scripts,
        )

    def _refuse(self, problem: Problem, surface: str) -> dict[str, Any]:
        return self._reception.welcome(self._backend.refuse_response(problem), surface, {})

    def _brand_page(self, request: Request) -> None:
        """Refuse what no registered page asks for, before anything is read.

        Raises:
            HTTPException: 403.
        """
        if request.headers.get("origin") not in self._brand_origins():
            raise HTTPException(403, "This page is not registered for the account.")

    def _brand_origins(self) -> list[str]:
        return list(self._config.brand_origins)


def _no_verdict(request: Request, error: Exception) -> Response:
    """Answer for a backend that gave no verdict (RFC 9110 section 15.6.3); the window shows that it broke."""
    return PlainTextResponse("The verification backend gave no verdict.", 502)
