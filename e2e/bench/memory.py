"""(f) The memory of the server over 10,000 code + PKCE flows, every tenth a whole sign-in to the chat.

A flow is what benchmark (c) times, an authorization request and the exchange of its code. A sign-in is
everything that is asked of all roles: the window opens a call, the shop's backend gives the page method a
code, the platform exchanges it over its back channel, verifies the id_token and keeps a profile.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Self

from e2e.bench.figures import slope
from e2e.bench.http_flows import Relying, harness
from e2e.bench.model import Benchmark, Effort, Row, Say, Target, measured
from e2e.bench.wire import Visitor
from harness.config import Config
from harness.errors import HarnessBroken
from harness.wire import login_form

FLOWS, SIZES, SIGN_IN = 10_000, 40, 10
"""How many there are, how often the memory is looked at meanwhile, and which of them are sign-ins."""

WARM_UP = 0.2
"""The share of the flows after which caches are full."""

FLAT = Target(limit=0.1, of="median")
"""A tenth of a MiB by a thousand flows; the peers that were measured grow by twenty."""

ENGAGEMENT = "embedded.code-pkce.strict"


class Consumer:
    """Alice at the sample shop, with the chat window in its page; a context manager.

    Args:
        port: The port of the harness.
    """

    def __init__(self, port: int) -> None:
        sites = Config().sites
        self._shop, self._chat = f"https://{sites.brand}", f"https://{sites.platform}"
        self._idp, self._visitor = f"https://{sites.idp}", Visitor(port)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._visitor.__exit__(*error)

    def hang_up(self) -> None:
        """End the connection, as a server does after some idle seconds; the next request opens another."""
        self._visitor.connection.hang_up()

    def sign_in(self) -> None:
        """Sign in to the shop through its authorization server."""
        first = f"{self._shop}/login"
        url, page = self._visitor.follow(first, self._visitor.ask("GET", first), "nowhere")
        form = "&".join(f"{name}={value}" for name, value in login_form(page.body.decode(), "alice").items())
        form_type = "application/x-www-form-urlencoded"
        answer = self._visitor.ask("POST", url, body=form.encode(), Content_Type=form_type, Origin=self._idp)
        self._visitor.follow(url, answer, "nowhere")

    def flow(self) -> None:
        """Sign in to the chat.

        Raises:
            HarnessBroken: When that fails.
        """
        window = {"engagement": ENGAGEMENT, "origin": self._shop}
        call = self._post(self._chat, "/api/call", {**window, "session": None})
        asked = {"flow": "code-pkce", "code_challenge": call["code_challenge"]}
        given = self._post(self._shop, "/chat/credential", asked)
        token = {"ssoKey": given.get("credential"), "redirect_uri": given.get("redirect_uri")}
        answer = {"happened": "answered", "token": token, "token_type": "object"}
        names = ("session", "call_id", "sealed_verifier")
        handed = {**window, **{name: call[name] for name in names}, "answer": answer}
        verdict = self._post(self._chat, "/api/answer", handed)
        if verdict.get("outcome") != "authenticated":
            raise HarnessBroken(f"a sign-in without a browser ended otherwise: {verdict.get('outcome')}")

    def _post(self, origin: str, path: str, message: dict[str, Any]) -> dict[str, Any]:
        body, json_type = json.dumps(message).encode(), "application/json"
        answer = self._visitor.ask("POST", origin + path, body=body, Content_Type=json_type, Origin=origin)
        read: dict[str, Any] = json.loads(answer.body)
        return read


def run(effort: Effort, say: Say) -> Iterator[Row]:
    """Measure."""
    flows, sizes = effort.of(FLOWS, least=20), list[tuple[float, float]]()
    every = max(1, flows // SIZES)
    with harness() as server, Relying(server) as relying, Consumer(server.port) as consumer:
        relying.sign_in()
        consumer.sign_in()
        for number in range(1, flows + 1):
            (relying if number % SIGN_IN else consumer).flow()
            if number % every == 0 and (size := server.process.rss_mib()) is not None:
                sizes.append((number / 1000, size))
            if number % 1000 == 0:
                say(f"memory: {number:,} of {flows:,} flows")
    yield from rows(sizes, flows)


def rows(sizes: list[tuple[float, float]], flows: int) -> Iterator[Row]:
    """Return how large the server is, and how it grows.

    Args:
        sizes: Pairs of thousands of flows and MiB.
        flows: How many flows there were.
    """
    missing: dict[str, Any] = {} if sizes else {"missing": "memory is read from /proc, which only Linux has"}
    warm = [(at, size) for at, size in sizes if at * 1000 > flows * WARM_UP]
    yield measured(f"RSS over {flows:,} flows", [size for _, size in sizes], unit="MiB", **missing)
    growth = [slope(warm)] if warm else []
    title = "growth by 1,000 flows, when warm"
    yield measured(title, growth, unit="MiB", target=FLAT, **missing)


BENCHMARK = Benchmark(name="memory", title="memory of the server over flows without a browser", run=run)
