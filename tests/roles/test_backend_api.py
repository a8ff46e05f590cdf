"""The embedded backend under its HTTP contract: who may ask, how it refuses, and a whole harness on top."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import anyio
import httpx2
import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate
from pydantic import SecretStr
from sqlalchemy.exc import OperationalError

from harness.behaviour import BEHAVIOURS
from harness.checks import Judgement, judge
from harness.clock import ManualClock
from harness.config import FLOWS, SURFACES, Config, Flow, Platform, Surface
from harness.faults import inject
from harness.matrix import Case, fault
from harness.net import NameMap
from harness.roles.idp.keys import new_key
from harness.roles.platform.backend_api import BackendApi
from harness.roles.seams import Seams
from harness.roles.web import STORE_AWAY
from harness.scene import Scene, sign_in
from harness.server import RunningServer, running
from harness.store import Store
from harness.timeline import Timeline
from harness.verification import contract
from harness.verification.remote import RemoteBackend
from harness.wire import WireConsumer

VERIFY, CHAT, APP = "https://verify.platform.test", "https://chat.platform.test", "https://app.brand.test"
ENGAGED = {"surface": "embedded", "connector": "implicit", "mode": "strict"}
ANSWER = {"happened": "answered", "token": "eyJ.eyJ.sig", "token_type": "string", "error_given": False}
SENT: dict[str, dict[str, Any]] = {
    "openCall": {"engagement": ENGAGED, "origin": "https://www.brand.test", "session": "a-digest"},
    "answerCall": {
        "call_id": "a-guess",
        "session": "a-digest",
        "origin": "https://www.brand.test",
        "sealed_verifier": None,
        "answer": ANSWER,
    },
    "openPopup": {
        "engagement": {**ENGAGED, "surface": "popup"},
        "popup": "popup-0123456789",
        "binding": "a-digest",
        "redirect_uri": "https://chat.platform.test/window",
        "window_config": {},
    },
    "answerPopup": {"mode": "query", "encoded": "state=a+guess", "binding": None, "session": "a-digest"},
    "renew": {"session": "a-digest"},
    "encryptionKeys": {},
}
PATIENCE = 30
"""Seconds after which the others will never come."""

each_operation = pytest.mark.parametrize("operation", contract.OPERATIONS, ids=lambda one: one.id)


@dataclass(kw_only=True)
class Caller:
    """Another platform that asks the backend."""

    http: httpx2.Client
    token: str

    def ask(self, path: str, *, token: str | None = None, **sent: Any) -> httpx2.Response:
        """Send a POST with the bearer token, or with another one."""
        headers = {"Authorization": f"Bearer {token or self.token}", **sent.pop("headers", {})}
        return self.http.post(f"{VERIFY}{path}", headers=headers, **sent)

    def schema(self, name: str) -> OAS31Validator:
        """Return a validator for one message, as the served document describes it."""
        components = self.http.get(f"{VERIFY}/openapi.json").json()["components"]
        return OAS31Validator({"$ref": f"#/components/schemas/{name}", "components": components})


@pytest.fixture
def caller(visitor: httpx2.Client, server: RunningServer) -> Caller:
    """Somebody who knows the run's token."""
    return Caller(http=visitor, token=server.composition.backend_token)


def failure(response: httpx2.Response) -> tuple[int, str]:
    """Return the status and the word of a failure, which has one form everywhere."""
    body = contract.read(response.content, contract.Failure)
    return response.status_code, body.error


def test_the_served_document_is_valid_openapi(visitor: httpx2.Client) -> None:
    """It needs no token, and says how to get in."""
    served = visitor.get(f"{VERIFY}/openapi.json").json()
    validate(served)

    assert [{"url": VERIFY}] == served["servers"]
    assert [{"bearer": []}] == served["security"]


