from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
from joserfc.jwk import RSAKey

from harness.clock import ManualClock
from harness.config import Config, Connector, Flow, Mode, Surface
from harness.protocol import jose, pkce
from harness.protocol.authorization import ResponseMode
from harness.protocol.page_method import PageAnswer
from harness.store import Store
from harness.verification.backend import Backend, Engagement, Verdict, mapped_claims
from harness.verification.interface import Call
from harness.verification.sealing import Sealer

CONFIG = Config()
ORIGIN = "https://www.brand.test"
ALICE, BOB = "alice's window", "bob's window"


@dataclass(kw_only=True)
class World:
    """A backend, the brand's issuer behind its back channel, and windows that talk to it."""

    clock: ManualClock
    store: Store
    signing_key: RSAKey
    encryption_key: RSAKey
    http: httpx2.Client = field(init=False)
    exchanged: list[dict[str, list[str]]] = field(default_factory=list)
    answer: Callable[[], dict[str, Any]] = dict
    backend: Backend = field(init=False)

    def start(self, config: Config) -> None:
        """Start a backend of its own with ``config``."""
        self.backend = Backend(
            config=config,
            store=self.store,
            http=self.http,
            clock=self.clock,
            sealer=Sealer(),
            decryption_keys=lambda: {str(self.encryption_key.kid): self.encryption_key},
        )

    def serve(self, request: httpx2.Request) -> httpx2.Response:
        """Answer the back channel: keys, and whatever the token endpoint is to answer."""
        if request.url.path == "/jwks":
            return httpx2.Response(200, json={"keys": [self.signing_key.as_dict(private=False)]})
        self.exchanged.append(parse_qs(request.content.decode()))
        return httpx2.Response(200, json={"token_type": "Bearer", **self.answer()})

    def token(self, flow: Flow = "implicit", **changes: Any) -> str:
        """Return alice's id_token for a flow's connector with some claims changed; ``None`` drops one."""
        connector, now = CONFIG.connector_for(flow), int(self.clock.now())
        claims = {"iss": connector.issuer, "aud": connector.client_id, "sub": "alice", "iat": now}
        claims |= {"exp": now + 300, **changes}
        payload = json.dumps({name: value for name, value in claims.items() if value is not None})
        token = jose.sign({"alg": "RS256", "kid": self.signing_key.kid}, payload.encode(), self.signing_key)
        return jose.encrypt(token, self.encryption_key, enc="A128GCM") if flow == "implicit-jwe" else token

    def open(self, flow: Flow = "implicit", mode: Mode = "strict", session: str = ALICE) -> Call:
        """Open a call of the page method."""
        return self.backend.open_call(engagement(flow, mode), origin=ORIGIN, session=session)

    def hand_over(self, call: Call, token: Any, session: str = ALICE, **others: Any) -> Verdict:
        """Answer a call with a token, as its own window and page unless said otherwise."""
        given = {"origin": ORIGIN, "sealed_verifier": call.sealed_verifier, **others}
        answer = PageAnswer(happened="answered", token=token)
        return self.backend.answer_call(call_id=call.call_id, session=session, answer=answer, **given)

    def popup(self, flow: Flow = "implicit", mode: Mode = "strict") -> dict[str, str]:
        """Open a popup and return the parameters of its authorization request."""
        url = self.backend.open_popup(
            engagement(flow, mode, "popup"), popup="p1", binding="alice's browser", window_config={"site": 7}
        )
        assert url.startswith(CONFIG.connector_for(flow).authorization_endpoint + "?")
        return {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}

    def come_back(
        self,
        parameters: Mapping[str, str],
        mode: ResponseMode = "fragment",
        binding: str | None = "alice's browser",
    ) -> Verdict:
        """Answer a popup's authorization request."""
        encoded = urlencode(parameters)
        return self.backend.answer_popup(encoded, mode=mode, binding=binding, session=ALICE)

    def events(self, type_: str) -> list[dict[str, Any]]:
        """Return the data of the events of one type."""
        return [event.data for event in self.store.events.after(0) if event.type == type_]


@pytest.fixture
def world(clock: ManualClock, store: Store, signing_key: RSAKey, encryption_key: RSAKey) -> Iterator[World]:
    """Give a backend with the sample brand's connectors."""
    world = World(clock=clock, store=store, signing_key=signing_key, encryption_key=encryption_key)
    with httpx2.Client(transport=httpx2.MockTransport(world.serve)) as world.http:
        world.start(CONFIG)
        yield world


