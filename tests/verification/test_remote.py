"""A backend behind a URL: asked once, believed only when it keeps the contract."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from joserfc.jwk import ECKey, RSAKey
from pydantic import SecretStr

from harness.checks import judge
from harness.config import Config, Flow, Platform, Surface
from harness.protocol.page_method import PageAnswer
from harness.protocol.problem import Problem
from harness.store import Store
from harness.timeline import Timeline
from harness.verification.decision import Engagement, Verdict
from harness.verification.interface import BackendFailed
from harness.verification.remote import RemoteBackend

URL = "https://verify.acme.example/base"
CONFIG = Config(platform=Platform(backend=URL, backend_token=SecretStr("a-bearer-token")))
ISSUER = CONFIG.connector_for("implicit").issuer
ENGAGED = {"surface": "embedded", "connector": "implicit", "mode": "strict"}
PROBLEM = {"step": "claims", "code": "claims.expired", "severity": "error", "expected": "a", "observed": "b"}
ABSENT: dict[str, Any] = {
    "flow": "f1",
    "outcome": "not_authenticated",
    "code": "authz.login_required",
    "problems": [],
    "engagement": ENGAGED,
}
REFUSED: dict[str, Any] = {
    "flow": "f1",
    "outcome": "refused",
    "code": "claims.expired",
    "problems": [PROBLEM],
    "engagement": ENGAGED,
}
ACCEPTED: dict[str, Any] = {
    "flow": "f1",
    "outcome": "authenticated",
    "code": None,
    "problems": [],
    "engagement": ENGAGED,
    "claims": {"iss": ISSUER, "sub": "fh-100234", "given_name": "Alice"},
}


def raised(error: Exception) -> httpx2.Response:
    """Fail as a transport does."""
    raise error


def answered(body: Any, status: int = 200) -> httpx2.Response:
    """Return an answer in JSON."""
    return httpx2.Response(status, json=body)


@dataclass(kw_only=True)
class World:
    """A remote backend of which the test says the answers.

    Attributes:
        answer: Gives the next answers.
        seen: The requests that came.
    """

    store: Store
    backend: RemoteBackend = field(init=False)
    answer: Callable[[], httpx2.Response] = lambda: answered({})
    seen: list[httpx2.Request] = field(default_factory=list)

    def serve(self, request: httpx2.Request) -> httpx2.Response:
        """Stand in for the other side."""
        self.seen.append(request)
        return self.answer()

    def hand_over(self, token: Any = "eyJ.the.token", *, error_given: bool = False) -> Verdict:
        """Pass on what a page answered."""
        return self.backend.answer_call(
            call_id="c1",
            session="the window's session",
            origin="https://www.brand.test",
            sealed_verifier=None,
            answer=PageAnswer(happened="answered", token=token, error_given=error_given),
        )

    def come_back(self, encoded: str = "id_token=eyJ.the.token&state=s1") -> Verdict:
        """Arrive with an authorization response."""
        return self.backend.answer_popup(
            encoded, mode="fragment", binding="the browser's cookie", session="the window's session"
        )

    def open_popup(self) -> str:
        """Open a popup."""
        return self.backend.open_popup(
            engagement("implicit", "popup"), popup="popup-0123456789", binding="a cookie", window_config={}
        )

    @property
    def timeline(self) -> Timeline:
        """What happened."""
        return Timeline(self.store.events.after(0))


def engagement(flow: Flow = "implicit", surface: Surface = "embedded") -> Engagement:
    """Return what a window works for."""
    return Engagement(surface=surface, connector=CONFIG.connector_for(flow), mode="strict")


@pytest.fixture
def world(store: Store) -> Iterator[World]:
    """Give a remote backend over a transport of the test's own."""
    world = World(store=store)
    with httpx2.Client(transport=httpx2.MockTransport(world.serve)) as http:
        world.backend = RemoteBackend(config=CONFIG, store=store, http=http)
        yield world


def test_a_refusal_is_judged_like_our_own(world: World) -> None:
    """Outcome, code and findings are the other side's."""
    world.answer = lambda: answered(REFUSED)
    verdict = world.hand_over()
    judgement = judge(world.timeline)

    assert ("refused", "claims.expired", None) == (verdict.outcome, verdict.code, verdict.profile)
    assert ("refused", "claims.expired") == (judgement.outcome, judgement.code)
    assert [("claims.expired", "error", "a", "b")] == [
        (one.code, one.severity, one.expected, one.observed) for one in judgement.findings
    ]


