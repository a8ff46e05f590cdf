"""The popup: it leaves for the authorization endpoint from here, and comes back with a response."""

from __future__ import annotations

import functools
import secrets
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import anyio
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from harness.clock import Clock
from harness.config import Config, Connector
from harness.protocol.authorization import ResponseMode
from harness.protocol.fingerprint import fingerprint
from harness.protocol.problem import Problem
from harness.roles import web
from harness.roles.platform.asked import AnswerPopup, engagement_named
from harness.roles.platform.bus import Bus, Closed
from harness.roles.platform.gate import Gate
from harness.roles.platform.habits import PageHabits
from harness.roles.platform.reception import WINDOW_SECONDS, Reception
from harness.store import Store
from harness.store.conversations import Popup, PopupStatus
from harness.store.news import popup_topic
from harness.verification.decision import Verdict, record
from harness.verification.interface import BackendFailed, VerificationBackend

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

_NOT_REMEMBERED = Problem(
    code="authz.state_unknown",
    expected="a state that the window remembers",
    observed="a browser in which the window finds nothing of it",
)


class Popups:
    """Popups on their way to the authorization server and back.

    Args:
        config: Host names, connectors, deadlines.
        store: Sessions and popups.
        backend: Gives the verdicts.
        reception: Receives who came back.
        gate: Lets requests in.
        bus: Wakes the status channels.
        clock: Tells when a popup has been open for too long.
        habits: What the platform does of its own accord.
        threads: What waits for others waits there.
    """

    def __init__(
        self,
        *,
        config: Config,
        store: Store,
        backend: VerificationBackend,
        reception: Reception,
        gate: Gate,
        bus: Bus,
        clock: Clock,
        habits: Callable[[], PageHabits],
        threads: web.Threads,
    ) -> None:
        self._config, self._store, self._backend, self._clock = config, store, backend, clock
        self._reception, self._gate, self._bus, self._habits = reception, gate, bus, habits
        self._threads = threads
        self._path = urlsplit(config.window_url).path

    async def open(self, request: Request) -> Response:
        """Start the popup: bind the browser and send it to the authorization endpoint."""
        popup, engagement = request.query_params.get("popup", ""), request.query_params.get("engagement", "")
        if not 16 <= len(popup) <= 64:
            raise HTTPException(400, "The popup has no id.")
        known = engagement_named(self._config, engagement)
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

        url = await self._threads.run(open_)
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

    def over_plain_http(self) -> Response:
        """Refuse a response that everybody on the way could read (RFC 9700 section 2.6).

        The browser would take a fragment along to where it is sent, but for a fragment of its own there.
        """
        self._refuse_response("redirect.downgrade", "one over http", expected="a response over https")
        return web.see_other(f"https://{self._config.sites.platform}{self._path}#")

    async def form_post(self, request: Request) -> Response:
        """Take an authorization response by form_post (OAuth 2.0 Form Post Response Mode section 2)."""
        if request.url.scheme == "http":
            refused: Response = await self._threads.run(self.over_plain_http)
            return refused
        encoded = (await self._gate.body(request)).decode("ascii", "replace")
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        work = functools.partial(self._decided, encoded, "form_post", request)
        if kind != "application/x-www-form-urlencoded":
            work = functools.partial(self._refuse_response, "authz.form_post_malformed", kind)
        try:
            welcome = await self._threads.run(work)
        except BackendFailed:
            # The window finds no sign-in to take up there, and says that it is broken.
            return web.see_other(self._path)
        handover = await self._threads.run(
            lambda: self._store.sessions.open("handover", welcome, seconds=HANDOVER_SECONDS)
        )
        response = web.see_other(self._path)
        web.set_cookie(response, "handover", handover, seconds=HANDOVER_SECONDS)
        _drop_state_cookie(response, encoded)
        return response

    async def answer(self, request: Request) -> Response:
        """Take an authorization response that came back in the query or the fragment."""
        self._gate.own_page(request)
        asked = await self._gate.json(request, AnswerPopup)
        if asked.mode == "form_post":
            secret = web.cookie(request, "handover")
            welcome = await self._threads.run(lambda: self._store.sessions.take("handover", secret))
            if welcome is None:
                raise HTTPException(404, "There is no sign-in to take up.")
        else:
            welcome = await self._threads.run(lambda: self._decided(asked.encoded, asked.mode, request))
        response = web.fresh(welcome)
        web.drop_cookie(response, "handover")
        _drop_state_cookie(response, asked.encoded)
        return response

    def glued(self, request: Request) -> Response:
        """Take note of a response whose parameters were glued to the redirect URI without a question mark."""
        self._refuse_response("redirect.query_lost", "parameters in the path")
        raise HTTPException(404, "The sign-in came back to an address that does not exist.")

    async def status(self, request: Request) -> Response:
        """Tell the page how far its popup has come, over the back channel: status only, never who."""
        popup = request.query_params.get("popup", "")

        async def statuses() -> AsyncIterator[ServerSentEvent]:
            last: PopupStatus | None = None
            with self._bus.subscribe(popup_topic(popup)) as subscription:
                while last not in ("finished", "failed"):
                    found = await self._threads.run(lambda: self._store.conversations.popup(popup))
                    if found is not None and found.status != last:
                        last = found.status
                        yield ServerSentEvent(data=found.status, event="status")
                        continue
                    left = self._patience(found)
                    if left <= 0:
                        await self._threads.run(lambda: self._time_out(popup))
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

    def _decided(self, encoded: str, mode: ResponseMode, request: Request) -> dict[str, Any]:
        if not self._habits().remembered(request):
            return self._refuse(_NOT_REMEMBERED)
        session = self._reception.session()
        form = self._habits().binding_cookie or web.SAME_SITE
        held = (web.cookie(request, name, form=form) for name in (*_state_cookie(encoded), "window"))
        binding = next((value for value in held if value), None)
        verdict = self._backend.answer_popup(encoded, mode=mode, binding=binding, session=session)
        engaged = verdict.engagement
        welcome = {
            **self._reception.welcome(verdict, "popup", {}, session=session),
            "session": self._reception.visitor(session),
            "engagement": f"popup.{engaged.connector.id}.{engaged.mode}" if engaged else None,
        }
        if verdict.popup:
            self._store.sessions.keep("popup", verdict.popup, seconds=WINDOW_SECONDS)
            self._store.sessions.merge("popup", verdict.popup, visitor=welcome["session"])
            self._set_popup(verdict.popup, "finished" if verdict.outcome == "authenticated" else "failed")
        return welcome

    def _refuse_response(
        self, code: str, observed: str, *, expected: str = "an authorization response"
    ) -> dict[str, Any]:
        problem = Problem(code=code, expected=expected, observed=observed[:80] or "nothing")
        return self._refuse(problem)

    def _refuse(self, problem: Problem) -> dict[str, Any]:
        return self._reception.welcome(self._backend.refuse_response(problem), "popup", {})


def _state_cookie(encoded: str) -> tuple[str, ...]:
    """Return the name of the cookie that binds the state of a request or response to its browser, if any."""
    state = dict(parse_qsl(encoded)).get("state")
    return (f"window-{fingerprint(state)}",) if state else ()


def _drop_state_cookie(response: Response, encoded: str) -> None:
    for name in _state_cookie(encoded):
        web.drop_cookie(response, name)