def engagement(flow: Flow, mode: Mode = "strict", surface: Surface = "embedded") -> Engagement:
    """Return what a window works for."""
    return Engagement(surface=surface, connector=CONFIG.connector_for(flow), mode=mode)


@pytest.mark.parametrize("flow", ["implicit", "implicit-jwe", "code", "code-pkce"])
def test_a_good_credential_signs_the_consumer_in(flow: Flow, world: World) -> None:
    """In every flow alice's credential gives her profile, her verified claims and no problem."""
    token = world.token(flow, given_name="Alice")
    world.answer = lambda: {"id_token": token}
    verdict = world.hand_over(world.open(flow), "c0de" if flow.startswith("code") else token)
    assert (verdict.outcome, verdict.code, verdict.problems) == ("authenticated", None, ())
    (profile,) = world.store.people.profiles()
    assert (profile.id, profile.sub, profile.account) == (verdict.profile, "alice", "fernhill")
    assert profile.verified == verdict.claims
    assert (verdict.claims["sub"], verdict.claims["given_name"]) == ("alice", "Alice")
    assert "Alice" not in repr(verdict)


def test_a_consumer_who_is_not_logged_in_is_nobody(world: World) -> None:
    """The page's error makes no finding and no profile."""
    call, answer = world.open(), PageAnswer(happened="answered", error_given=True)
    verdict = world.backend.answer_call(
        call_id=call.call_id, session=ALICE, origin=ORIGIN, sealed_verifier=None, answer=answer
    )
    assert (verdict.outcome, verdict.code) == ("not_authenticated", "sdk.brand_reported_error")
    assert world.store.people.profiles() == ()


@pytest.mark.parametrize(
    ("token", "code"), [("", "sdk.token_empty"), (7, "sdk.token_type"), ({"a": 1}, "sdk.result_shape")]
)
def test_an_answer_without_a_credential_is_refused(token: Any, code: str, world: World) -> None:
    """What the page handed over decides before anything is verified."""
    verdict = world.hand_over(world.open(), token)
    assert (verdict.outcome, verdict.code) == ("refused", code)


@pytest.mark.parametrize(
    "others", [{"session": BOB}, {"origin": "https://canary.test"}, {"origin": ORIGIN + ":444"}]
)
def test_a_call_belongs_to_its_window_and_page(others: dict[str, str], world: World) -> None:
    """Another window or page cannot answer a call, however good the token."""
    verdict = world.hand_over(world.open(), world.token(), **others)
    assert (verdict.outcome, verdict.code) == ("refused", "platform.session_binding")
    assert world.store.people.profiles() == ()


def test_a_call_is_answered_once_and_in_time(world: World) -> None:
    """An unknown, an answered and an expired call are no open calls."""
    unknown = Call(call_id="a guess", code_challenge=None, sealed_verifier=None)
    answered, late = world.open(), world.open()
    assert world.hand_over(answered, world.token()).outcome == "authenticated"
    assert world.hand_over(answered, world.token()).code == "platform.session_binding"
    assert world.hand_over(unknown, world.token()).code == "platform.session_binding"
    world.clock.advance(CONFIG.connector("implicit").callback_deadline + CONFIG.deadlines.call)
    assert world.hand_over(late, world.token()).code == "platform.session_binding"


@pytest.mark.parametrize(
    ("handed_over", "redirect_uri"),
    [
        ("c0de", CONFIG.platform.default_redirect_uri),
        ({"ssoKey": "c0de", "redirect_uri": ORIGIN + "/chat"}, ORIGIN + "/chat"),
    ],
)
def test_a_code_is_exchanged_with_the_pages_redirect_uri(
    handed_over: Any, redirect_uri: str, world: World
) -> None:
    """The code goes to the token endpoint once, with the page's redirect URI or the default."""
    world.answer = lambda: {"id_token": world.token("code")}
    assert world.hand_over(world.open("code"), handed_over).outcome == "authenticated"
    assert [(form["code"], form["redirect_uri"]) for form in world.exchanged] == [(["c0de"], [redirect_uri])]


def test_a_code_is_never_sent_twice(world: World) -> None:
    """A code that comes again, in the same window or another, stays away from the network."""
    world.answer = lambda: {"error": "invalid_grant"}
    assert world.hand_over(world.open("code"), "c0de").code == "token.invalid_grant"
    assert world.hand_over(world.open("code"), "c0de").code == "platform.code_replayed"
    assert world.hand_over(world.open("code", session=BOB), "c0de", BOB).code == "platform.code_replayed"
    assert len(world.exchanged) == 1


