"""Popups: the authorization request, whose response comes back, and how it is held against it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from harness.config import Config, Flow, Mode
from harness.protocol import pkce
from harness.protocol.authorization import ResponseMode
from harness.protocol.problem import Problem
from harness.verification.decision import Engagement

if TYPE_CHECKING:
    from tests.verification.conftest import World

ALICES, BOBS = "alice's browser", "bob's browser"


@pytest.mark.parametrize("flow", ["implicit", "implicit-jwe", "code", "code-pkce"])
def test_a_popup_signs_the_consumer_in(flow: Flow, world: World) -> None:
    """A popup's request asks for what its connector needs, and its response signs alice in."""
    asked = world.popup(flow)
    connector = world.config.connector_for(flow)
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
    assert (verdict.outcome, verdict.code, verdict.problems) == ("authenticated", None, ())
    assert verdict.profile is not None
    assert world.store.people.surfaces(verdict.profile) == ("popup",)


def test_a_popup_proves_its_key(world: World) -> None:
    """The verifier of a popup's request stays with the platform until the exchange, with S256 only."""
    asked = world.popup("code-pkce")
    world.come_back({"code": "c0de", "state": asked["state"]}, "query")
    (verifier,) = world.exchanged[0]["code_verifier"]
    assert (asked["code_challenge"], asked["code_challenge_method"]) == (pkce.s256(verifier), "S256")
    assert "code_challenge" not in world.popup("code")


def test_a_verifier_that_cannot_be_unsealed_keeps_the_code(world: World) -> None:
    """A worker with another sealing key cannot prove the popup's key, and sends nothing."""
    asked = world.popup("code-pkce")
    world.start(world.config)
    verdict = world.come_back({"code": "c0de", "state": asked["state"]}, "query")
    assert (verdict.outcome, verdict.code) == ("refused", "pkce.binding_mismatch")
    assert world.exchanged == []


def test_state_carries_the_window_and_something_unguessable(world: World) -> None:
    """The state is the window's configuration with a random value, and no two are equal."""
    states = [world.popup()["state"] for _ in range(2)]
    assert [json.loads(state)["config"] for state in states] == [{"site": 7}] * 2
    assert states[0] != states[1]


def test_a_request_is_recorded_without_its_secrets(world: World) -> None:
    """Neither state nor nonce stands in the log."""
    asked = world.popup("code-pkce")
    (recorded,) = world.events("authorization.requested")
    assert (recorded["surface"], recorded["connector"]) == ("popup", "code-pkce")
    assert not [name for name in ("state", "nonce", "code_challenge") if asked[name] in str(recorded)]


@pytest.mark.parametrize(
    ("changes", "binding", "code"),
    [
        ({"state": None}, ALICES, "authz.state_missing"),
        ({"state": ""}, ALICES, "authz.state_missing"),
        ({"state": "a guess"}, ALICES, "authz.state_mismatch"),
        ({"state": "a guess"}, BOBS, "authz.unsolicited"),
        ({"state": None}, BOBS, "authz.unsolicited"),
        ({"state": None}, None, "authz.unsolicited"),
        ({"state": "a guess"}, None, "authz.unsolicited"),
        ({}, None, "authz.state_cookie_missing"),
        ({}, BOBS, "authz.state_unbound"),
    ],
)
def test_a_stranger_can_neither_use_nor_spend_a_state(
    changes: dict[str, str | None], binding: str | None, code: str, world: World
) -> None:
    """A response without its state or its browser is refused, and the own one still counts."""
    asked = world.popup()
    own = {"id_token": world.token(nonce=asked["nonce"]), "state": asked["state"]}
    verdict = world.come_back({**own, **changes}, binding=binding)
    assert (verdict.outcome, verdict.code, verdict.profile) == ("refused", code, None)
    assert world.come_back(own).outcome == "authenticated"
    assert world.come_back(own).code == "authz.state_used"


def test_no_mode_softens_a_foreign_state(world: World) -> None:
    """Binding is no question of the mode."""
    asked = world.popup(mode="compat")
    own = {"id_token": world.token(nonce=asked["nonce"]), "state": asked["state"]}
    assert world.come_back(own, binding=BOBS).code == "authz.state_unbound"


def test_a_response_that_nobody_asked_for_is_unsolicited(world: World) -> None:
    """Before any request, and after the only one was answered or has ended, nothing is waited for."""
    unsolicited = {"id_token": world.token(), "state": "of the provider"}
    assert world.come_back(unsolicited).code == "authz.unsolicited"
    asked = world.popup()
    assert world.come_back(unsolicited).code == "authz.state_mismatch"
    assert world.come_back({"id_token": world.token(nonce=asked["nonce"]), "state": asked["state"]}).profile
    assert world.come_back(unsolicited).code == "authz.unsolicited"
    world.popup()
    world.clock.advance(Config().deadlines.state)
    assert world.come_back(unsolicited).code == "authz.unsolicited"