def test_the_document_names_exactly_what_is_answered(caller: Caller) -> None:
    """Each documented path answers, each operation of the contract is documented."""
    paths = caller.http.get(f"{VERIFY}/openapi.json").json()["paths"]

    assert {operation.path for operation in contract.OPERATIONS} == paths.keys()
    assert SENT.keys() == {described["post"]["operationId"] for described in paths.values()}


@each_operation
def test_an_operation_answers_as_it_is_documented(operation: Any, caller: Caller) -> None:
    """Request and answer fit the schemas of the served document."""
    caller.schema(operation.asked.__name__).validate(SENT[operation.id])
    answered = caller.ask(operation.path, json=SENT[operation.id])

    assert 200 == answered.status_code, answered.text
    caller.schema(operation.given.__name__).validate(answered.json())
    assert "no-store" == answered.headers["cache-control"]


@each_operation
@pytest.mark.parametrize(
    ("authorization", "challenge"),
    [(None, "Bearer"), ("Basic Zm9v", "Bearer"), ("Bearer guessed", 'Bearer error="invalid_token"')],
)
def test_nothing_is_answered_without_the_token(
    operation: Any, authorization: str | None, challenge: str, visitor: httpx2.Client
) -> None:
    """The token is asked for before anything is read (RFC 6750 section 3)."""
    headers = {"Authorization": authorization} if authorization else {}
    refused = visitor.post(f"{VERIFY}{operation.path}", content=b"[", headers=headers)

    assert (401, "unauthorized") == failure(refused)
    assert challenge == refused.headers["www-authenticate"]


@each_operation
@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        (b"", (400, "malformed")),
        (b"{", (400, "malformed")),
        (b'{"a":1,"a":2}', (400, "malformed")),
        (b'{"a":"\xff"}', (400, "malformed")),
        (b'{"a":NaN}', (400, "malformed")),
        (b"[]", (422, "unprocessable")),
        (b'{"another":1}', (422, "unprocessable")),
        (b'"' + b"x" * contract.MESSAGE_LIMIT + b'"', (413, "too_large")),
    ],
    ids=["empty", "cut", "member twice", "not UTF-8", "NaN", "list", "unknown member", "too large"],
)
def test_a_malformed_body_is_refused(
    operation: Any, body: bytes, refusal: tuple[int, str], caller: Caller
) -> None:
    """JSON with one meaning, of the documented form and size."""
    headers = {"Content-Type": "application/json"}

    assert refusal == failure(caller.ask(operation.path, content=body, headers=headers))


@each_operation
def test_an_unknown_member_is_refused_by_its_name(operation: Any, caller: Caller) -> None:
    """What is not in the contract is a mistake, not an extension."""
    refused = caller.ask(operation.path, json={**SENT[operation.id], "extra": 1})

    assert (422, "unprocessable") == failure(refused)
    assert "extra" in refused.json()["detail"]


@each_operation
def test_only_json_is_read(operation: Any, caller: Caller) -> None:
    """A form is none of it."""
    assert (415, "media_type") == failure(caller.ask(operation.path, data={"a": "b"}))


@pytest.mark.parametrize(
    ("method", "path", "refusal"),
    [("GET", "/v1/calls", (405, "method_not_allowed")), ("POST", "/v2/calls", (404, "not_found"))],
)
def test_another_method_or_path_fails_in_the_same_form(
    method: str, path: str, refusal: tuple[int, str], visitor: httpx2.Client
) -> None:
    """One form for every failure."""
    assert refusal == failure(visitor.request(method, f"{VERIFY}{path}"))


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("/v1/calls", {"engagement": {**ENGAGED, "connector": "unheard-of"}}),
        ("/v1/calls", {"engagement": {**ENGAGED, "surface": "telephone"}}),
        ("/v1/calls", {"session": 7}),
        ("/v1/popups", {"redirect_uri": "https://elsewhere.test/window"}),
        ("/v1/popups", {"popup": "short"}),
    ],
)
def test_what_the_backend_does_not_have_is_refused(
    path: str, changes: dict[str, Any], caller: Caller
) -> None:
    """An unknown connector, another redirect URI, another type: 422 and nothing is opened."""
    name = "openCall" if path == "/v1/calls" else "openPopup"

    assert (422, "unprocessable") == failure(caller.ask(path, json={**SENT[name], **changes}))