def test_the_verifier_belongs_to_the_challenge(world: World) -> None:
    """The page sees the challenge, and the token endpoint gets the verifier that it was made from."""
    world.answer = lambda: {"id_token": world.token("code-pkce")}
    call = world.open("code-pkce")
    assert world.hand_over(call, "c0de").outcome == "authenticated"
    (verifier,) = world.exchanged[0]["code_verifier"]
    assert pkce.s256(verifier) == call.code_challenge
    assert verifier not in str(call.sealed_verifier)
    assert str(call.sealed_verifier) not in repr(call)


@pytest.mark.parametrize("flow", ["implicit", "implicit-jwe", "code"])
def test_without_pkce_there_is_no_challenge(flow: Flow, world: World) -> None:
    """Only a connector with PKCE has a challenge and a verifier."""
    call = world.open(flow)
    assert (call.code_challenge, call.sealed_verifier) == (None, None)


def test_a_verifier_of_another_call_is_refused(world: World) -> None:
    """A missing, changed or foreign verifier keeps the code from being sent."""
    foreign = world.open("code-pkce").sealed_verifier
    for sealed in (None, "", "AAAA", foreign):
        verdict = world.hand_over(world.open("code-pkce"), "c0de", sealed_verifier=sealed)
        assert (verdict.outcome, verdict.code) == ("refused", "pkce.binding_mismatch")
    assert world.exchanged == []


@pytest.mark.parametrize("jti", ["one", None])
def test_a_token_belongs_to_the_session_that_used_it_first(jti: str | None, world: World) -> None:
    """The same window may present a token again, and another one may not."""
    token = world.token(jti=jti)
    assert world.hand_over(world.open(), token).outcome == "authenticated"
    assert world.hand_over(world.open(), token).outcome == "authenticated"
    assert world.hand_over(world.open(session=BOB), token, BOB).code == "platform.token_replayed"
    compat = world.hand_over(world.open(mode="compat", session=BOB), token, BOB)
    assert compat.outcome == "authenticated"
    assert [(found.problem.code, found.severity) for found in compat.problems] == [
        ("platform.token_replayed", "warning")
    ]


def test_a_jti_names_the_token(world: World) -> None:
    """Another token under the same ``jti`` is the same token, and a fresh ``jti`` is none."""
    assert world.hand_over(world.open(), world.token(jti="one")).outcome == "authenticated"
    again = world.hand_over(world.open(session=BOB), world.token(jti="one", more=1), BOB)
    fresh = world.hand_over(world.open(session=BOB), world.token(jti="two"), BOB)
    assert (again.code, fresh.code) == ("platform.token_replayed", None)


def test_a_refused_token_is_not_burnt(world: World) -> None:
    """What was refused in one window has not been used, so strangers cannot spend it."""
    token = world.token(aud="another")
    assert world.hand_over(world.open(session=BOB), token, BOB).code == "claims.aud_mismatch"
    assert world.hand_over(world.open(mode="compat"), token).code is None


@pytest.mark.parametrize(
    ("changes", "strict", "compat"),
    [
        ({"aud": "another"}, "claims.aud_mismatch", None),
        ({"aud": None}, "claims.aud_missing", None),
        ({"aud": ["platform-implicit", "another"]}, "claims.aud_untrusted", None),
        ({"iat": 1_795_176_000 - 900}, "claims.iat_too_old", None),
        ({"sub": "alicé"}, "claims.sub_format", None),
        ({"sub": "a" * 256}, "claims.sub_format", "claims.sub_format"),
        ({"iss": "https://idp.test"}, "claims.iss_mismatch", "claims.iss_mismatch"),
        ({"exp": 1_795_176_000 - 60, "iat": 1_795_176_000 - 90}, "claims.expired", "claims.expired"),
        ({"aud": None, "exp": None}, "claims.aud_missing", "claims.exp_missing"),
    ],
)
def test_the_first_error_of_the_mode_decides(
    changes: dict[str, Any], strict: str, compat: str | None, world: World
) -> None:
    """Where the modes differ, compat warns with the code with which strict refuses."""
    refused = world.hand_over(world.open(), world.token(**changes))
    assert (refused.outcome, refused.code, refused.profile) == ("refused", strict, None)
    assert refused.claims == {}
    verdict = world.hand_over(world.open(mode="compat"), world.token(**changes))
    assert verdict.code == compat
    assert verdict.outcome == ("refused" if compat else "authenticated")
    assert [found.problem.code for found in verdict.problems] == [
        found.problem.code for found in refused.problems
    ]