def test_a_state_has_an_end(world: World) -> None:
    """A response that comes too late is refused, although the token is fresh."""
    asked = world.popup()
    world.clock.advance(Config().deadlines.state)
    verdict = world.come_back({"id_token": world.token(nonce=asked["nonce"]), "state": asked["state"]})
    assert verdict.code == "authz.state_expired"


@pytest.mark.parametrize(
    ("flow", "mode", "parameters", "outcome", "code"),
    [
        ("implicit", "query", {"id_token": "eyJ"}, "refused", "authz.id_token_in_query"),
        ("implicit", "form_post", {"id_token": "eyJ"}, "refused", "authz.response_mode_mismatch"),
        ("code", "fragment", {"code": "c0de"}, "refused", "authz.response_mode_mismatch"),
        ("code", "form_post", {"code": "c0de"}, "refused", "authz.response_mode_mismatch"),
        ("code", "form_post", {"error": "access_denied"}, "refused", "authz.response_mode_mismatch"),
        ("code", "fragment", {"error": "login_required"}, "refused", "authz.response_mode_mismatch"),
        ("code", "query", {"code": "c0de", "error": "x"}, "refused", "authz.response_ambiguous"),
        ("code", "query", {"code": "c0de", "iss": "https://idp.test"}, "refused", "authz.iss_mismatch"),
        ("code", "query", {"code": "c0de", "iss": None}, "refused", "authz.iss_missing"),
        ("code", "query", {"error": "access_denied", "iss": None}, "refused", "authz.iss_missing"),
        ("code", "query", {"id_token": "eyJ"}, "refused", "authz.code_missing"),
        ("code", "query", {"code": ""}, "refused", "authz.code_missing"),
        ("code", "query", {}, "refused", "authz.code_missing"),
        ("code", "query", {"code": "c" * 16_385}, "refused", "authz.code_too_long"),
        ("implicit", "fragment", {"id_token": "c0de"}, "refused", "jwt.malformed_compact"),
        ("implicit", "fragment", {"token": "a.b.c"}, "refused", "authz.parameter_alias"),
        ("code", "query", {"error": "access_denied"}, "not_authenticated", "authz.access_denied"),
        ("code", "query", {"error": "login_required"}, "not_authenticated", "authz.login_required"),
        ("code", "query", {"error": "invalid_request"}, "not_authenticated", "authz.invalid_request"),
        ("code", "query", {"error": "odd"}, "not_authenticated", "authz.provider_error"),
        ("code", "query", {"error": "unauthorized_client"}, "refused", "authz.unauthorized_client"),
        (
            "implicit",
            "fragment",
            {"error": "unsupported_response_type"},
            "refused",
            "authz.unsupported_response_type",
        ),
    ],
)
def test_a_response_is_held_against_its_request(
    flow: Flow,
    mode: ResponseMode,
    parameters: dict[str, str | None],
    outcome: str,
    code: str,
    world: World,
) -> None:
    """Mode, issuer and answer must fit the request, and no code is exchanged before they do."""
    verdict = world.come_back({**parameters, "state": world.popup(flow)["state"]}, mode)
    assert (verdict.outcome, verdict.code, verdict.profile) == (outcome, code, None)
    assert world.exchanged == []


@pytest.mark.parametrize(
    ("mode", "name", "code"),
    [
        ("query", "id_token", "authz.id_token_in_query"),
        ("fragment", "token", "authz.parameter_alias"),
        ("fragment", "code", "authz.parameter_alias"),
    ],
)
def test_compat_takes_a_token_where_it_is_documented(
    mode: ResponseMode, name: str, code: str, world: World
) -> None:
    """A token in the query or under another name is a warning in compat, with strict's code."""
    asked = world.popup(mode="compat")
    token = world.token(nonce=asked["nonce"])
    verdict = world.come_back({name: token, "state": asked["state"]}, mode)
    assert verdict.outcome == "authenticated"
    assert [(found.problem.code, found.severity) for found in verdict.problems] == [(code, "warning")]


def test_compat_takes_a_code_from_the_fragment(world: World) -> None:
    """A code in the fragment is a warning in compat, and in strict is never exchanged."""
    asked = world.popup("code", "compat")
    world.answer = lambda: {"id_token": world.token("code", nonce=asked["nonce"])}
    verdict = world.come_back({"code": "c0de", "state": asked["state"]}, "fragment")
    assert verdict.outcome == "authenticated"
    assert [(found.problem.code, found.severity) for found in verdict.problems] == [
        ("authz.response_mode_mismatch", "warning")
    ]


