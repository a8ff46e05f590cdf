"""A backend with the sample brand's issuer behind its back channel; good tokens and bad ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

from harness.clock import ManualClock
from harness.config import Config, Connector, Flow, Mode, Surface
from harness.net import AddressForbidden, is_public
from harness.protocol import base64url, jose, keys
from harness.protocol.authorization import ResponseMode
from harness.protocol.claims import Expected
from harness.protocol.keys import KeySet
from harness.protocol.page_method import PageAnswer
from harness.protocol.sealing import Sealer
from harness.store import Store
from harness.verification.backend import Backend
from harness.verification.decision import Engagement, Verdict
from harness.verification.habits import Habits
from harness.verification.interface import Call
from harness.verification.pipeline import STEPS, Examined, Keys, Rules, Step, Subject, examine

ORIGIN = "https://www.brand.test"
ALICE, ALICES_BROWSER = "alice's window", "alice's browser"
NOW = 1_795_176_000


@dataclass(kw_only=True)
class World:
    """A backend, the brand's issuer behind its back channel, and windows that talk to it."""

    clock: ManualClock
    store: Store
    signing_key: RSAKey
    encryption_key: RSAKey
    http: httpx2.Client = field(init=False)
    config: Config = field(init=False)
    backend: Backend = field(init=False)
    exchanged: list[dict[str, list[str]]] = field(default_factory=list)
    answer: Callable[[], dict[str, Any]] = dict
    told: dict[str, Callable[[httpx2.Request], httpx2.Response]] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    habits: Habits = field(default_factory=Habits)

    def start(self, config: Config) -> None:
        """Start a backend of its own with ``config``."""
        self.config = config
        self.backend = Backend(
            config=config,
            store=self.store,
            http=self.http,
            clock=self.clock,
            sealer=Sealer(),
            decryption_keys=lambda: {str(self.encryption_key.kid): self.encryption_key},
            strangers=httpx2.Client(transport=httpx2.MockTransport(self.serve_stranger)),
            habits=lambda: self.habits,
        )

    def configure(self, flow: Flow, **changes: Any) -> None:
        """Start again with one connector, of which some settings are other ones."""
        settings = {**Config().connector_for(flow).model_dump(), **changes}
        self.start(Config(connectors=(Connector.model_validate(settings),)))

    def serve(self, request: httpx2.Request) -> httpx2.Response:
        """Answer the back channel: keys, what an address is to tell, and what the token endpoint answers."""
        if tell := self.told.get(str(request.url)):
            return tell(request)
        if request.url.path == "/jwks":
            return httpx2.Response(200, json={"keys": [self.signing_key.as_dict(private=False)]})
        self.exchanged.append(parse_qs(request.content.decode()))
        return httpx2.Response(200, json={"token_type": "Bearer", **self.answer()})

    def serve_stranger(self, request: httpx2.Request) -> httpx2.Response:
        """Answer for a host that nobody configured, unless its address is private."""
        if not is_public(self.addresses.get(request.url.host, "8.8.8.8")):
            raise httpx2.ConnectError("no") from AddressForbidden()
        return self.serve(request)

    def claims(self, flow: Flow, **changes: Any) -> bytes:
        """Return alice's claims for a flow's connector with some changed; ``None`` drops one."""
        connector, now = self.config.connector_for(flow), int(self.clock.now())
        claims = {"iss": connector.issuer, "aud": connector.client_id, "sub": "alice", "iat": now}
        return dumps({**claims, "exp": now + 300, **changes})

    def token(self, flow: Flow = "implicit", **changes: Any) -> str:
        """Return alice's id_token for a flow's connector."""
        header = {"alg": "RS256", "kid": self.signing_key.kid}
        token = jose.sign(header, self.claims(flow, **changes), self.signing_key, algorithm="RS256")
        return self.encrypted(token) if flow == "implicit-jwe" else token

    def encrypted(self, token: str) -> str:
        """Return a token encrypted to the platform, each time differently."""
        header = {"alg": "RSA-OAEP-256", "enc": "A128GCM", "kid": self.encryption_key.kid, "cty": "JWT"}
        return jose.encrypt(token, self.encryption_key, header)

    def engagement(self, flow: Flow, mode: Mode = "strict", surface: Surface = "embedded") -> Engagement:
        """Return what a window works for."""
        return Engagement(surface=surface, connector=self.config.connector_for(flow), mode=mode)

    def open(self, flow: Flow = "implicit", mode: Mode = "strict", session: str = ALICE) -> Call:
        """Open a call of the page method."""
        return self.backend.open_call(self.engagement(flow, mode), origin=ORIGIN, session=session)

    def hand_over(self, call: Call, token: Any, session: str = ALICE, **others: Any) -> Verdict:
        """Answer a call with a token, as its own window and page unless said otherwise."""
        given = {"origin": ORIGIN, "sealed_verifier": call.sealed_verifier, **others}
        answer = PageAnswer(happened="answered", token=token)
        return self.backend.answer_call(call_id=call.call_id, session=session, answer=answer, **given)

    def popup(self, flow: Flow = "implicit", mode: Mode = "strict", **others: Any) -> dict[str, str]:
        """Open a popup of alice's browser and return the parameters of its authorization request."""
        given = {"popup": "p1", "binding": ALICES_BROWSER, "window_config": {"site": 7}, **others}
        engagement = self.engagement(flow, mode, "popup")
        url = self.backend.open_popup(engagement, **given)
        assert url.startswith(engagement.connector.authorization_endpoint + "?")
        return {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}

    def come_back(
        self,
        parameters: Mapping[str, str | None],
        mode: ResponseMode = "fragment",
        binding: str | None = ALICES_BROWSER,
    ) -> Verdict:
        """Answer a popup's authorization request, with the brand's ``iss``; ``None`` drops a parameter."""
        whole = {"iss": self.config.connectors[0].issuer, **parameters}
        encoded = urlencode({name: value for name, value in whole.items() if value is not None})
        return self.backend.answer_popup(encoded, mode=mode, binding=binding, session=ALICE)

    def events(self, type_: str) -> list[dict[str, Any]]:
        """Return the data of the events of one type."""
        return [event.data for event in self.store.events.after(0) if event.type == type_]