def test_events_tell_the_story_without_a_credential(world: World) -> None:
    """Calls, exchanges and verdicts are recorded, and no token, code or verifier is."""
    token = world.token("code-pkce")
    world.answer = lambda: {"id_token": token}
    call = world.open("code-pkce")
    flow = world.hand_over(call, "the-secret-c0de").flow
    events = world.store.events.after(0)
    assert [event.type for event in events] == [
        *("call.opened", "call.answered", "credential.received", "code.exchanged", "verdict")
    ]
    assert {event.flow for event in events} == {flow}
    secrets = (token, "the-secret-c0de", call.call_id, world.exchanged[0]["code_verifier"][0])
    assert not [secret for secret in secrets if secret in str(events)]
    assert events[-1].data["outcome"] == "authenticated"


def test_an_unbound_answer_is_recorded_too(world: World) -> None:
    """A refusal before any transaction leaves its verdict in the log."""
    world.hand_over(Call(call_id="a guess", code_challenge=None, sealed_verifier=None), "eyJ")
    assert [data["code"] for data in world.events("verdict")] == ["platform.session_binding"]


def test_only_mapped_claims_are_kept() -> None:
    """The agent sees standard claims, ``lp_sdes`` and what the connector maps, under its label."""
    connector = Connector.model_validate(
        {**CONFIG.connector("implicit").model_dump(), "claims_map": {"billing": "Bills", "absent": "Absent"}}
    )
    claims = {"iss": "i", "sub": "alice", "nonce": "n", "lp_sdes": [], "billing": [1], "unmapped": 2}
    assert mapped_claims(claims, connector) == {
        "iss": "i",
        "sub": "alice",
        "lp_sdes": [],
        "mapped": {"Bills": [1]},
    }


@pytest.mark.parametrize("flow", ["implicit", "implicit-jwe", "code", "code-pkce"])
def test_a_popup_signs_the_consumer_in(flow: Flow, world: World) -> None:
    """A popup's request asks for what its connector needs, and its response signs alice in."""
    asked = world.popup(flow)
    connector = CONFIG.connector_for(flow)
    assert (asked["client_id"], asked["scope"]) == (connector.client_id, "openid")
    assert (asked["response_type"], asked["redirect_uri"]) == (
        connector.response_type,
        "https://chat.platform.test/window",
    )
    token = world.token(flow, nonce=asked["nonce"])
    world.answer = lambda: {"id_token": token}
    if flow.startswith("code"):
        verdict = world.come_back({"code": "c0de", "state": asked["state"]}, "query")
        assert world.exchanged[0]["redirect_uri"] == [asked["redirect_uri"]]
    else:
        verdict = world.come_back({"id_token": token, "state": asked["state"]})
    assert (verdict.outcome, verdict.code) == ("authenticated", None)


def test_a_popup_proves_its_key(world: World) -> None:
    """The verifier of a popup's request stays with the platform until the exchange, with S256 only."""
    asked = world.popup("code-pkce")
    world.come_back({"code": "c0de", "state": asked["state"]}, "query")
    (verifier,) = world.exchanged[0]["code_verifier"]
    assert (asked["code_challenge"], asked["code_challenge_method"]) == (pkce.s256(verifier), "S256")
    assert "code_challenge" not in world.popup("code")


def test_state_carries_the_window_and_something_unguessable(world: World) -> None:
    """The state is the window's configuration with a random value, and no two are equal."""
    states = [world.popup()["state"] for _ in range(2)]
    assert [json.loads(state)["config"] for state in states] == [{"site": 7}] * 2
    assert states[0] != states[1]


@pytest.mark.parametrize(
    ("changes", "binding", "code"),
    [
        ({"state": ""}, "alice's browser", "authz.state_missing"),
        ({"state": "a guess"}, "alice's browser", "authz.state_unknown"),
        ({}, None, "authz.state_cookie_missing"),
        ({}, "bob's browser", "authz.state_unbound"),
    ],
)
def test_a_stranger_can_neither_use_nor_spend_a_state(
    changes: dict[str, str], binding: str | None, code: str, world: World
) -> None:
    """A response without its state or its browser is refused, and the own one still counts."""
    asked = world.popup()
    own = {"id_token": world.token(nonce=asked["nonce"]), "state": asked["state"]}
    verdict = world.come_back({**own, **changes}, binding=binding)
    assert (verdict.outcome, verdict.code) == ("refused", code)
    assert world.come_back(own).outcome == "authenticated"
    assert world.come_back(own).code == "authz.state_used"


