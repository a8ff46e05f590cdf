"""Calls of the page method: whose they are, what is exchanged, and what is recorded."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from harness.config import Config, Flow, Surface
from harness.protocol import pkce
from harness.protocol.authorization import CODE_LIMIT
from harness.protocol.page_method import PageAnswer
from harness.verification.interface import Call

if TYPE_CHECKING:
    from tests.verification.conftest import World

ORIGIN = "https://www.brand.test"
ALICE, BOB = "alice's window", "bob's window"
UNKNOWN = Call(call_id="a guess", code_challenge=None, sealed_verifier=None)


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


@pytest.mark.parametrize("surface", ["embedded", "app"])
def test_an_engagement_keeps_its_surface(surface: Surface, world: World) -> None:
    """A call remembers for which surface it was opened."""
    call = world.backend.open_call(
        world.engagement("implicit", "strict", surface), origin=ORIGIN, session=ALICE
    )
    verdict = world.hand_over(call, world.token())
    assert verdict.profile is not None
    assert world.store.people.surfaces(verdict.profile) == (surface,)


def test_a_consumer_who_is_not_logged_in_is_nobody(world: World) -> None:
    """The page's error makes no finding and no profile."""
    call, answer = world.open(), PageAnswer(happened="answered", error_given=True)
    verdict = world.backend.answer_call(
        call_id=call.call_id, session=ALICE, origin=ORIGIN, sealed_verifier=None, answer=answer
    )
    assert (verdict.outcome, verdict.code) == ("not_authenticated", "sdk.brand_reported_error")
    assert (verdict.problems, verdict.profile) == ((), None)
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


def test_no_mode_softens_a_foreign_call(world: World) -> None:
    """Binding is no question of the mode."""
    verdict = world.hand_over(world.open(mode="compat"), world.token(), BOB)
    assert (verdict.outcome, verdict.code) == ("refused", "platform.session_binding")


def test_a_call_is_answered_once_and_in_time(world: World) -> None:
    """An unknown, an answered and an expired call are no open calls."""
    answered, late = world.open(), world.open()
    assert world.hand_over(answered, world.token()).outcome == "authenticated"
    assert world.hand_over(answered, world.token()).code == "platform.session_binding"
    assert world.hand_over(UNKNOWN, world.token()).code == "platform.session_binding"
    world.clock.advance(Config().connector("implicit").callback_deadline + Config().deadlines.call)
    assert world.hand_over(late, world.token()).code == "platform.session_binding"


def test_a_foreign_answer_spends_the_call(world: World) -> None:
    """Whoever answered in vain has shown that the call's id is out."""
    call = world.open()
    assert world.hand_over(call, world.token(), BOB).code == "platform.session_binding"
    assert world.hand_over(call, world.token()).code == "platform.session_binding"


