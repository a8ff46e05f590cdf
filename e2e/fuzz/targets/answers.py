"""Readers of what servers and pages answer: HTTP, token endpoints, discovery, page methods, WebSockets."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from random import Random
from typing import Any, cast

import httpx2
from pydantic import ValidationError
from starlette.websockets import WebSocket

from e2e.fuzz import vary
from e2e.fuzz.model import Read, Target, Vary
from e2e.fuzz.targets.tokens import ISSUER, NOW, platform_key
from harness.clock import ManualClock
from harness.config import Config
from harness.net import client_over
from harness.preflight.asking import Heard
from harness.preflight.skew import judge_clocks
from harness.probing.wire import WireBrowser
from harness.protocol import metadata, strict_json
from harness.protocol.page_method import NotLoggedIn, PageAnswer, check_kind, interpret
from harness.protocol.problem import Refusal
from harness.roles.platform.asked import AnswerCall
from harness.roles.platform.bus import Bus
from harness.roles.platform.conversations import Desk, _listen
from harness.roles.platform.services import Services
from harness.roles.platform.session_tokens import SessionTokens
from harness.store import Store
from harness.verification import contract, discovery, exchange
from harness.verification.contract import NotTheContract
from harness.verification.key_sets import KeySets
from harness.verification.outbound import Answer, Outbound

SECONDS = 5.0
ORIGIN = "https://chat.platform.test"
LIMIT = 256 * 1024

_NAME, _NO_VALUE = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"), re.compile(rb"[\x00\r\n]")

Hear = Callable[[str], Awaitable[None]]


class Wire(httpx2.BaseTransport):
    """Answers every request with one HTTP message: a status line, fields, an empty line, a body."""

    def __init__(self) -> None:
        self.message = b""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer with the message."""
        head, _, body = self.message.partition(b"\n\n")
        status, *fields = head.split(b"\n")
        # What is no field an HTTP parser does not let through (RFC 9112 section 5).
        pairs = [
            (name, value.strip(b" \t"))
            for name, _, value in (one.partition(b":") for one in fields if b":" in one)
            if _NAME.fullmatch(name) and not _NO_VALUE.search(value)
        ]
        code = int(status) if status.isdigit() and len(status) == 3 else 200
        return httpx2.Response(code, headers=pairs, stream=httpx2.ByteStream(body))


def message(*fields: bytes) -> Vary:
    """Return what changes an HTTP message, mostly in its fields and its JSON.

    Args:
        fields: Lines that the reader knows.
    """
    whole = vary.octets(
        *fields, b"application/json", b"gzip", b"Content-Encoding: gzip", b"200", b"302", b"429"
    )
    body = vary.values(
        "id_token", "access_token", "error", "token_type", "expires_in", "keys", "issuer", "jwks_uri"
    )

    def changed(random: Random, seeds: Sequence[bytes]) -> bytes:
        if random.random() < 0.5:
            return whole(random, seeds)
        head, _, rest = random.choice(seeds).partition(b"\n\n")
        if random.random() < 0.6:
            return head + b"\n\n" + body(random, (rest,))
        return whole(random, (head,)) + b"\n\n" + rest

    return changed


def http_answer() -> Read:
    """Take an HTTP answer as each of those who ask does: keys, discovery, exchange, probes."""
    wire, config = Wire(), Config()
    http = client_over(wire, connect=SECONDS, total=SECONDS)
    outbound = Outbound(http, connect=SECONDS)

    def read(octets: bytes) -> str | None:
        wire.message = octets
        answer = outbound.get(f"{ISSUER}/x", limit=LIMIT, total=SECONDS)
        list(judge_clocks([Heard(url=ISSUER, answer=answer, at=NOW)]))
        browser = WireBrowser(outbound, total=SECONDS)
        browser.go(f"{ISSUER}/authorize", lambda url: url.startswith("https://home.test/"))
        refused: Refusal | None = None
        for reader in _readers(http, config, answer):
            try:
                reader()
            except Refusal as refusal:
                refused = refusal
                continue
            return None
        return refused.problem.code if refused else None

    return read


def _readers(http: httpx2.Client, config: Config, answer: Answer) -> Iterator[Any]:
    """Yield those who read an answer; one that takes it is enough."""
    connector = config.connector_for("code").model_copy(
        update={"issuer": ISSUER, "jwks_uri": f"{ISSUER}/jwks"}
    )
    sets = KeySets(http, ManualClock(NOW), config.deadlines)
    yield lambda: exchange.read(answer)
    yield lambda: sets.source(connector).find(None, "RS256")

    def discovered() -> None:
        found = metadata.read(discovery.document(answer), issuer=ISSUER, pkce=True)
        sets.source(connector, learned=found.jwks_uri).find("a", "RS256")

    yield discovered


def page_answer() -> Read:
    """Take what a page answered to the SDK, down to the credential in it."""

    def read(octets: bytes) -> str | None:
        value = strict_json.loads(octets, members=64 * 1024, lone_surrogates=True)
        asked = AnswerCall.model_validate(value)
        answer = asked.answer or PageAnswer(happened="missing")
        for kind in ("code", "id_token"):
            check_kind(interpret(answer).value, response_type=kind, issuer=ISSUER)
        json.dumps([asked.identity, asked.page], ensure_ascii=False).encode()
        return None

    return read