def test_a_state_has_an_end(world: World) -> None:
    """A response that comes too late is refused, although the token is fresh."""
    asked = world.popup()
    world.clock.advance(CONFIG.deadlines.state)
    verdict = world.come_back({"id_token": world.token(nonce=asked["nonce"]), "state": asked["state"]})
    assert verdict.code == "authz.state_expired"


@pytest.mark.parametrize(
    ("flow", "mode", "parameters", "outcome", "code"),
    [
        ("implicit", "query", {"id_token": "eyJ"}, "refused", "authz.response_mode_mismatch"),
        ("code", "fragment", {"code": "c0de"}, "refused", "authz.response_mode_mismatch"),
        ("code", "form_post", {"code": "c0de"}, "refused", "authz.response_mode_mismatch"),
        ("code", "query", {"code": "c0de", "error": "x"}, "refused", "authz.response_ambiguous"),
        ("code", "query", {"code": "c0de", "iss": "https://idp.test"}, "refused", "authz.iss_mismatch"),
        ("code", "query", {"id_token": "eyJ"}, "refused", "authz.code_missing"),
        ("implicit", "fragment", {"id_token": "c0de"}, "refused", "jwt.malformed_compact"),
        ("code", "query", {"error": "access_denied"}, "not_authenticated", "authz.access_denied"),
        ("code", "query", {"error": "odd"}, "not_authenticated", "authz.provider_error"),
    ],
)
def test_a_response_is_held_against_its_request(
    flow: Flow, mode: ResponseMode, parameters: dict[str, str], outcome: str, code: str, world: World
) -> None:
    """Mode, issuer and answer must fit the request, and no code is exchanged before they do."""
    verdict = world.come_back({**parameters, "state": world.popup(flow)["state"]}, mode)
    assert (verdict.outcome, verdict.code) == (outcome, code)
    assert world.exchanged == []


@pytest.mark.parametrize(
    ("mode", "nonce", "code"),
    [
        ("strict", None, "claims.nonce_missing"),
        ("strict", "another", "claims.nonce_mismatch"),
        ("compat", None, None),
        ("compat", "another", "claims.nonce_mismatch"),
    ],
)
def test_a_popups_token_carries_its_nonce(
    mode: Mode, nonce: str | None, code: str | None, world: World
) -> None:
    """The nonce of the request comes back, and only compat lets it be missing."""
    state = world.popup(mode=mode)["state"]
    assert world.come_back({"id_token": world.token(nonce=nonce), "state": state}).code == code


def test_a_repeated_parameter_is_refused_before_the_state_is_read(world: World) -> None:
    """Two states are no state, for the verdict and for the popup's status."""
    state = urlencode({"state": world.popup()["state"]})
    verdict = world.backend.answer_popup(f"{state}&{state}", mode="query", binding="x", session=ALICE)
    assert verdict.code == "authz.duplicate_parameter"
    assert world.backend.popup_of(f"{state}&{state}", "query") is None


def test_a_popup_is_known_by_its_state(world: World) -> None:
    """The popup of a response is found without spending the state, and a guess finds none."""
    asked = world.popup()
    own = {"id_token": world.token(nonce=asked["nonce"]), "state": asked["state"]}
    assert world.backend.popup_of(urlencode(own), "fragment") == "p1"
    assert world.backend.popup_of("state=a+guess", "fragment") is None
    assert world.backend.popup_of("code=c0de", "fragment") is None
    assert world.come_back(own).outcome == "authenticated"


@pytest.mark.parametrize("answered", ["query", "fragment", "form_post"])
@pytest.mark.parametrize("asked", ["query", "form_post"])
def test_a_configured_response_mode_is_asked_for_and_kept(
    asked: ResponseMode, answered: ResponseMode, world: World
) -> None:
    """A connector's response mode is in the request, and the response must use it."""
    connector = CONFIG.connector("code").model_copy(update={"response_mode": asked})
    world.start(CONFIG.model_copy(update={"connectors": (connector,)}))
    world.answer = lambda: {"error": "invalid_grant"}
    window = Engagement(surface="popup", connector=connector, mode="strict")
    url = world.backend.open_popup(window, popup="p1", binding="alice's browser", window_config=None)
    parameters = parse_qs(urlsplit(url).query)
    assert parameters["response_mode"] == [asked]
    verdict = world.come_back({"code": "c0de", "state": parameters["state"][0]}, answered)
    assert verdict.code == ("token.invalid_grant" if asked == answered else "authz.response_mode_mismatch")