def test_half_a_character_goes_over_whole(world: World) -> None:
    """A page may hand over what no message can hold; the other side is asked all the same."""
    world.answer = lambda: answered(REFUSED)
    assert "refused" == world.hand_over({"ssoKey": "c0de\ud83d"}).outcome

    (request,) = world.seen
    assert {"ssoKey": "c0de\ufffd"} == json.loads(request.content)["answer"]["token"]


def test_an_accepted_consumer_gets_a_profile_here(world: World) -> None:
    """The other side verifies; the engagement is this platform's."""
    world.answer = lambda: answered(ACCEPTED)
    verdict = world.hand_over()
    (profile,) = world.store.people.profiles()

    assert (verdict.profile, verdict.claims) == (profile.id, profile.verified)
    assert (ISSUER, "fh-100234", ACCEPTED["claims"]) == (profile.iss, profile.sub, profile.verified)
    assert "authenticated" == judge(world.timeline).outcome


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda world: world.hand_over("", error_given=True), id="page's error"),
        pytest.param(lambda world: world.hand_over(None), id="empty answer"),
        pytest.param(lambda world: world.come_back("error=login_required&state=s1"), id="popup's error"),
        pytest.param(lambda world: world.come_back("state=s1&state=s2"), id="repeated parameter"),
    ],
)
def test_an_answer_without_a_credential_is_decided_like_any_other(
    ask: Callable[[World], Verdict], world: World
) -> None:
    """Whether nobody is logged in is for the other side to say, and no credential is noted."""
    world.answer = lambda: answered(ABSENT)
    verdict = ask(world)

    assert ("not_authenticated", "authz.login_required", None) == (
        verdict.outcome,
        verdict.code,
        verdict.profile,
    )
    assert "not_authenticated" == judge(world.timeline).outcome
    assert () == world.timeline.of("credential.received")
    assert 1 == len(world.seen)


def test_a_refusal_may_belong_to_no_transaction(world: World) -> None:
    """What belongs to nothing is refused without a connector, and nobody gets a profile."""
    world.answer = lambda: answered({**REFUSED, "flow": "", "engagement": None})
    verdict = world.come_back()

    assert ("refused", "claims.expired", None) == (verdict.outcome, verdict.code, verdict.engagement)
    assert "refused" == judge(world.timeline).outcome
    assert () == world.store.people.profiles()


def test_the_popup_comes_back_with_its_verdict(world: World) -> None:
    """So the page that opened it learns how it ended."""
    world.answer = lambda: answered({**REFUSED, "popup": "popup-0123456789"})

    assert "popup-0123456789" == world.come_back().popup


def test_the_request_carries_the_token_and_no_session(world: World) -> None:
    """Session and cookie stay here; their digests are enough to compare."""
    world.answer = lambda: answered(REFUSED)
    world.hand_over()
    world.come_back()

    assert [f"{URL}/v1/calls/answer", f"{URL}/v1/popups/answer"] == [str(one.url) for one in world.seen]
    assert {"Bearer a-bearer-token"} == {one.headers["authorization"] for one in world.seen}
    assert not [one for one in world.seen if b"the window's" in one.content or b"browser's" in one.content]


def test_the_timeline_holds_no_credential(world: World) -> None:
    """Only fingerprints, by which the issuer's own events are found."""
    world.answer = lambda: answered(REFUSED)
    world.hand_over()
    world.come_back()
    told = json.dumps([event.data for event in world.timeline])

    assert 2 == len(world.timeline.of("credential.received"))
    assert "eyJ.the" not in told
    assert "a-bearer-token" not in told


