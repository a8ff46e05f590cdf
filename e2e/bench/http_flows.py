"""(c) Full code + PKCE flows over plain HTTP without a browser, against peers and a floor that only signs.

A flow is what a consumer who is signed in and a relying party do: an authorization request whose answer is a
code, the exchange with PKCE, and the strict verification of the id_token, which is ours for every server.
"""

from __future__ import annotations

import base64
import contextlib
import json
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote_plus, urlencode, urlsplit

from e2e.bench.model import Benchmark, Effort, Row, Say, Target, measured
from e2e.bench.served.floor import ISSUER as FLOOR_ISSUER
from e2e.bench.wire import Answer, Visitor
from e2e.processes import ROOT, NotStarted, Process, served, started
from harness.config import Config
from harness.errors import HarnessBroken
from harness.protocol import keys, pkce, strict_json
from harness.protocol.claims import Expected
from harness.protocol.keys import KeySet
from harness.verification.pipeline import Keys, Rules, Subject, examine
from harness.wire import login_form

NODE = ROOT / "e2e" / "peers" / "node"
MOCK_PYTHON = ROOT / ".venv-peers" / "bin" / "python"
ROUNDS, FLOWS, WARM_UP = 10, 40, 20
SLOWER = 4
"""How much shorter the rounds of a peer are that takes ten times as long as the others."""


@dataclass(frozen=True, kw_only=True)
class Client:
    """The relying party, as a server knows it.

    Attributes:
        client_id: Its name.
        client_secret: Its secret, sent by HTTP Basic.
        redirect_uri: Where codes are sent.
    """

    client_id: str = "platform"
    client_secret: str = field(default="a-secret-of-the-benchmark", repr=False)
    redirect_uri: str = "https://rp.test/callback"


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running authorization server.

    Attributes:
        process: Its process.
        port: Its port.
        issuer: Where its discovery document is.
        client: The relying party.
        consents: The form that a consumer posts to the authorization endpoint; they only go there when empty.
    """

    process: Process
    port: int
    issuer: str
    client: Client = Client()
    consents: bytes = b""


Start = Callable[[], contextlib.AbstractContextManager[Server]]


@contextlib.contextmanager
def harness() -> Iterator[Server]:
    """The harness's sample: store, events and grants as they always are."""
    connector = Config().connector_for("code-pkce")
    assert connector.client_secret is not None, "the sample's client is confidential"
    with served("harness") as process:
        yield Server(
            process=process,
            port=int(process.said[1]),
            issuer=connector.issuer,
            client=Client(
                client_id=connector.client_id,
                client_secret=connector.client_secret.get_secret_value(),
                redirect_uri=Config().window_url,
            ),
        )


@contextlib.contextmanager
def floor() -> Iterator[Server]:
    """The floor: the same web framework, one signature, nothing checked and nothing kept."""
    with served("floor") as process:
        yield Server(process=process, port=int(process.said[1]), issuer=FLOOR_ISSUER)


@contextlib.contextmanager
def oidc_provider() -> Iterator[Server]:
    """Certified: npm's oidc-provider."""
    client = Client()
    issuer = "http://op.test"
    registered = {
        "client_id": client.client_id,
        "client_secret": client.client_secret,
        "redirect_uris": [client.redirect_uri],
    }
    with _node("bench-provider.js", {"issuer": issuer, "client": registered}) as process:
        yield Server(process=process, port=int(process.said[1]), issuer=issuer, client=client)


@contextlib.contextmanager
def oauth2_mock_server() -> Iterator[Server]:
    """A mock: npm's oauth2-mock-server."""
    with _node("bench-mock.js", {}) as process:
        port = int(process.said[1])
        yield Server(process=process, port=port, issuer=f"http://localhost:{port}")


@contextlib.contextmanager
def oidc_provider_mock() -> Iterator[Server]:
    """A mock: PyPI's oidc-provider-mock, in an environment of its own."""
    if not MOCK_PYTHON.is_file():
        raise NotStarted("oidc-provider-mock is not here; ./run bench installs it in .venv-peers")
    script = ROOT / "e2e" / "bench" / "served" / "provider_mock.py"
    with started((MOCK_PYTHON, script), r"^listening on (\d+)") as process:
        port = int(process.said[1])
        yield Server(process=process, port=port, issuer=f"http://localhost:{port}", consents=b"sub=alice")