@pytest.mark.parametrize(
    ("handed_over", "redirect_uri"),
    [
        ("c0de", Config().platform.default_redirect_uri),
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


def test_a_code_has_a_greatest_length(world: World) -> None:
    """A code of the limit is exchanged, and one more character keeps it from the network."""
    world.answer = lambda: {"id_token": world.token("code")}
    assert world.hand_over(world.open("code"), "c" * CODE_LIMIT).outcome == "authenticated"
    verdict = world.hand_over(world.open("code"), "c" * (CODE_LIMIT + 1))
    assert (verdict.outcome, verdict.code) == ("refused", "authz.code_too_long")
    assert len(world.exchanged) == 1


def test_a_code_is_never_sent_twice(world: World) -> None:
    """A code that comes again, in the same window or another, stays away from the network."""
    world.answer = lambda: {"error": "invalid_grant"}
    assert world.hand_over(world.open("code"), "c0de").code == "token.invalid_grant"
    assert world.hand_over(world.open("code"), "c0de").code == "platform.code_replayed"
    assert world.hand_over(world.open("code", session=BOB), "c0de", BOB).code == "platform.code_replayed"
    assert len(world.exchanged) == 1


@pytest.mark.parametrize(
    ("answer", "strict", "compat", "codes"),
    [
        ({"token_type": None}, "token.token_type", None, ["token.token_type"]),
        ({"token_type": "DPoP"}, "token.token_type", "token.token_type", ["token.token_type"]),
        ({"expires_in": "60"}, None, None, ["token.expires_in"]),
        ({"id_token": 7}, "token.shape", "token.shape", ["token.shape"]),
        (
            {"error": "slow_down"},
            "token.provider_error",
            "token.provider_error",
            ["token.provider_error", "token.nonstandard_error"],
        ),
        (
            {"token_type": None, "expires_in": -1},
            "token.token_type",
            None,
            ["token.token_type", "token.expires_in"],
        ),
    ],
)
def test_the_exchange_is_weighed_in_the_mode(
    answer: dict[str, Any], strict: str | None, compat: str | None, codes: list[str], world: World
) -> None:
    """What is odd about an answer is found in both modes, and strict refuses for more of it."""
    world.answer = lambda: {"id_token": world.token("code"), **answer}
    decided = [
        world.hand_over(world.open("code", "strict"), "code for strict"),
        world.hand_over(world.open("code", "compat"), "code for compat"),
    ]
    assert [verdict.code for verdict in decided] == [strict, compat]
    for verdict in decided:
        assert verdict.outcome == ("refused" if verdict.code else "authenticated")
        assert [found.problem.code for found in verdict.problems] == codes
        assert {found.step for found in verdict.problems} == {"exchange"}


def test_after_an_odd_exchange_the_token_is_still_examined(world: World) -> None:
    """The exchange fixes the code, and what is wrong with the token is found beside it."""
    world.answer = lambda: {"id_token": world.token("code", sub=None), "token_type": "DPoP"}
    verdict = world.hand_over(world.open("code"), "c0de")
    assert verdict.code == "token.token_type"
    assert [found.problem.code for found in verdict.problems] == ["token.token_type", "claims.sub_missing"]


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


def test_events_tell_the_story_without_a_credential(world: World) -> None:
    """Calls, exchanges and verdicts are recorded, and no token, code or verifier is."""
    token = world.token("code-pkce")
    world.answer = lambda: {"id_token": token}
    call = world.open("code-pkce")
    flow = world.hand_over(call, "the-secret-c0de").flow
    events = world.store.events.after(0)
    assert [event.type for event in events] == [
        *("call.opened", "call.answered", "credential.received", "exchange.sent", "code.exchanged"),
        *("id_token.examined", "verdict"),
    ]
    assert {event.flow for event in events} == {flow}
    secrets = (token, "the-secret-c0de", call.call_id, world.exchanged[0]["code_verifier"][0], ALICE)
    assert not [secret for secret in secrets if secret in str(events)]
    assert events[-1].data["outcome"] == "authenticated"


def test_a_verdict_is_recorded_with_its_problems(world: World) -> None:
    """The log has the code, the weight and the step of every problem."""
    world.hand_over(world.open(mode="compat"), world.token(aud="another", sub=None))
    (recorded,) = world.events("verdict")
    assert (recorded["outcome"], recorded["code"], recorded["profile"]) == (
        "refused",
        "claims.sub_missing",
        None,
    )
    assert [(one["step"], one["code"], one["severity"]) for one in recorded["problems"]] == [
        ("aud", "claims.aud_mismatch", "warning"),
        ("sub", "claims.sub_missing", "error"),
    ]


def test_an_unbound_answer_is_recorded_too(world: World) -> None:
    """A refusal before any transaction leaves its verdict in the log."""
    world.hand_over(UNKNOWN, "eyJ")
    assert [data["code"] for data in world.events("verdict")] == ["platform.session_binding"]


def test_an_id_token_where_a_code_belongs_is_named_once_it_was_refused(world: World) -> None:
    """A code is opaque and is exchanged whatever it looks like; a refused id_token of the issuer is none."""
    world.answer = lambda: {"error": "invalid_grant"}
    verdict = world.hand_over(world.open("code"), world.token("code"))
    assert (verdict.outcome, verdict.code) == ("refused", "sdk.flow_mismatch")
    assert [found.problem.code for found in verdict.problems] == ["sdk.flow_mismatch", "token.invalid_grant"]
    assert len(world.exchanged) == 1
    world.answer = lambda: {"id_token": world.token("code")}
    assert world.hand_over(world.open("code"), world.token("code", more=1)).outcome == "authenticated"


@pytest.mark.parametrize("code", ["c0de", "a.b.c", "e30.e30.c2ln", "e30.W10.c2ln", "a.b.c.d.e"])
def test_a_refused_code_that_only_looks_like_a_token_is_a_refused_code(code: str, world: World) -> None:
    """Neither its dots nor its JSON make it an id_token of the issuer."""
    world.answer = lambda: {"error": "invalid_grant"}
    assert world.hand_over(world.open("code"), code).code == "token.invalid_grant"


def test_a_token_of_another_issuer_where_a_code_belongs_is_a_refused_code(world: World) -> None:
    """Other servers make their codes of tokens too."""
    world.answer = lambda: {"error": "invalid_grant"}
    foreign = world.token("code", iss="https://elsewhere.test")
    assert world.hand_over(world.open("code"), foreign).code == "token.invalid_grant"
    assert world.hand_over(world.open("code"), world.encrypted(world.token("code"))).code == (
        "token.invalid_grant"
    )


def test_a_credential_of_another_kind_is_refused_before_it_is_used(world: World) -> None:
    """An opaque value is no id_token, and an error is no code, so nothing is sent anywhere."""
    assert world.hand_over(world.open(), "an-opaque-code").code == "sdk.flow_mismatch"
    assert world.hand_over(world.open("code"), "login_required").code == "sdk.error_passed_as_code"
    assert world.exchanged == []


def test_a_falsy_error_still_says_that_nobody_is_logged_in(world: World) -> None:
    """An empty error argument beside a good token is an error, and the page is told what it did."""
    answer = PageAnswer(happened="answered", token=None, error_given=True, error_falsy=True)
    verdict = world.backend.answer_call(
        call_id=world.open().call_id, session=ALICE, origin=ORIGIN, sealed_verifier=None, answer=answer
    )
    assert (verdict.outcome, verdict.code) == ("not_authenticated", "sdk.brand_reported_error")
    assert [(found.problem.code, found.severity) for found in verdict.problems] == [
        ("sdk.error_argument_falsy", "warning")
    ]


def test_every_answer_of_a_server_says_what_time_it_is_there(world: World) -> None:
    """The events have the difference to our own clock, where the server says it in the form of HTTP."""
    dates = ["Fri, 20 Nov 2026 12:00:00 GMT", "yesterday"]
    world.told[world.config.connector_for("code").token_endpoint] = lambda _: httpx2.Response(
        503, headers={"Date": dates.pop()}
    )
    for code in ("first", "second"):
        world.hand_over(world.open("code"), code)

    ahead = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp() - world.clock.now()
    assert [{"host": "login.brand.test", "ahead": round(ahead)}] == world.events("clock.seen")


def test_all_hops_together_have_a_deadline(world: World) -> None:
    """The token endpoint took its time, though not too much, and the sign-in is over."""
    token = world.token("code")

    def answer() -> dict[str, Any]:
        world.clock.advance(world.config.deadlines.verification + 1)
        return {"id_token": token, "token_type": "Bearer"}

    world.answer = answer
    verdict = world.hand_over(world.open("code"), "c0de")

    assert ("refused", "net.timeout_total") == (verdict.outcome, verdict.code)


def test_a_code_that_met_a_server_that_is_down_is_spent(world: World) -> None:
    """The consumer starts again: neither the call nor the code can be used once more."""
    endpoint = world.config.connector_for("code").token_endpoint
    world.told[endpoint] = lambda _: httpx2.Response(503)
    call = world.open("code")
    assert "token.unavailable" == world.hand_over(call, "c0de").code

    del world.told[endpoint]

    assert "refused" == world.hand_over(call, "c0de").outcome
    assert "platform.code_replayed" == world.hand_over(world.open("code"), "c0de").code