FAILURES: dict[str, Callable[[], httpx2.Response]] = {
    "nobody there": lambda: raised(httpx2.ConnectError("refused")),
    "no answer in time": lambda: raised(httpx2.ReadTimeout("slow")),
    "cut off": lambda: raised(httpx2.RemoteProtocolError("cut")),
    "token not taken": lambda: answered({"error": "unauthorized", "detail": "no"}, 401),
    "overloaded": lambda: httpx2.Response(503, text="busy"),
    "redirected": lambda: httpx2.Response(307, headers={"Location": "https://canary.test/"}),
    "created": lambda: answered(REFUSED, 201),
    "a page": lambda: httpx2.Response(200, html="<p>Hello</p>"),
    "too large": lambda: httpx2.Response(
        200, content=b'"' + b"x" * 300_000 + b'"', headers={"Content-Type": "application/json"}
    ),
    "a list": lambda: answered([]),
    "an empty object": lambda: answered({}),
    "another member": lambda: answered({**REFUSED, "extra": 1}),
    "an unknown code": lambda: answered({**REFUSED, "code": "made.up"}),
    "an unknown connector": lambda: answered({**REFUSED, "engagement": {**ENGAGED, "connector": "other"}}),
    "a foreign issuer": lambda: answered(
        {**ACCEPTED, "claims": {**ACCEPTED["claims"], "iss": "https://evil.test"}}
    ),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_backend_that_fails_leaves_the_case_open(failure: str, world: World) -> None:
    """No verdict, no profile, the backend's own finding, and nothing is sent a second time."""
    world.answer = FAILURES[failure]
    with pytest.raises(BackendFailed):
        world.hand_over()
    judgement = judge(world.timeline)

    assert ("undetermined", None) == (judgement.outcome, judgement.code)
    assert [("platform.backend_failed", "platform")] == [(one.code, one.party) for one in judgement.findings]
    assert () == world.timeline.of("verdict")
    assert () == world.store.people.profiles()
    assert 1 == len(world.seen)


def test_a_failure_outweighs_a_verdict_of_the_same_case(world: World) -> None:
    """What comes after a failure may only follow from it, so it blames nobody."""
    world.answer = FAILURES["overloaded"]
    with pytest.raises(BackendFailed):
        world.hand_over()
    world.answer = lambda: answered(REFUSED)
    world.hand_over()

    assert "undetermined" == judge(world.timeline).outcome


@pytest.mark.parametrize(("flow", "challenge"), [("implicit", None), ("code-pkce", "c" * 43)])
def test_an_opened_call_goes_to_the_browser_as_it_came(
    flow: Flow, challenge: str | None, world: World
) -> None:
    """Challenge and sealed verifier are the other side's, and the timeline holds none of the secrets."""
    opened = {"call_id": "c4ll", "code_challenge": challenge, "sealed_verifier": challenge and "s34led"}
    world.answer = lambda: answered(opened)
    call = world.backend.open_call(engagement(flow), origin="https://www.brand.test", session="s")
    (event,) = world.timeline.of("call.opened")

    assert opened == vars(call)
    assert {"call", "surface", "connector", "mode"} == event.data.keys()
    assert not [secret for secret in ("c4ll", "s34led") if secret in str(event.data)]


@pytest.mark.parametrize(
    ("flow", "challenge"), [("implicit", "c" * 43), ("code-pkce", None), ("code-pkce", "too-short")]
)
def test_a_call_has_a_challenge_exactly_when_the_flow_has_pkce(
    flow: Flow, challenge: str | None, world: World
) -> None:
    """Another one would be sent to the page, which would do as it is told."""
    world.answer = lambda: answered({"call_id": "c1", "code_challenge": challenge, "sealed_verifier": None})
    with pytest.raises(BackendFailed):
        world.backend.open_call(engagement(flow), origin="https://www.brand.test", session="s")


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.test/authorize?state=s1",
        "http://login.brand.test/authorize?state=s1",
        "https://login.brand.test/elsewhere?state=s1",
        "https://login.brand.test@evil.test/authorize",
        "https://login.brand.test:444/authorize",
        "https://[login.brand.test/authorize",
    ],
)
def test_a_popup_is_sent_to_the_connectors_endpoint_only(url: str, world: World) -> None:
    """The backend cannot lead consumers elsewhere."""
    world.answer = lambda: answered({"url": url})
    with pytest.raises(BackendFailed):
        world.open_popup()


def test_an_opened_popup_is_noted_without_its_state(world: World) -> None:
    """The authorization request goes to the browser as it came."""
    url = f"{CONFIG.connector_for('implicit').authorization_endpoint}?state=s3cr3t&nonce=n0nce"
    world.answer = lambda: answered({"url": url})

    assert url == world.open_popup()
    (event,) = world.timeline.of("authorization.requested")
    assert {"state", "nonce", "surface", "connector", "mode"} == event.data.keys()
    assert "s3cr3t" not in str(event.data)


def published(key: RSAKey | ECKey) -> dict[str, Any]:
    """Return a public encryption key as the contract has it."""
    algorithm = {"alg": "RSA-OAEP-256"} if isinstance(key, RSAKey) else {}
    public = {name: value for name, value in key.as_dict(private=False).items() if name != "alg"}
    return {**public, **algorithm, "use": "enc"}


