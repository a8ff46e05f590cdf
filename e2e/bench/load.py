"""(g) Sign-ins while 500 conversations go on and bad tokens come in one after the other.

Guests talk over WebSockets, each as often as a person types; strangers hand over tokens that nobody signed.
In between a consumer signs in, and what that takes is held against a quiet server.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Self

from websockets.asyncio.client import connect
from websockets.typing import Origin

from e2e.bench.http_flows import harness
from e2e.bench.memory import Consumer
from e2e.bench.model import Benchmark, Effort, Row, Say, measured
from harness.config import Config

CONVERSATIONS, SIGN_INS, STRANGERS = 500, 60, 2
"""How many conversations there are at once, sign-ins that are timed, and people who hand over bad tokens."""

PACE = 5.0
"""Seconds between two messages of a conversation: somebody types."""

PATIENCE = 60
"""Seconds after which a conversation will never begin."""

_ENGAGEMENT = "embedded.implicit.strict"
_BAD = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2xvZ2luLmJyYW5kLnRlc3QifQ.c2lnbmVkLWJ5LW5vYm9keQ"


class Guest(Consumer):
    """Somebody at the shop who has not signed in; a context manager."""

    def talks(self) -> str:
        """Open a window, let the page say that nobody is signed in, and return the conversation's token."""
        token = {"token": "", "token_type": "string", "error_given": True, "error_falsy": False}
        return str(self._answered(token)["token"])

    def lies(self) -> str:
        """Hand over a token that nobody signed, and return what came of it."""
        return str(self._answered({"token": _BAD, "token_type": "string"})["outcome"])

    def _answered(self, answer: dict[str, Any]) -> dict[str, Any]:
        window = {"engagement": _ENGAGEMENT, "origin": self._shop}
        call = self._post(self._chat, "/api/call", {**window, "session": None})
        names = ("session", "call_id", "sealed_verifier")
        handed = {**window, **{name: call[name] for name in names}}
        return self._post(self._chat, "/api/answer", {**handed, "answer": {"happened": "answered", **answer}})


class Crowd:
    """Conversations and bad tokens that go on for as long as the block lasts.

    Args:
        port: The port of the harness.
        tokens: One for each conversation.

    Attributes:
        heard: How many messages have come back in each conversation.
        outcomes: What has come of the bad tokens.
    """

    def __init__(self, port: int, tokens: Sequence[str]) -> None:
        self._port, self._tokens = port, tokens
        self._over, self._pool = threading.Event(), ThreadPoolExecutor(STRANGERS + 1)
        self._begun: Future[None] = Future()
        self._under_way: list[Future[None]] = []
        self.heard, self.outcomes = [0] * len(tokens), Counter[str]()

    def __enter__(self) -> Self:
        self._under_way.append(self._pool.submit(asyncio.run, self._talk()))
        self._begun.result(PATIENCE)
        self._under_way += [self._pool.submit(self._lie) for _ in range(STRANGERS)]
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._loop.call_soon_threadsafe(self._end.set)
        with self._pool:
            for one in self._under_way:
                one.result()

    def _lie(self) -> None:
        with Guest(self._port) as stranger:
            while not self._over.is_set():
                self.outcomes[stranger.lies()] += 1

    async def _talk(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        begun = asyncio.Barrier(len(self._tokens) + 1)
        try:
            async with asyncio.TaskGroup() as group:
                for number in range(len(self._tokens)):
                    group.create_task(self._converse(number, begun))
                await begun.wait()
                self._begun.set_result(None)
        except BaseException as error:
            if not self._begun.done():
                self._begun.set_exception(error)
            raise

    async def _converse(self, number: int, begun: asyncio.Barrier) -> None:
        host = Config().sites.platform
        origin = Origin(f"https://{host}")
        url = f"ws://{host}/ws"
        async with connect(
            url, host="127.0.0.1", port=self._port, origin=origin, proxy=None, open_timeout=PATIENCE
        ) as socket:
            await socket.send(json.dumps({"token": self._tokens[number]}))
            while json.loads(await socket.recv())["type"] != "ready":
                pass
            await begun.wait()
            while not self._end.is_set():
                await socket.send(json.dumps({"text": f"message {self.heard[number]} of {number}"}))
                answer = json.loads(await socket.recv())
                assert answer["text"] == f"message {self.heard[number]} of {number}", answer
                self.heard[number] += 1
                # Not all in one moment: each has begun somewhere within the first pause.
                pause = PACE * (number + 1) / len(self._tokens) if self.heard[number] == 1 else PACE
                try:
                    await asyncio.wait_for(self._end.wait(), pause)
                except TimeoutError:
                    continue


def run(effort: Effort, say: Say) -> Iterator[Row]:
    """Measure."""
    many, sign_ins = effort.of(CONVERSATIONS, least=10), effort.of(SIGN_INS, least=5)
    with harness() as server, Consumer(server.port) as consumer:
        consumer.sign_in()
        timed(consumer, sign_ins)
        quiet = measured("sign-in, quiet server", timed(consumer, sign_ins))
        say(f"load: {many} guests come")
        with Guest(server.port) as guest:
            tokens = [guest.talks() for _ in range(many)]
        before = server.process.rss_mib()
        consumer.hang_up()
        with Crowd(server.port, tokens) as crowd:
            say(f"load: {many} conversations go on")
            busy = timed(consumer, sign_ins)
            during = server.process.rss_mib()
        bad = crowd.outcomes.total()
    yield quiet
    note = f"{many} conversations, {sum(crowd.heard)} messages and {bad} bad tokens meanwhile"
    yield measured("sign-in under load", busy, twin=quiet, note=note)
    known = before is not None and during is not None
    added = [during - before] if before is not None and during is not None else []
    missing: dict[str, Any] = {} if known else {"missing": "memory is read from /proc, which only Linux has"}
    yield measured("memory that the load adds", added, unit="MiB", **missing)


def timed(consumer: Consumer, times: int) -> list[float]:
    """Sign in to the chat so often, and return what each took, in milliseconds."""
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        consumer.flow()
        took.append((time.perf_counter() - begun) * 1000)
    return took


BENCHMARK = Benchmark(
    name="load", title="sign-ins beside 500 conversations and bad tokens", run=run, apart=True
)