@pytest.fixture
def world(clock: ManualClock, store: Store, signing_key: RSAKey, encryption_key: RSAKey) -> Iterator[World]:
    """Give a backend with the sample brand's connectors."""
    world = World(clock=clock, store=store, signing_key=signing_key, encryption_key=encryption_key)
    with httpx2.Client(transport=httpx2.MockTransport(world.serve)) as world.http:
        world.start(Config())
        yield world


@dataclass(kw_only=True)
class Source:
    """A key source of fixed sets: the first, and the one that is found when it is asked again."""

    first: KeySet
    second: KeySet | None = None

    def find(self, kid: str | None, algorithm: str) -> Keys:
        """Return the first set's keys."""
        return Keys(candidates=self.first.candidates(kid, algorithm), notes=self.first.problems)

    def find_again(self, kid: str | None, algorithm: str) -> Keys | None:
        """Return the second set's keys, if there is one."""
        if self.second is None:
            return None
        return Keys(candidates=self.second.candidates(kid, algorithm), notes=self.second.problems)


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """Makes good tokens and bad ones, and examines them under the rules of a connector."""

    key: RSAKey
    recipient: RSAKey
    good: Mapping[str, Any] = field(
        default_factory=lambda: {
            "iss": "https://login.brand.test",
            "aud": "platform",
            "sub": "alice",
            "iat": NOW,
            "exp": NOW + 300,
        }
    )

    def payload(self, **changes: Any) -> bytes:
        """Return alice's claims with changes; ``None`` drops a claim."""
        return dumps({**self.good, **changes})

    def signed(self, octets: bytes | None = None, *, key: RSAKey | None = None, **header: Any) -> str:
        """Return a token whose RS256 signature is good, whatever its header says; ``None`` drops a part."""
        head = base64url.encode(dumps({"alg": "RS256", "kid": self.key.kid, **header}))
        signing_input = f"{head}.{base64url.encode(self.payload() if octets is None else octets)}"
        signature = JWSRegistry.algorithms["RS256"].sign(signing_input.encode(), key or self.key)
        return f"{signing_input}.{base64url.encode(signature)}"

    def encrypted(self, inner: str, **header: Any) -> str:
        """Return a token whose A128GCM encryption is good, whatever its header says."""
        good = {"alg": "RSA-OAEP-256", "enc": "A128GCM", "kid": self.recipient.kid, "cty": "JWT"}
        head = base64url.encode(dumps({**good, **header}))
        cek, iv = bytes(16), bytes(12)
        key = self.recipient.public_key.encrypt(cek, OAEP(MGF1(SHA256()), SHA256(), None))
        sealed = AESGCM(cek).encrypt(iv, inner.encode(), head.encode())
        parts = (key, iv, sealed[:-16], sealed[-16:])
        return ".".join((head, *map(base64url.encode, parts)))

    def set_of(self, *published: RSAKey, kid: str | None = None) -> KeySet:
        """Return the JWK Set of some keys, all under ``kid`` where one is given."""
        named = {} if kid is None else {"kid": kid}
        return keys.from_jwks({"keys": [{**key.as_dict(private=False), **named} for key in published]})

    def examine(
        self,
        token: str,
        *,
        encrypted: bool = False,
        source: Source | None = None,
        steps: tuple[Step, ...] = STEPS,
        **expected: Any,
    ) -> Examined:
        """Return what the steps find."""
        held = {"issuer": self.good["iss"], "client_id": "platform", "now": NOW, **expected}
        rules = Rules(
            encrypted=encrypted,
            decryption_keys={str(self.recipient.kid): self.recipient} if encrypted else {},
            keys=source or Source(first=self.set_of(self.key)),
            expected=Expected(**held),
        )
        return examine(Subject(token=token, rules=rules), steps)

    def found(self, token: str, **how: Any) -> list[tuple[str, str]]:
        """Return the step and the code of everything that the steps find."""
        return [(one.step, one.problem.code) for one in self.examine(token, **how).found]


@pytest.fixture
def issuer(signing_key: RSAKey, encryption_key: RSAKey) -> Issuer:
    """Give the brand's issuer and the platform as the recipient."""
    return Issuer(key=signing_key, recipient=encryption_key)


@pytest.fixture
def source() -> type[Source]:
    """Give the kind of key source that holds fixed sets."""
    return Source


def dumps(members: Mapping[str, Any]) -> bytes:
    """Return a JSON object without the members that are ``None``."""
    return json.dumps({name: value for name, value in members.items() if value is not None}).encode()