def test_the_current_encryption_key_of_a_type_is_taken(world: World, encryption_key: RSAKey) -> None:
    """The first of a type is the one to encrypt for, and it is asked for each time, because it may change."""
    point = ECKey.generate_key("P-256", {"kid": "point"})
    older = RSAKey.generate_key(2048, {"kid": "older"})
    world.answer = lambda: answered({"keys": [published(key) for key in (point, encryption_key, older)]})
    taken = [world.backend.encryption_key(), world.backend.encryption_key("EC")]

    assert [encryption_key.kid, "point"] == [key.kid for key in taken]
    assert [encryption_key.thumbprint(), point.thumbprint()] == [key.thumbprint() for key in taken]
    assert 2 == len(world.seen)


def test_a_missing_encryption_key_is_the_backends_failure(world: World, encryption_key: RSAKey) -> None:
    """A key of another type is none."""
    world.answer = lambda: answered({"keys": [published(encryption_key)]})
    with pytest.raises(BackendFailed):
        world.backend.encryption_key("EC")

    assert ["platform.backend_failed"] == [one.code for one in judge(world.timeline).findings]


def test_an_encryption_key_off_its_curve_is_not_taken(world: World) -> None:
    """The form of a key can be right and the key be none."""
    point = published(ECKey.generate_key("P-256", {"kid": "point"}))
    world.answer = lambda: answered({"keys": [{**point, "x": "A" * 43}]})
    with pytest.raises(BackendFailed):
        world.backend.encryption_key("EC")

    assert ["platform.backend_failed"] == [one.code for one in judge(world.timeline).findings]


def test_a_private_encryption_key_is_not_taken(world: World) -> None:
    """A backend that gives its private key away has failed."""
    key = {"kty": "RSA", "use": "enc", "alg": "RSA-OAEP-256", "kid": "k", "n": "n" * 342, "e": "AQAB"}
    world.answer = lambda: answered({"keys": [{**key, "d": "d" * 342}]})
    with pytest.raises(BackendFailed):
        world.backend.encryption_key()


def test_what_is_no_response_at_all_is_refused_without_asking(world: World) -> None:
    """The window itself sees that, and says so on the timeline."""
    problem = Problem(code="redirect.query_lost", expected="an authorization response", observed="nothing")
    verdict = world.backend.refuse_response(problem)

    assert ("refused", "redirect.query_lost") == (verdict.outcome, verdict.code)
    assert 1 == len(world.timeline.of("verdict"))
    assert [] == world.seen


RENEWED = {**ACCEPTED, "expires_at": 1_795_176_300.0}


def test_a_renewal_is_the_other_sides(world: World) -> None:
    """Its verdict is recorded here like any other, with the profile and the end of the credential."""
    world.answer = lambda: answered({"verdict": RENEWED})
    verdict = world.backend.renew(session="the window's session")
    (profile,) = world.store.people.profiles()

    assert verdict is not None
    assert ("authenticated", profile.id, 1_795_176_300.0) == (
        verdict.outcome,
        verdict.profile,
        verdict.expires_at,
    )
    assert "authenticated" == judge(world.timeline).outcome
    assert [f"{URL}/v1/sessions/renew"] == [str(one.url) for one in world.seen]
    assert b"the window's session" not in world.seen[0].content


def test_without_a_renewal_there_is_no_verdict(world: World) -> None:
    """Then the page is asked, and nothing is recorded."""
    world.answer = lambda: answered({"verdict": None})

    assert world.backend.renew(session="the window's session") is None
    assert () == world.timeline.of("verdict")


@pytest.mark.parametrize(
    "body", [{}, {"verdict": {**RENEWED, "expires_at": -1}}, {"verdict": {**RENEWED, "expires_at": "soon"}}]
)
def test_another_answer_to_a_renewal_leaves_the_case_open(body: Any, world: World) -> None:
    """A verdict, or the word that there is none: nothing else is an answer."""
    world.answer = lambda: answered(body)
    with pytest.raises(BackendFailed):
        world.backend.renew(session="the window's session")

    assert "undetermined" == judge(world.timeline).outcome


@pytest.mark.parametrize(("account", "known"), [(None, "fernhill"), ("another-account", "another-account")])
def test_a_consumer_belongs_to_the_connectors_account(account: str | None, known: str, store: Store) -> None:
    """The profile and the timeline name the same account."""
    connectors = tuple(one.model_copy(update={"account": account}) for one in CONFIG.connectors)
    world = World(store=store, answer=lambda: answered(ACCEPTED))
    with httpx2.Client(transport=httpx2.MockTransport(world.serve)) as http:
        config = CONFIG.model_copy(update={"connectors": connectors})
        world.backend = RemoteBackend(config=config, store=store, http=http)
        world.hand_over()
    (profile,) = store.people.profiles()
    (verdict,) = world.timeline.of("verdict")

    assert (known, known) == (profile.account, verdict.data["account"])