def test_compat_hears_an_error_in_the_fragment(world: World) -> None:
    """Nobody being logged in is no defect in compat, where the code might have come there too."""
    asked = world.popup("code", "compat")
    verdict = world.come_back({"error": "login_required", "state": asked["state"]}, "fragment")
    assert (verdict.outcome, verdict.code) == ("not_authenticated", "authz.login_required")
    assert [(found.problem.code, found.severity) for found in verdict.problems] == [
        ("authz.response_mode_mismatch", "warning")
    ]


def test_the_issuer_is_required_only_where_it_is_promised(world: World) -> None:
    """A server that does not say that it sends ``iss`` may leave it out, and may not send another."""
    world.configure("implicit", iss_parameter=False)
    for iss, code in ((None, None), ("https://idp.test", "authz.iss_mismatch")):
        asked = world.popup()
        token = world.token(nonce=asked["nonce"])
        assert world.come_back({"id_token": token, "state": asked["state"], "iss": iss}).code == code


def test_issuers_behind_one_redirect_uri_are_a_risk(world: World) -> None:
    """Where two issuers share the window's address and one sends no ``iss``, its responses are warned of."""
    quiet, other = Config().connector("implicit"), Config().connector("partner-implicit")
    quiet = quiet.model_copy(update={"iss_parameter": False})
    world.start(Config(connectors=(quiet, other)))
    asked = world.popup()
    token = world.token(nonce=asked["nonce"])
    verdict = world.come_back({"id_token": token, "state": asked["state"], "iss": None})
    assert verdict.outcome == "authenticated"
    assert [(found.problem.code, found.severity) for found in verdict.problems] == [
        ("config.mix_up_exposed", "warning")
    ]


def test_without_a_nonce_in_the_request_none_is_expected(world: World) -> None:
    """A connector may send no nonce; a token that has one nevertheless is warned of."""
    world.configure("implicit", nonce=False)
    for nonce, codes in ((None, []), ("a guess", ["claims.nonce_unexpected"])):
        asked = world.popup()
        assert "nonce" not in asked
        verdict = world.come_back({"id_token": world.token(nonce=nonce), "state": asked["state"]})
        assert verdict.outcome == "authenticated"
        assert [found.problem.code for found in verdict.problems] == codes
    assert [recorded["nonce"] for recorded in world.events("authorization.requested")] == [None, None]


@pytest.mark.parametrize(
    ("at_hash", "codes"),
    [
        ("77QmUPtjPfzWtF2AnpK9RQ", ["authz.access_token_front_channel"]),
        (None, ["authz.access_token_front_channel", "claims.at_hash_missing"]),
        ("another", ["authz.access_token_front_channel", "claims.at_hash_mismatch"]),
    ],
)
def test_an_access_token_in_the_response_is_held_against_the_id_token(
    at_hash: str | None, codes: list[str], world: World
) -> None:
    """An access token by the front channel is a warning, and its hash is a must."""
    asked = world.popup()
    token = world.token(nonce=asked["nonce"], at_hash=at_hash)
    access_token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
    verdict = world.come_back({"id_token": token, "access_token": access_token, "state": asked["state"]})
    assert [found.problem.code for found in verdict.problems] == codes
    assert verdict.outcome == ("authenticated" if len(codes) == 1 else "refused")


@pytest.mark.parametrize(
    ("mode", "nonce", "code"),
    [
        ("strict", None, "claims.nonce_missing"),
        ("strict", "another", "claims.nonce_mismatch"),
        ("compat", None, None),
        ("compat", "another", "claims.nonce_mismatch"),
    ],
)
@pytest.mark.parametrize("flow", ["implicit", "code"])
def test_a_popups_token_carries_its_nonce(
    flow: Flow, mode: Mode, nonce: str | None, code: str | None, world: World
) -> None:
    """The nonce of the request comes back, and only compat lets it be missing."""
    state = world.popup(flow, mode)["state"]
    token = world.token(flow, nonce=nonce)
    world.answer = lambda: {"id_token": token}
    if flow == "code":
        verdict = world.come_back({"code": "c0de", "state": state}, "query")
    else:
        verdict = world.come_back({"id_token": token, "state": state})
    assert verdict.code == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"acr": "2", "auth_time": 1_795_175_900}, None),
        ({"acr": "3", "auth_time": 1_795_176_000}, None),
        ({"acr": "1", "auth_time": 1_795_176_000}, "claims.acr_insufficient"),
        ({"acr": "2"}, "claims.auth_time_missing"),
        ({"acr": "2", "auth_time": 1_795_175_000}, "claims.auth_time_too_old"),
        ({"acr": "2", "auth_time": 1_795_262_400}, "claims.auth_time_missing"),
    ],
)
def test_what_was_asked_for_is_held_against_the_token(
    changes: dict[str, Any], code: str | None, world: World
) -> None:
    """The age of the login and its level are asked for in the request and checked in the token."""
    world.configure("implicit", max_age=300, acr_values=["2", "3"])
    asked = world.popup()
    assert (asked["max_age"], asked["acr_values"]) == ("300", "2 3")
    token = world.token(nonce=asked["nonce"], **changes)
    assert world.come_back({"id_token": token, "state": asked["state"]}).code == code


