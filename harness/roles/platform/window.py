"""The platform towards the consumer: SDK, chat window, popup, and the API behind them."""

from __future__ import annotations

import functools
import secrets
from collections.abc import AsyncIterator, Callable
from fnmatch import fnmatchcase
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlsplit

import anyio
from anyio import CapacityLimiter, to_thread
from pydantic import BeforeValidator, Field
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute

from harness import page_methods
from harness.clock import Clock
from harness.config import MODES, SURFACES, Config, Connector
from harness.protocol import strict_json
from harness.protocol.authorization import ResponseMode
from harness.protocol.fingerprint import fingerprint
from harness.protocol.page_method import PageAnswer
from harness.protocol.problem import Problem
from harness.roles import web
from harness.roles.platform.bus import Bus, Closed
from harness.roles.platform.conversations import Desk
from harness.roles.platform.gate import Body, CrossOrigin, Gate
from harness.roles.platform.habits import PageHabits
from harness.roles.platform.sdk import script, sdk_url, served
from harness.roles.platform.session_tokens import SessionTokens
from harness.store import Store
from harness.store.conversations import Popup, PopupStatus
from harness.store.news import popup_topic
from harness.verification.decision import Engagement, Verdict, record
from harness.verification.interface import BackendFailed, VerificationBackend

WINDOW_SECONDS = 24 * 3600
HANDOVER_SECONDS = 60

WINDOW_CONFIG = {
    "lpUnifiedWindowConfig": {
        "accountId": "fernhill",
        "campaignId": 3278615814,
        "engagementId": 3278615914,
        "windowId": "1479311314",
        "skin": "fernhill",
        "language": "en-GB",
        "channel": 1,
        "device": "DESKTOP",
        "features": ["history", "secure-sign", "file-sharing", "co-browse", "rich-text"],
        "texts": {
            "title": "Chat with us & get help",
            "greeting": "Hello! “How can we help?” 100% answered, Monday + Tuesday too",
            "offline": "Nobody is here just now. Leave a message, we'll write back within a day; promised.",
            "composer": "Write a message…",
            "privacy": "By chatting you agree to our privacy notice: https://www.brand.test/privacy?from=chat#top",
        },
        "colours": {
            "header": "#4338ca",
            "headerText": "#ffffff",
            "consumer": "#e0e7ff",
            "agent": "#f1f5f9",
            "link": "#3730a3",
            "focus": "#0f172a",
        },
        "layout": {
            "width": 420,
            "height": 680,
            "position": "bottom-right",
            "minimised": False,
            "margin": [16, 16],
            "sound": True,
        },
        "limits": {"attachments": 5, "bytes": 5242880, "idle": 600, "characters": 2000},
    }
}
"""What the platform's state carries: about 1 kB, with everything in it that careless code trips over."""

_NO_TOKEN = Problem(
    code="platform.token_required", expected="a credential", observed="an identity that proves nothing"
)

_NOT_REMEMBERED = Problem(
    code="authz.state_unknown",
    expected="a state that the window remembers",
    observed="a browser in which the window finds nothing of it",
)

_MENDED = BeforeValidator(strict_json.mended)
"""For what is kept and shown: a page may cut a name in the middle of a character."""


class OpenWindow(Body):
    """A framed window, or a mobile SDK, asks for a call; one that resumes names its session."""

    engagement: str = Field(max_length=80)
    origin: str = Field(max_length=300)
    session: str | None = Field(default=None, max_length=100, repr=False)


class AnswerCall(Body):
    """A framed window passes on what the page method, or the app, answered."""

    session: str = Field(max_length=100, repr=False)
    call_id: str = Field(max_length=100, repr=False)
    sealed_verifier: str | None = Field(default=None, max_length=500, repr=False)
    engagement: str = Field(max_length=80)
    origin: str = Field(max_length=300)
    answer: PageAnswer | None = None
    identity: Annotated[Any, _MENDED] = Field(default=None, repr=False)
    page: Annotated[dict[str, Any], _MENDED] = Field(default_factory=dict, repr=False)