def backend_message() -> Read:
    """Take a message of the verification backend's contract, whichever it is."""
    models = tuple({one for each in contract.OPERATIONS for one in (each.asked, each.given)})

    def read(octets: bytes) -> str | None:
        refused: NotTheContract | None = None
        for model in sorted(models, key=lambda one: one.__name__):
            try:
                contract.written(contract.read(octets, model))
            except NotTheContract as error:
                refused = error
                continue
            return None
        raise refused or NotTheContract("nobody takes it")

    return read


class Quiet:
    """A store in which nothing is kept, and from which nothing comes."""

    def __getattr__(self, _: str) -> Any:
        return self

    def __call__(self, *_: Any, **__: Any) -> None:
        """Return nothing."""

    def messages(self, *_: Any, **__: Any) -> tuple[()]:
        """Return no message."""
        return ()


class Socket(WebSocket):
    """A socket whose other end sends the lines of an input; a line that begins with NUL is a binary frame."""

    def __init__(self, octets: bytes) -> None:
        frames = iter(octets.split(b"\n"))
        opened = iter([{"type": "websocket.connect"}])

        async def receive() -> Any:
            if (first := next(opened, None)) is not None:
                return first
            if (frame := next(frames, None)) is None:
                return {"type": "websocket.disconnect", "code": 1001}
            if frame.startswith(b"\0"):
                return {"type": "websocket.receive", "bytes": frame[1:]}
            return {"type": "websocket.receive", "text": frame.decode("utf-8", "replace")}

        async def send(_: Any) -> None:
            return None

        headers = [(b"origin", ORIGIN.encode())]
        super().__init__({"type": "websocket", "headers": headers, "path": "/"}, receive, send)


class Ear(Desk):
    """The ends of conversations of which only the reading side runs, so that what it raises is seen."""

    def __init__(self) -> None:
        tokens = SessionTokens(issuer=ORIGIN, clock=ManualClock(NOW), key=platform_key("sig"))
        super().__init__(
            store=cast("Store", Quiet()),
            bus=Bus(),
            tokens=tokens,
            window_origin=ORIGIN,
            agent_origin=ORIGIN,
            services=Services(),
        )
        self.heard: list[Any] = []
        self.hello = tokens.issue("a", until=NOW + 60).encode()

    async def _serve(self, socket: WebSocket, hear: Hear, write: Any) -> None:
        await _listen(socket, hear)

    async def _is_known(self, conversation: str) -> bool:
        return True

    async def _say(self, *said: Any) -> None:
        self.heard.append(said)

    async def _settle(self, *asked: Any) -> None:
        self.heard.append(asked)


def frames(*, agent: bool) -> Read:
    """Serve one end of a conversation with the frames of an input."""
    loop = asyncio.new_event_loop()

    def read(octets: bytes) -> str | None:
        desk = Ear()
        socket = Socket(octets.replace(b"HELLO", desk.hello))
        loop.run_until_complete(desk.agent(socket, allowed=True) if agent else desk.consumer(socket))
        return None if desk.heard else "nothing was said"

    return read


_TOKEN_ANSWER = (b"Content-Type: application/json", b"Cache-Control: max-age=", b"Cache-Control: no-store")
_FIELDS = (
    b"Date: Sat, 21 Nov 2026 14:36:49 GMT",
    b"Age: 1",
    b"Retry-After: 1",
    b"Location: https://login.brand.test/",
)
_COOKIES = (
    b"Set-Cookie: a=b; Max-Age=0",
    b"Set-Cookie: a=b, c=d",
    b"Content-Encoding: br",
    b"Content-Length: 5",
)
_ANSWER = (
    "happened",
    "answered",
    "token",
    "token_type",
    "error_given",
    "ssoKey",
    "redirect_uri",
    "identity",
    "page",
)
_FRAME = ("token", "after", "text", "conversation", "plan", "bill", "way", "HELLO")

TARGETS = (
    Target(
        name="http-answer",
        title="HTTP answers: token endpoint, keys, discovery, redirects, cookies, dates",
        prepare=http_answer,
        refuses=(Refusal,),
        vary=message(*_TOKEN_ANSWER, *_FIELDS, *_COOKIES),
    ),
    Target(
        name="page-answer",
        title="what a page method answered, as the window passes it on",
        prepare=page_answer,
        refuses=(strict_json.NotJson, ValidationError, Refusal, NotLoggedIn),
        vary=vary.values(*_ANSWER, "timeout", "string", "object", "a.b.c", "access_denied", ISSUER),
    ),
    Target(
        name="backend-message",
        title="messages of the verification backend's contract",
        prepare=backend_message,
        refuses=(NotTheContract,),
        vary=vary.values(
            *(
                "engagement",
                "surface",
                "connector",
                "mode",
                "origin",
                "session",
                "call_id",
                "answer",
                "problems",
            ),
            *(
                "claims",
                "outcome",
                "code",
                "keys",
                "embedded",
                "strict",
                "authenticated",
                "iss",
                "sub",
                "url",
            ),
        ),
    ),
    Target(
        name="window-frames",
        title="WebSocket frames of a chat window",
        prepare=lambda: frames(agent=False),
        refuses=(),
        vary=vary.lines(vary.values(*_FRAME, unlike=vary.octets(b"\0", b"HELLO"))),
    ),
    Target(
        name="agent-frames",
        title="WebSocket frames of an agent's workspace",
        prepare=lambda: frames(agent=True),
        refuses=(),
        vary=vary.lines(vary.values(*_FRAME, unlike=vary.octets(b"\0"))),
    ),
)