def test_nothing_is_asked_for_that_is_not_configured(world: World) -> None:
    """A connector without wishes sends none."""
    assert not {"response_mode", "max_age", "acr_values"} & world.popup().keys()


def test_a_repeated_parameter_is_refused_before_the_state_is_read(world: World) -> None:
    """Two states are no state, for the verdict and for the popup's status."""
    state = urlencode({"state": world.popup()["state"]})
    verdict = world.backend.answer_popup(f"{state}&{state}", mode="query", binding=ALICES, session="s")
    assert verdict.code == "authz.duplicate_parameter"
    assert verdict.popup is None


def test_a_popup_is_known_by_its_state(world: World) -> None:
    """The verdict names the popup that is told of it, and a guess names none."""
    asked = world.popup()
    own = {"id_token": world.token(nonce=asked["nonce"]), "state": asked["state"]}
    assert world.come_back({"state": "a guess"}).popup is None
    assert world.come_back({"code": "c0de"}).popup is None
    assert world.come_back(own).popup == "p1"


@pytest.mark.parametrize("answered", ["query", "fragment", "form_post"])
@pytest.mark.parametrize("asked", ["query", "form_post"])
def test_a_configured_response_mode_is_asked_for_and_kept(
    asked: ResponseMode, answered: ResponseMode, world: World
) -> None:
    """A connector's response mode is in the request, and the response must use it."""
    world.configure("code", response_mode=asked)
    world.answer = lambda: {"error": "invalid_grant"}
    parameters = world.popup("code")
    assert parameters["response_mode"] == asked
    verdict = world.come_back({"code": "c0de", "state": parameters["state"]}, answered)
    assert verdict.code == ("token.invalid_grant" if asked == answered else "authz.response_mode_mismatch")


def test_what_is_no_response_at_all_is_refused_and_recorded(world: World) -> None:
    """A form that no response has is refused under the code that its reader gives it."""
    problem = Problem(code="authz.form_post_malformed", expected="a form", observed="JSON")
    verdict = world.backend.refuse_response(problem)
    assert (verdict.outcome, verdict.code) == ("refused", "authz.form_post_malformed")
    assert [data["code"] for data in world.events("verdict")] == ["authz.form_post_malformed"]


def older_response(world: World, flow: Flow) -> tuple[dict[str, str], ResponseMode]:
    """Open a popup of the older connector version; return its response and the mode that it comes in."""
    world.configure(flow, rfc_compliance=False)
    asked = world.popup(flow, "compat")
    assert asked["response_type"] == ("code" if flow.startswith("code") else "token")
    assert "state" not in asked
    assert asked["redirect_uri"].startswith("https://chat.platform.test/window?lpUnifiedWindowConfig=")
    token = world.token(flow, nonce=asked["nonce"])
    world.answer = lambda: {"id_token": token}
    if flow.startswith("code"):
        return {"code": "c0de"}, "query"
    return {"token": token}, "fragment"


@pytest.mark.parametrize("flow", ["implicit", "implicit-jwe", "code", "code-pkce"])
def test_the_older_version_signs_in_without_a_state(flow: Flow, world: World) -> None:
    """The browser's open transaction stands in for the state, once, and the default redirect URI is sent."""
    response, mode = older_response(world, flow)
    verdict = world.come_back(response, mode)
    assert (verdict.outcome, verdict.problems) == ("authenticated", ())
    assert [form["redirect_uri"] for form in world.exchanged] == (
        [[Config().platform.default_redirect_uri]] if flow.startswith("code") else []
    )
    assert world.come_back(response, mode).code == "authz.unsolicited"