@contextlib.contextmanager
def _node(script: str, settings: Mapping[str, Any]) -> Iterator[Process]:
    """Run a script of ``e2e/peers/node`` with Playwright's node, which is new enough, else another one."""
    if not (NODE / "node_modules").is_dir():
        raise NotStarted("it is not here: npm ci --prefix e2e/peers/node")
    found = shutil.which(str(files("playwright") / "driver" / "node")) or shutil.which("node")
    if found is None:
        raise NotStarted("there is no node here: apt-get install nodejs")
    with tempfile.TemporaryDirectory(prefix="harness-bench-") as folder:
        file = Path(folder) / "settings.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(settings), "utf-8")
        with started((found, NODE / script, file), r"^listening on (\d+)") as process:
            yield process


PEERS: Mapping[str, Start] = {
    "floor: only signs": floor,
    "harness": harness,
    "oidc-provider (npm)": oidc_provider,
    "oauth2-mock-server (npm)": oauth2_mock_server,
    "oidc-provider-mock (PyPI)": oidc_provider_mock,
}
FLOOR, OURS, SLOW = "floor: only signs", "harness", "oidc-provider-mock (PyPI)"
OVER_FLOOR = Target(limit=1.82)
"""2.0 ms where the floor takes 1.1 ms: machines differ, their ratios hardly do."""


class Relying:
    """A relying party and its consumer at one server; a context manager.

    Args:
        server: The server.
    """

    def __init__(self, server: Server) -> None:
        self._server, self._visitor = server, Visitor(server.port)
        client = server.client
        pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
        self._basic = f"Basic {base64.b64encode(pair.encode()).decode()}"
        document = json.loads(self._get(f"{server.issuer}/.well-known/openid-configuration").body)
        self._issuer: str = document["issuer"]
        self._authorize: str = document["authorization_endpoint"]
        self._token: str = document["token_endpoint"]
        self._keys = keys.from_jwks(strict_json.loads(self._get(document["jwks_uri"]).body))

    def __enter__(self) -> Relying:
        return self

    def __exit__(self, *error: object) -> None:
        self._visitor.__exit__(*error)

    def _get(self, url: str) -> Answer:
        return self._visitor.ask("GET", url)

    def sign_in(self) -> None:
        """Sign the consumer in, by the form where there is one; every later request gets a code at once."""
        url, _ = self._request(pkce.new_code_verifier(), "first")
        url, answer = self._visitor.follow(url, self._asked(url), self._server.client.redirect_uri)
        if answer.status == 200:
            parts = urlsplit(url)
            form = urlencode(login_form(answer.body.decode(), "alice")).encode()
            self._visitor.ask("POST", url, body=form, Origin=f"https://{parts.netloc}", **_FORM)

    def _asked(self, url: str) -> Answer:
        if self._server.consents:
            return self._visitor.ask("POST", url, body=self._server.consents, **_FORM)
        return self._visitor.ask("GET", url)

    def _request(self, verifier: str, nonce: str) -> tuple[str, str]:
        """Return the authorization request and its state."""
        client, state = self._server.client, secrets.token_urlsafe(16)
        asked = {
            "response_type": "code",
            "client_id": client.client_id,
            "redirect_uri": client.redirect_uri,
            "scope": "openid",
            "state": state,
            "nonce": nonce,
            "code_challenge": pkce.s256(verifier),
            "code_challenge_method": "S256",
        }
        return f"{self._authorize}?{urlencode(asked)}", state

    def begin(self) -> None:
        """Begin a round: servers hang up on who was silent for some seconds, and opening is not measured."""
        self._visitor.connection.hang_up()
        self.flow()

    def flow(self) -> None:
        """Get a code, exchange it, and verify the id_token.

        Raises:
            HarnessBroken: When one of them fails.
        """
        client, verifier, nonce = self._server.client, pkce.new_code_verifier(), secrets.token_urlsafe(16)
        url, state = self._request(verifier, nonce)
        answer = self._asked(url)
        back = parse_qs(urlsplit(answer.headers.get("location", "")).query)
        if back.get("state") != [state] or "code" not in back:
            raise HarnessBroken(f"{self._issuer} gave no code (status {answer.status})")
        exchange = {
            "grant_type": "authorization_code",
            "code": back["code"][0],
            "redirect_uri": client.redirect_uri,
            "code_verifier": verifier,
        }
        body = urlencode(exchange).encode()
        answer = self._visitor.ask("POST", self._token, body=body, Authorization=self._basic, **_FORM)
        if answer.status != 200:
            raise HarnessBroken(f"{self._issuer} gave no tokens (status {answer.status})")
        self._verify(json.loads(answer.body)["id_token"], nonce)

    def _verify(self, id_token: str, nonce: str) -> None:
        expected = Expected(
            issuer=self._issuer, client_id=self._server.client.client_id, nonce=nonce, now=time.time()
        )
        found = examine(Subject(token=id_token, rules=Rules(keys=Known(self._keys), expected=expected))).found
        if wrong := [one.problem.code for one in found if one.step == "signature" or "nonce" in one.step]:
            raise HarnessBroken(f"{self._issuer} gave a bad id_token: {', '.join(wrong)}")