def test_a_refused_body_is_not_repeated_to_the_caller(caller: Caller) -> None:
    """A failure's sentence holds no value that was sent."""
    refused = caller.ask(
        "/v1/calls/answer", json={**SENT["answerCall"], "identity": 1, "session": ["s3cr3t"]}
    )

    assert 422 == refused.status_code
    assert "s3cr3t" not in refused.text


@dataclass(kw_only=True)
class Pair:
    """Two harnesses: the platform of the first asks the backend of the second.

    Attributes:
        front: The one that consumers see.
        behind: The one that verifies.
    """

    front: RunningServer
    behind: RunningServer
    clock: ManualClock
    consumer: WireConsumer

    def judged(self, surface: Surface, flow: Flow, seams: Seams | None = None) -> Judgement:
        """Sign in as anybody would, perhaps with a fault in the sample brand, and judge."""
        scene = self.scene(surface, flow)
        return self.judge(lambda: sign_in(scene), seams)

    def scene(self, surface: Surface, flow: Flow) -> Scene:
        """Return the consumer in front of the first harness."""
        case = Case(surface=surface, flow=flow)
        return Scene(
            server=self.front, clock=self.clock, consumer=self.consumer, case=case, connector=case.flow
        )

    def judge(self, act: Callable[[], object], seams: Seams | None = None) -> Judgement:
        """Judge what happens on the front's timeline meanwhile."""
        before = self.front.store.events.last()
        with self.front.composition.seams.put(seams or Seams()):
            act()
        return judge(Timeline(self.front.store.events.after(before)))


def reach(names: NameMap, host: str, server: RunningServer) -> None:
    """Let a name lead to another harness."""
    address = server.names.resolve(server.config.sites.brand, 443)
    assert address is not None
    names.add(host, address)


def delegating(**settings: Any) -> Config:
    """Return the sample's configuration with a code connector that may renew."""
    sample = Config(**settings)
    connectors = tuple(one.model_copy(update={"delegation": one.id == "code"}) for one in sample.connectors)
    return sample.model_copy(update={"connectors": connectors})


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, clock: ManualClock) -> Iterator[Pair]:
    """Two harnesses that know each other's names and authorities."""
    with running(delegating(), folder=tmp_path_factory.mktemp("behind"), clock=clock) as behind:
        platform = Platform(backend=VERIFY, backend_token=SecretStr(behind.composition.backend_token))
        config = delegating(platform=platform)
        with (
            running(config, folder=tmp_path_factory.mktemp("front"), clock=clock) as front,
            WireConsumer(front) as consumer,
        ):
            reach(front.names, config.sites.verify, behind)
            reach(behind.names, config.sites.idp, front)
            front.tls.client.load_verify_locations(cadata=behind.tls.ca_pem.decode())
            behind.tls.client.load_verify_locations(cadata=front.tls.ca_pem.decode())
            consumer.sign_in("alice")
            yield Pair(front=front, behind=behind, clock=clock, consumer=consumer)
            # The front stops first, and would wait for these connections to say goodbye.
            behind.http.close()
            behind.platforms.close()


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("surface", SURFACES)
def test_another_harness_signs_in_through_the_contract(surface: Surface, flow: Flow, pair: Pair) -> None:
    """Every surface, every flow: the verdict of the other backend is the platform's own."""
    judgement = pair.judged(surface, flow)

    assert ("authenticated", ()) == (judgement.outcome, judgement.findings)