class Renew(Body):
    """A window whose credential has expired asks for a renewal."""

    session: str = Field(max_length=100, repr=False)


class LogOut(Body):
    """The SDK says that the consumer has logged out of the page that opened a popup."""

    popup: str = Field(min_length=16, max_length=64, repr=False)


class AnswerPopup(Body):
    """A popup that came back passes on the parameters it came back with."""

    mode: ResponseMode
    encoded: str = Field(max_length=60_000, repr=False)


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
        self._config, self._store, self._backend, self._clock = config, store, backend, clock
        self._desk, self._tokens, self._bus = desk, tokens, bus
        self._gate = Gate(store, clock, lambda: habits().gate)
        self._path = urlsplit(config.window_url).path
        self._pages = web.Pages("platform")
        # Verification calls the authorization server, which needs threads of its own: two pools, no deadlock.
        self._threads = CapacityLimiter(16)

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
                        Route("/popup-status", self.popup_status),
                        Route("/logout", self.log_out, methods=["POST"]),
                    ],
                    middleware=[brand_pages],
                ),
                Route("/popup", self.popup),
                Route(self._path, self.window, methods=["GET"]),
                Route(self._path, self.form_post, methods=["POST"]),
                Route(f"{self._path}&{{rest:path}}", self.glued),
                Route("/api/call", self.open_call, methods=["POST"]),
                Route("/api/answer", self.answer, methods=["POST"]),
                Route("/api/popup", self.answer_popup, methods=["POST"]),
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
        engagement = self._engagement(name)
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
        return _answer(await self._open_call(asked))

    async def open_call(self, request: Request) -> Response:
        """Open a call of the page method for a framed window."""
        self._gate.own_page(request)
        opened = await self._open_call(await self._gate.json(request, OpenWindow))
        response = _answer(opened)
        if self._habits().session_cookie:
            web.set_cookie(
                response, "session", opened["session"], seconds=WINDOW_SECONDS, form=web.CROSS_SITE
            )
        return response

    async def _open_call(self, asked: OpenWindow) -> dict[str, Any]:
        if asked.origin not in self._brand_origins():
            raise HTTPException(403, "This page is not registered for the account.")
        engagement = self._engagement(asked.engagement)

        def open_() -> dict[str, Any]:
            visitor = asked.session
            session = self._session_of(visitor) if visitor else ""
            if visitor is None or not session:
                session = self._store.sessions.open("window", {}, seconds=WINDOW_SECONDS)
                visitor = self._visitor(session)
            call = self._backend.open_call(engagement, origin=asked.origin, session=session)
            return {"session": visitor, **vars(call)}

        opened: dict[str, Any] = await self._in_thread(open_)
        return opened

    async def answer(self, request: Request) -> Response:
        """Take what the page method answered, decide, and open the conversation."""
        self._gate.own_page(request)
        asked = await self._gate.json(request, AnswerCall)
        engagement = self._engagement(asked.engagement)
        if self._habits().session_cookie and web.cookie(request, "session") is None:
            # The window's memory has the session as well.
            self._store.events.append("platform", "cookie.missed", name="__Host-session")

        def decide() -> dict[str, Any]:
            if asked.answer is None:
                return self._refuse(_NO_TOKEN, engagement.surface)
            session = self._session_of(asked.session)
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
            welcome = self._welcome(verdict, engagement.surface, unverified, session=session)
            return {**welcome, "session": self._rotated(asked.session, session, verdict)}

        return _answer(await self._in_thread(decide))

    async def renew(self, request: Request) -> Response:
        """Renew an expired sign-in without the page, or say that the page has to be asked."""
        self._gate.own_page(request)
        asked = await self._gate.json(request, Renew)

        def renew() -> dict[str, Any]:
            session = self._session_of(asked.session)
            verdict = self._backend.renew(session=session)
            if verdict is None:
                return {"outcome": None}
            surface = verdict.engagement.surface if verdict.engagement else "embedded"
            return {**self._welcome(verdict, surface, {}, session=session), "session": asked.session}

        return _answer(await self._in_thread(renew))

    async def log_out(self, request: Request) -> Response:
        """End the session of a popup: who is logged out of the brand is not known here any more either."""
        self._brand_page(request)
        asked = await self._gate.json(request, LogOut)

        def end() -> None:
            visitor = (self._store.sessions.find("popup", asked.popup) or {}).get("visitor")
            session = self._session_of(visitor) if visitor else ""
            known = self._store.sessions.find("window", session) or {}
            if "conversation" in known:
                self._desk.end(known["conversation"])
            for kind, name in (("visitor", visitor), ("window", session), ("popup", asked.popup)):
                self._store.sessions.end(kind, name)

        await self._in_thread(end)
        return Response(status_code=204, headers={"Cache-Control": "no-store"})

    async def popup(self, request: Request) -> Response:
        """Start the popup: bind the browser and send it to the authorization endpoint."""
        popup, engagement = request.query_params.get("popup", ""), request.query_params.get("engagement", "")
        if not 16 <= len(popup) <= 64:
            raise HTTPException(400, "The popup has no id.")
        known = self._engagement(engagement)
        form = self._binding_form(known.connector)
        binding = web.cookie(request, "window", form=form) or secrets.token_urlsafe(32)

        def open_() -> str:
            self._set_popup(popup, "opened")
            try:
                return self._backend.open_popup(
                    known, popup=popup, binding=binding, window_config=WINDOW_CONFIG
                )
            except BackendFailed:
                # The window finds no sign-in to take up there, and says that it is broken.
                self._set_popup(popup, "failed")
                return self._path

        url = await self._in_thread(open_)
        response = web.see_other(url)
        # One cookie for the browser and one for the state: of two popups that start at the same moment, both
        # without a cookie, the later must not take the binding of the earlier (RFC 9700 section 4.7).
        for name in ("window", *_state_cookie(urlsplit(url).query)):
            web.set_cookie(response, name, binding, seconds=self._config.deadlines.state, form=form)
        return response

    def _binding_form(self, connector: Connector) -> web.CookieForm:
        """Return how the binding cookie looks: a response by form_post comes from another site."""
        needed = web.CROSS_SITE if connector.response_mode == "form_post" else web.SAME_SITE
        return self._habits().binding_cookie or needed

    def window(self, request: Request) -> Response:
        """Serve the chat window: framed by a brand's page, or the popup that came back."""
        if request.url.scheme == "http":
            return self._over_plain_http()
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

    def _over_plain_http(self) -> Response:
        """Refuse a response that everybody on the way could read (RFC 9700 section 2.6).

        The browser would take a fragment along to where it is sent, but for a fragment of its own there.
        """
        self._refuse_response("redirect.downgrade", "one over http", expected="a response over https")
        return web.see_other(f"https://{self._config.sites.platform}{self._path}#")

    async def form_post(self, request: Request) -> Response:
        """Take an authorization response by form_post (OAuth 2.0 Form Post Response Mode section 2)."""
        if request.url.scheme == "http":
            refused: Response = await self._in_thread(self._over_plain_http)
            return refused
        encoded = (await self._gate.body(request)).decode("ascii", "replace")
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        work = functools.partial(self._answer_popup, encoded, "form_post", request)
        if kind != "application/x-www-form-urlencoded":
            work = functools.partial(self._refuse_response, "authz.form_post_malformed", kind)
        try:
            welcome = await self._in_thread(work)
        except BackendFailed:
            # The window finds no sign-in to take up there, and says that it is broken.
            return web.see_other(self._path)
        handover = await self._in_thread(
            lambda: self._store.sessions.open("handover", welcome, seconds=HANDOVER_SECONDS)
        )
        response = web.see_other(self._path)
        web.set_cookie(response, "handover", handover, seconds=HANDOVER_SECONDS)
        _drop_state_cookie(response, encoded)
        return response

    async def answer_popup(self, request: Request) -> Response:
        """Take an authorization response that came back in the query or the fragment."""
        self._gate.own_page(request)
        asked = await self._gate.json(request, AnswerPopup)
        if asked.mode == "form_post":
            secret = web.cookie(request, "handover")
            welcome = await self._in_thread(lambda: self._store.sessions.take("handover", secret))
            if welcome is None:
                raise HTTPException(404, "There is no sign-in to take up.")
        else:
            welcome = await self._in_thread(lambda: self._answer_popup(asked.encoded, asked.mode, request))
        response = _answer(welcome)
        web.drop_cookie(response, "handover")
        _drop_state_cookie(response, asked.encoded)
        return response

    def _refuse_response(
        self, code: str, observed: str, *, expected: str = "an authorization response"
    ) -> dict[str, Any]:
        problem = Problem(code=code, expected=expected, observed=observed[:80] or "nothing")
        return self._refuse(problem, "popup")

    def _refuse(self, problem: Problem, surface: str) -> dict[str, Any]:
        return self._welcome(self._backend.refuse_response(problem), surface, {})

    def glued(self, request: Request) -> Response:
        """Take note of a response whose parameters were glued to the redirect URI without a question mark."""
        self._refuse_response("redirect.query_lost", "parameters in the path")
        raise HTTPException(404, "The sign-in came back to an address that does not exist.")

    def _answer_popup(self, encoded: str, mode: ResponseMode, request: Request) -> dict[str, Any]:
        if not self._habits().remembered(request):
            return self._refuse(_NOT_REMEMBERED, "popup")
        session = self._store.sessions.open("window", {}, seconds=WINDOW_SECONDS)
        form = self._habits().binding_cookie or web.SAME_SITE
        held = (web.cookie(request, name, form=form) for name in (*_state_cookie(encoded), "window"))
        binding = next((value for value in held if value), None)
        verdict = self._backend.answer_popup(encoded, mode=mode, binding=binding, session=session)
        engaged = verdict.engagement
        welcome = {
            **self._welcome(verdict, "popup", {}, session=session),
            "session": self._visitor(session),
            "engagement": f"popup.{engaged.connector.id}.{engaged.mode}" if engaged else None,
        }
        if verdict.popup:
            self._store.sessions.keep("popup", verdict.popup, seconds=WINDOW_SECONDS)
            self._store.sessions.merge("popup", verdict.popup, visitor=welcome["session"])
            self._set_popup(verdict.popup, "finished" if verdict.outcome == "authenticated" else "failed")
        return welcome

    async def popup_status(self, request: Request) -> Response:
        """Tell the page how far its popup has come, over the back channel: status only, never who."""
        popup = request.query_params.get("popup", "")

        async def statuses() -> AsyncIterator[ServerSentEvent]:
            last: PopupStatus | None = None
            with self._bus.subscribe(popup_topic(popup)) as subscription:
                while last not in ("finished", "failed"):
                    found = await self._in_thread(lambda: self._store.conversations.popup(popup))
                    if found is not None and found.status != last:
                        last = found.status
                        yield ServerSentEvent(data=found.status, event="status")
                        continue
                    left = self._patience(found)
                    if left <= 0:
                        await self._in_thread(lambda: self._time_out(popup))
                        continue
                    try:
                        with anyio.move_on_after(left):
                            await subscription.changed()
                    except Closed:
                        return

        return EventSourceResponse(statuses())

    def _patience(self, popup: Popup | None) -> float:
        """Return for how many more seconds an open popup may come back."""
        since = popup.at if popup else self._clock.now()
        return since + self._config.deadlines.state - self._clock.now()

    def _time_out(self, popup: str) -> None:
        """Give a popup up that never came back: its state has expired."""
        if self._store.conversations.give_up(popup):
            record(self._store.events, Verdict(flow="", outcome="not_authenticated", code="popup.timeout"))
        self._bus.publish(popup_topic(popup))

    def _set_popup(self, popup: str, status: PopupStatus) -> None:
        self._store.conversations.set_popup(popup, status)
        self._bus.publish(popup_topic(popup))

    def _welcome(
        self, verdict: Verdict, surface: str, unverified: dict[str, Any], *, session: str = ""
    ) -> dict[str, Any]:
        """Open the conversation, or go on with the window's, and return what the window may know."""
        conversation = (self._store.sessions.find("window", session) or {}).get("conversation")
        if conversation is None and verdict.profile is not None and self._habits().shared_history:
            conversation = self._desk.latest_guest()
        if conversation and verdict.flow and self._desk.may_go_on(conversation, profile=verdict.profile):
            self._desk.go_on(conversation, profile=verdict.profile)
        else:
            conversation = self._desk.open(profile=verdict.profile, surface=surface, unverified=unverified)
            self._store.sessions.merge("window", session, conversation=conversation)
        name = " ".join(
            str(verdict.claims[part]) for part in ("given_name", "family_name") if part in verdict.claims
        )
        why = verdict.problems[0].problem.observed if verdict.problems else None
        return {
            **({"reason": why} if self._habits().says_why else {}),
            "outcome": verdict.outcome,
            "name": name or None,
            "reference": verdict.flow,
            "token": self._tokens.issue(conversation, until=verdict.expires_at),
        }

    def _visitor(self, session: str) -> str:
        """Return a new name under which the browser knows a window's session."""
        return self._store.sessions.open("visitor", {"window": session}, seconds=WINDOW_SECONDS)

    def _session_of(self, visitor: str) -> str:
        """Return the window's session behind a name of the browser's; nothing for a name that nobody gave."""
        found = self._store.sessions.find("visitor", visitor)
        return str(found["window"]) if found else ""

    def _rotated(self, visitor: str, session: str, verdict: Verdict) -> str:
        """Return the name from now on: at a login another one, which nobody can have known before it."""
        if verdict.outcome != "authenticated" or self._habits().keeps_session:
            return visitor
        self._store.sessions.end("visitor", visitor)
        return self._visitor(session)

    def _engagement(self, name: str) -> Engagement:
        surface, _, rest = name.partition(".")
        flow, _, mode = rest.partition(".")
        mode = mode or "strict"
        # A connector's id names it; the sample's first ones are called as their flow is.
        connector = next((c for c in self._config.connectors if flow in (c.id, c.flow)), None)
        if surface not in SURFACES or mode not in MODES or connector is None:
            raise HTTPException(404, "There is no such engagement.")
        if not connector.rfc_compliance and mode == "strict":
            raise HTTPException(404, "The older connector version exists in compat only.")
        return Engagement(surface=surface, connector=connector, mode=mode)

    def _brand_page(self, request: Request) -> None:
        """Refuse what no registered page asks for, before anything is read.

        Raises:
            HTTPException: 403.
        """
        if request.headers.get("origin") not in self._brand_origins():
            raise HTTPException(403, "This page is not registered for the account.")

    def _brand_origins(self) -> list[str]:
        return list(self._config.brand_origins)

    async def _in_thread(self, work: Any) -> Any:
        return await to_thread.run_sync(work, limiter=self._threads)


def _state_cookie(encoded: str) -> tuple[str, ...]:
    """Return the name of the cookie that binds the state of a request or response to its browser, if any."""
    state = dict(parse_qsl(encoded)).get("state")
    return (f"window-{fingerprint(state)}",) if state else ()


def _drop_state_cookie(response: Response, encoded: str) -> None:
    for name in _state_cookie(encoded):
        web.drop_cookie(response, name)


def _no_verdict(request: Request, error: Exception) -> Response:
    """Answer for a backend that gave no verdict (RFC 9110 section 15.6.3); the window shows that it broke."""
    return PlainTextResponse("The verification backend gave no verdict.", 502)


def _answer(body: dict[str, Any]) -> JSONResponse:
    return JSONResponse(body, headers={"Cache-Control": "no-store"})