_FORM = {"Content_Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Known:
    """Keys that were fetched once."""

    key_set: KeySet

    def find(self, kid: str | None, algorithm: str) -> Keys:
        """Return the keys that may verify."""
        return Keys(candidates=self.key_set.candidates(kid, algorithm))

    def find_again(self, kid: str | None, algorithm: str) -> None:
        """Return nothing: they do not change."""


@dataclass
class Tally:
    """What was measured of a server: each flow's milliseconds; per round the rate, and CPU by flow."""

    flows: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def run(effort: Effort, say: Say) -> Iterator[Row]:
    """Measure, the servers in turns."""
    with contextlib.ExitStack() as stack:
        ready: dict[str, tuple[Server, Relying]] = {}
        missing: dict[str, str] = {}
        for name, start in PEERS.items():
            say(f"starting {name}")
            try:
                server = stack.enter_context(start())
                relying = stack.enter_context(Relying(server))
                relying.sign_in()
                for _ in range(effort.of(_count(name, WARM_UP), least=2)):
                    relying.flow()
            except (NotStarted, HarnessBroken, OSError) as error:
                missing[name] = str(error)
            else:
                ready[name] = server, relying
        tallies = _turns(ready, effort, say)
    yield from _rows(tallies, missing)


def _count(name: str, flows: int) -> int:
    return max(1, flows // SLOWER) if name == SLOW else flows


def _turns(ready: Mapping[str, tuple[Server, Relying]], effort: Effort, say: Say) -> dict[str, Tally]:
    tallies = {name: Tally() for name in ready}
    for turn in range(rounds := effort.of(ROUNDS)):
        say(f"flows over HTTP, round {turn + 1} of {rounds}")
        for name, (server, relying) in ready.items():
            flows = effort.of(_count(name, FLOWS), least=2)
            relying.begin()
            before = server.process.cpu_seconds()
            took = [_timed(relying.flow) for _ in range(flows)]
            after = server.process.cpu_seconds()
            tallies[name].flows += took
            tallies[name].rates.append(1000 * flows / sum(took))
            if before is not None and after is not None:
                tallies[name].cpu.append((after - before) / flows * 1000)
    return tallies


def _timed(flow: Callable[[], None]) -> float:
    """Return the milliseconds of a flow."""
    begun = time.perf_counter()
    flow()
    return (time.perf_counter() - begun) * 1000


def _rows(tallies: Mapping[str, Tally], missing: Mapping[str, str]) -> Iterator[Row]:
    """Return a flow's milliseconds, flows per second and processor time, the floor's first."""
    no_cpu = None if sys.platform == "linux" else "processor time is read from /proc, which only Linux has"
    kinds: tuple[tuple[str, str, Callable[[Tally], list[float]]], ...] = (
        ("flow", "ms", lambda one: one.flows),
        ("flows per second", "/s", lambda one: one.rates),
        ("server CPU per flow", "ms", lambda one: one.cpu),
    )
    for kind, unit, samples in kinds:
        lowest: Row | None = None
        for name in PEERS:
            title = f"{kind}, {name}"
            if name in missing:
                yield Row(name=title, unit=unit, missing=missing[name])
                continue
            target = OVER_FLOOR if name == OURS and kind == "flow" and lowest else None
            more = {"missing": no_cpu} if no_cpu and kind.startswith("server") else {}
            row = measured(title, samples(tallies[name]), unit=unit, twin=lowest, target=target, **more)
            lowest = row if name == FLOOR else lowest
            yield row


BENCHMARK = Benchmark(
    name="flows",
    title="code + PKCE flows over HTTP: two requests, one signature, strict verification",
    run=run,
)