@pytest.mark.parametrize("flow", ["implicit", "implicit-jwe"])
@pytest.mark.parametrize("surface", SURFACES)
def test_a_defect_gets_the_same_code_through_the_contract(surface: Surface, flow: Flow, pair: Pair) -> None:
    """The judgement does not depend on where the backend is."""
    judgement = pair.judged(surface, flow, inject(fault("exp-past")))

    assert ("refused", "claims.expired") == (judgement.outcome, judgement.code)
    assert ["claims.expired"] == [one.code for one in judgement.findings]


def test_another_consumer_in_the_same_window_is_refused_through_the_contract(pair: Pair) -> None:
    """The backend remembers by the session's digest who was signed in there."""
    scene = pair.scene("embedded", "implicit")
    judgement = pair.judge(lambda: BEHAVIOURS["changes-the-subject"](scene))

    assert ("refused", "platform.subject_changed") == (judgement.outcome, judgement.code)


@pytest.mark.parametrize("surface", ["embedded", "popup"])
def test_a_sign_in_is_renewed_through_the_contract(surface: Surface, pair: Pair) -> None:
    """Framed or a popup: the backend keeps the refresh token for the window that asked."""
    scene = pair.scene(surface, "code")
    before = pair.front.store.events.last()
    judgement = pair.judge(lambda: BEHAVIOURS["renews"](scene))
    verdicts = [one for one in pair.front.store.events.after(before) if one.type == "verdict"]

    assert ("authenticated", ()) == (judgement.outcome, judgement.findings)
    assert 2 == len(verdicts)
    assert 1 == len({verdict.data["profile"] for verdict in verdicts})


@pytest.mark.parametrize("flow", ["code-pkce", "implicit"])
def test_without_delegation_the_page_is_asked_through_the_contract(flow: Flow, pair: Pair) -> None:
    """The other backend has nothing to renew with, and says so."""
    scene = pair.scene("embedded", flow)
    call = scene.consumer.open_call(scene.engagement)
    scene.consumer.hand_over(call, scene.consumer.page_answer(call, flow))

    assert {"outcome": None} == scene.consumer.renew(call["session"])


@pytest.mark.parametrize(("key_type", "of"), [("RSA", "n"), ("EC", "x")])
def test_the_sample_encrypts_for_the_other_backends_key(key_type: str, of: str, pair: Pair) -> None:
    """Of either type: the backend that decrypts names its own public keys."""
    remote = RemoteBackend(
        config=pair.front.config, store=pair.front.store, http=pair.front.http
    ).encryption_key(key_type)
    keys = Caller(http=pair.consumer.http, token=pair.behind.composition.backend_token).ask(
        contract.ENCRYPTION_KEYS.path, json={}
    )

    assert [remote.as_dict(private=False)[of]] == [key[of] for key in keys.json()["keys"] if of in key]
    assert not [key for key in keys.json()["keys"] if "d" in key]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, clock: ManualClock) -> Iterator[Pair]:
    """A harness whose backend is not there: the host answers, but verifies nothing."""
    config = Config(platform=Platform(backend=VERIFY, backend_token=SecretStr("a-token")))
    with (
        running(config, folder=tmp_path_factory.mktemp("alone"), clock=clock) as front,
        WireConsumer(front) as consumer,
    ):
        consumer.sign_in("alice")
        yield Pair(front=front, behind=front, clock=clock, consumer=consumer)


@pytest.mark.parametrize(
    ("path", "origin", "sent"),
    [
        ("/api/call", CHAT, {"engagement": "embedded.implicit", "origin": "https://www.brand.test"}),
        ("/sdk/call", APP, {"engagement": "app.implicit", "origin": APP}),
        ("/api/popup", CHAT, {"mode": "fragment", "encoded": "id_token=a&state=b"}),
        ("/api/renew", CHAT, {"session": "a-session"}),
    ],
)
def test_without_a_backend_the_window_gets_no_answer(
    path: str, origin: str, sent: dict[str, str], alone: Pair
) -> None:
    """A bad gateway shows the window's broken state, and the case stays open."""
    responses: list[httpx2.Response] = []

    def act() -> None:
        headers = {"Origin": origin}
        responses.append(alone.consumer.http.post(f"{CHAT}{path}", json=sent, headers=headers))

    judgement = alone.judge(act)

    assert [502] == [response.status_code for response in responses]
    assert "undetermined" == judgement.outcome
    assert ["platform.backend_failed"] == [one.code for one in judgement.findings]