@pytest.mark.parametrize(
    ("changes", "binding"), [({}, None), ({}, BOBS), ({"state": "a guess"}, ALICES), ({"state": "a"}, BOBS)]
)
def test_the_older_version_belongs_to_its_browser(
    changes: dict[str, str], binding: str | None, world: World
) -> None:
    """Another browser, and a state that was never sent, find nothing and spend nothing."""
    response, mode = older_response(world, "implicit")
    foreign = world.come_back({**response, **changes}, mode, binding)
    assert (foreign.code, foreign.popup) == ("authz.unsolicited", None)
    own = world.come_back(response, mode)
    assert (own.outcome, own.popup) == ("authenticated", "p1")


def test_an_older_response_has_an_end(world: World) -> None:
    """What comes too late finds no transaction."""
    response, mode = older_response(world, "implicit")
    world.clock.advance(Config().deadlines.state)
    assert world.come_back(response, mode).outcome == "refused"


def test_a_newer_transaction_never_stands_in_for_a_state(world: World) -> None:
    """Only the older version may leave the state out."""
    asked = world.popup(mode="compat")
    token = world.token(nonce=asked["nonce"])
    verdict = world.come_back({"token": token})
    assert (verdict.code, verdict.popup) == ("authz.state_missing", None)


@pytest.fixture
def two_providers(world: World) -> World:
    """Give a backend with an honest provider and another one, whose popups share the redirect URI."""
    honest = Config().connector("code")
    other = {"id": "other", "issuer": "https://idp.test", "token_endpoint": "https://idp.test/token"}
    world.start(Config(connectors=(honest, honest.model_copy(update=other))))
    return world


def open_at(world: World, connector: str, binding: str = ALICES) -> str:
    """Open a popup at a provider and return the state of its request."""
    engagement = Engagement(surface="popup", connector=world.config.connector(connector), mode="strict")
    url = world.backend.open_popup(engagement, popup=connector, binding=binding, window_config={})
    return dict(parse_qsl(urlsplit(url).query))["state"]


def test_a_state_that_was_swapped_with_another_open_request_is_named(two_providers: World) -> None:
    """The response names the issuer of one request and carries the state of another (RFC 9207)."""
    honest, other = (two_providers.config.connector(name) for name in ("code", "other"))
    open_at(two_providers, "code")
    swapped = {"code": "c0de", "state": open_at(two_providers, "other"), "iss": honest.issuer}
    verdict = two_providers.come_back(swapped, "query")
    assert (verdict.outcome, verdict.code) == ("refused", "authz.state_mismatch")
    assert [found.problem.code for found in verdict.problems] == [
        "authz.state_mismatch",
        "authz.iss_mismatch",
    ]
    swap = verdict.problems[0].problem
    assert (swap.expected, swap.observed) == (
        f"the state of the request to {honest.issuer}",
        f"the state of the request to {other.issuer}",
    )
    assert two_providers.exchanged == []


@pytest.mark.parametrize(
    ("opened_by", "iss", "code"),
    [
        (BOBS, "https://login.brand.test", "authz.iss_mismatch"),
        (ALICES, "https://elsewhere.test", "authz.iss_mismatch"),
        (ALICES, None, "authz.iss_missing"),
    ],
)
def test_an_issuer_that_this_browser_did_not_ask_is_a_wrong_issuer(
    opened_by: str, iss: str | None, code: str, two_providers: World
) -> None:
    """Another browser's request, an issuer that nobody asked and a missing one say nothing of a swap."""
    open_at(two_providers, "code", opened_by)
    response = {"code": "c0de", "state": open_at(two_providers, "other"), "iss": iss}
    assert two_providers.come_back(response, "query").code == code


@pytest.mark.parametrize("seconds", [0, Config().deadlines.state])
def test_a_request_that_was_answered_or_has_ended_is_not_open(seconds: float, two_providers: World) -> None:
    """Only an open request can be the one whose state was swapped."""
    world, honest = two_providers, two_providers.config.connector("code").issuer
    first = {"code": "a c0de", "state": open_at(world, "code"), "iss": honest}
    if not seconds:
        world.answer = lambda: {"error": "invalid_grant"}
        assert world.come_back(first, "query").code == "token.invalid_grant"
    world.clock.advance(seconds)
    response = {"code": "c0de", "state": open_at(world, "other"), "iss": honest}
    assert world.come_back(response, "query").code == "authz.iss_mismatch"


def test_the_older_version_has_no_other_request_to_swap_with(world: World) -> None:
    """Its response has no state that could belong to another request."""
    response, mode = older_response(world, "implicit")
    verdict = world.come_back({**response, "iss": "https://elsewhere.test"}, mode)
    assert verdict.code == "authz.iss_mismatch"