def test_without_a_backend_a_popup_ends_at_the_broken_window(alone: Pair) -> None:
    """It is not left on a blank page, and the page that opened it learns that it failed."""
    asked = {"popup": "popup-0123456789", "engagement": "popup.implicit.strict"}
    sent = alone.consumer.http.get(f"{CHAT}/popup", params=asked)

    assert (303, "/window") == (sent.status_code, sent.headers["location"])
    found = alone.front.store.conversations.popup("popup-0123456789")
    assert found is not None
    assert "failed" == found.status


def test_without_a_backend_a_posted_response_ends_at_the_broken_window(alone: Pair) -> None:
    """There is no sign-in to take up there."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    sent = alone.consumer.http.post(f"{CHAT}/window", content="code=a&state=b", headers=headers)

    assert (303, "/window") == (sent.status_code, sent.headers["location"])
    assert "__Host-handover" not in sent.headers.get("set-cookie", "")


def test_the_embedded_backend_is_not_served_where_another_is_in_its_place(alone: Pair) -> None:
    """One backend decides, or none."""
    assert 421 == alone.consumer.http.get(f"{VERIFY}/openapi.json").status_code


def test_the_token_is_never_shown(server: RunningServer) -> None:
    """Printing the parts of a harness prints no token."""
    assert server.composition.backend_token not in repr(server)


class Crowd:
    """A backend in which nobody is done before ``enough`` have come."""

    def __init__(self, *, enough: int) -> None:
        self.came = self.most = self._now = 0
        self._lock, self._full, self._enough = threading.Lock(), threading.Event(), enough

    def renew(self, *, session: str) -> None:
        """Wait for the others, and renew nothing."""
        with self._lock:
            self.came += 1
            self._now += 1
            self.most = max(self.most, self._now)
            if self._now == self._enough:
                self._full.set()
        self._full.wait(PATIENCE)
        with self._lock:
            self._now -= 1


@pytest.mark.anyio
async def test_a_bounded_number_is_verified_at_a_time(store: Store) -> None:
    """Whoever comes beyond it waits for a turn, and gets one."""
    crowd: Any = Crowd(enough=16)
    api = BackendApi(
        config=Config(),
        store=store,
        backend=crowd,
        encryption_key=lambda _: new_key("enc", "RSA-OAEP-256"),
        token="t",
    )
    transport = httpx2.ASGITransport(api.asgi())
    async with (
        httpx2.AsyncClient(transport=transport, base_url=VERIFY) as client,
        anyio.create_task_group() as all_,
    ):
        for _ in range(24):
            all_.start_soon(
                functools.partial(
                    client.post,
                    contract.RENEW.path,
                    json={"session": "s"},
                    headers={"Authorization": "Bearer t"},
                )
            )

    assert (24, 16) == (crowd.came, crowd.most)


def test_a_store_that_is_away_is_a_failure_of_the_contract(
    caller: Caller, server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other platform may try again; nothing of the database's own words reaches it."""

    def gone(*_: Any, **__: Any) -> None:
        raise OperationalError("SELECT 1", {}, Exception("server closed the connection"))

    monkeypatch.setattr(server.store.sessions, "keep", gone)
    told = caller.ask(contract.OPEN_CALL.path, json=SENT["openCall"])

    assert (503, "1") == (told.status_code, told.headers["retry-after"])
    assert {"error": "broken", "detail": STORE_AWAY} == told.json()
