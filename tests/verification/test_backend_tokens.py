"""What becomes of a token: the modes, replay, identity, keys, and what is kept of its claims."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import OctKey, RSAKey

from harness.config import MODES, Config, Connector, Mode
from harness.protocol import jose
from harness.verification.backend import mapped_claims
from harness.verification.decision import Engagement
from harness.verification.habits import Habits

if TYPE_CHECKING:
    from tests.verification.conftest import World

BOB = "bob's window"
ORIGIN = "https://www.brand.test"
ISSUER = Config().connector("implicit").issuer
SECRET = "a negotiated secret of 40 octets, or more"


@pytest.mark.parametrize("jti", ["one", None])
def test_a_token_belongs_to_the_session_that_used_it_first(jti: str | None, world: World) -> None:
    """The same window may present a token again, and another one may not."""
    token = world.token(jti=jti)
    assert world.hand_over(world.open(), token).outcome == "authenticated"
    assert world.hand_over(world.open(), token).outcome == "authenticated"
    refused = world.hand_over(world.open(session=BOB), token, BOB)
    assert (refused.outcome, refused.code, refused.profile) == ("refused", "platform.token_replayed", None)
    compat = world.hand_over(world.open(mode="compat", session=BOB), token, BOB)
    assert compat.outcome == "authenticated"
    assert [(found.problem.code, found.severity) for found in compat.problems] == [
        ("platform.token_replayed", "warning")
    ]


@pytest.mark.parametrize("mode", MODES)
def test_encrypting_a_token_again_makes_no_other_token(mode: Mode, world: World) -> None:
    """Anyone can encrypt to the platform, so a token in another wrapping is a replay in every mode."""
    signed = jose.sign(
        {"alg": "RS256", "kid": world.signing_key.kid},
        world.claims("implicit-jwe"),
        world.signing_key,
        algorithm="RS256",
    )
    first, second = world.encrypted(signed), world.encrypted(signed)
    assert first != second
    assert world.hand_over(world.open("implicit-jwe"), first).outcome == "authenticated"
    again = world.hand_over(world.open("implicit-jwe", mode, BOB), second, BOB)
    assert (again.outcome, again.code) == ("refused", "platform.token_replayed")


@pytest.mark.parametrize("mode", MODES)
def test_a_jti_names_the_token(mode: Mode, world: World) -> None:
    """In every mode another token under the same ``jti`` is a replay, and a fresh ``jti`` is none."""
    assert world.hand_over(world.open(), world.token(jti="one")).outcome == "authenticated"
    again = world.hand_over(world.open(mode=mode, session=BOB), world.token(jti="one", more=1), BOB)
    fresh = world.hand_over(world.open(mode=mode, session=BOB), world.token(jti="two"), BOB)
    assert (again.code, fresh.code) == ("platform.token_replayed", None)


def test_a_jti_is_a_string(world: World) -> None:
    """A ``jti`` of another type names nothing."""
    for number, session in enumerate(("alice's window", BOB)):
        token = world.token(jti=7, more=number)
        assert world.hand_over(world.open(session=session), token, session).outcome == "authenticated"


def test_a_refused_token_is_not_burnt(world: World) -> None:
    """What was refused in one window has not been used, so strangers cannot spend it."""
    token = world.token(aud="another")
    assert world.hand_over(world.open(session=BOB), token, BOB).code == "claims.aud_mismatch"
    assert world.hand_over(world.open(mode="compat"), token).problems[0].problem.code == "claims.aud_mismatch"
    token = world.token()
    foreign = {"iss": ISSUER, "sub": "bob", "acr": "loa1"}
    refused = world.hand_over(world.open(session=BOB), token, BOB, identity=foreign)
    assert refused.code == "platform.identity_mismatch"
    assert world.hand_over(world.open(), token).outcome == "authenticated"


@pytest.mark.parametrize(
    ("identity", "outcome", "codes"),
    [
        (None, "authenticated", []),
        ({"iss": ISSUER, "sub": "alice", "acr": "loa1"}, "authenticated", []),
        ({"iss": ISSUER, "sub": "alice"}, "authenticated", ["platform.identity_invalid"]),
        ("alice", "authenticated", ["platform.identity_invalid"]),
        ({"iss": ISSUER, "sub": "Alice", "acr": ""}, "refused", ["platform.identity_mismatch"]),
        ({"iss": "https://idp.test", "sub": "alice", "acr": ""}, "refused", ["platform.identity_mismatch"]),
    ],
)
def test_the_pages_identity_is_held_against_the_token(
    identity: Any, outcome: str, codes: list[str], world: World
) -> None:
    """Somebody else's name is a refusal, and a name of another shape a warning."""
    verdict = world.hand_over(world.open(), world.token(), identity=identity)
    assert (verdict.outcome, [found.problem.code for found in verdict.problems]) == (outcome, codes)
    assert {found.step for found in verdict.problems} <= {"identity"}
    assert len(world.store.people.profiles()) == (outcome == "authenticated")


def test_a_window_stays_with_its_consumer(world: World) -> None:
    """In the session of alice's conversation another subject is refused, and alice may come again."""
    alice = world.store.sessions.open("window", {"site": 7}, seconds=600)
    bob = world.store.sessions.open("window", {}, seconds=600)
    assert world.hand_over(world.open(session=alice), world.token(), alice).outcome == "authenticated"
    assert world.store.sessions.find("window", bob) == {}
    token = world.token(sub="bob")
    changed = world.hand_over(world.open(session=alice), token, alice)
    assert (changed.outcome, changed.code, changed.profile) == ("refused", "platform.subject_changed", None)
    assert world.hand_over(world.open(session=alice), world.token(more=1), alice).outcome == "authenticated"
    assert world.hand_over(world.open(session=bob), token, bob).outcome == "authenticated"


@pytest.mark.parametrize(
    ("now", "codes"),
    [
        ({"given_name": "Bob", "family_name": "Brandt", "email": "b@a.test"}, ["claims.sub_reassigned"]),
        ({"given_name": "Alice", "family_name": "Brandt", "email": "b@a.test"}, []),
        ({"given_name": "Bob", "family_name": "Brandt", "email": "a@a.test"}, []),
    ],
)
def test_a_subject_that_is_somebody_else_now_is_warned_of(
    now: dict[str, str], codes: list[str], world: World
) -> None:
    """When neither name nor address of a known profile is as it was, its subject may have changed hands."""
    person: dict[str, Any] = {
        "given_name": "Alice",
        "family_name": "Abel",
        "email": "a@a.test",
        "email_verified": True,
    }
    first = world.hand_over(world.open(), world.token(**person))
    assert first.problems == ()
    second = world.hand_over(world.open(), world.token(**{**person, **now}))
    assert (second.outcome, second.profile) == ("authenticated", first.profile)
    assert [(found.step, found.problem.code) for found in second.problems] == [
        ("profile", code) for code in codes
    ]


@pytest.mark.parametrize(
    ("changes", "strict", "compat"),
    [
        ({"aud": "another"}, "claims.aud_mismatch", None),
        ({"aud": None}, "claims.aud_missing", None),
        ({"aud": ["platform-implicit", "another"]}, "claims.aud_untrusted", None),
        ({"azp": "another"}, "claims.azp_mismatch", None),
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


@pytest.mark.parametrize(
    ("changes", "settings"),
    [
        ({"aud": ["platform-implicit", "another"]}, {"audiences": ["another"]}),
        ({"azp": "another"}, {"authorized_parties": ["another"]}),
        ({"nonce": "of the page"}, {}),
        ({"acr": "0"}, {"acr_values": ["1"], "max_age": 60}),
    ],
)
def test_a_page_is_held_to_what_its_connector_says(
    changes: dict[str, Any], settings: dict[str, Any], world: World
) -> None:
    """Trusted parties are trusted, and nothing is expected that only an authorization request asks for."""
    world.configure("implicit", **settings)
    verdict = world.hand_over(world.open(), world.token(**changes))
    assert (verdict.outcome, verdict.problems) == ("authenticated", ())


def test_one_subject_of_two_issuers_is_two_people(world: World, foreign_key: RSAKey) -> None:
    """A profile is of one issuer, and neither issuer's key verifies the other's token."""
    brand = world.token()
    assert world.hand_over(world.open(), brand).outcome == "authenticated"
    world.configure("implicit", issuer="https://idp.test", jwks_uri="https://idp.test/jwks")
    assert world.hand_over(world.open(), brand).code == "claims.iss_mismatch"
    own = world.signing_key
    world.signing_key = foreign_key
    world.configure("implicit", issuer="https://idp.test", jwks_uri="https://idp.test/jwks")
    assert world.hand_over(world.open(), world.token(more=1)).outcome == "authenticated"
    assert [(known.iss, known.sub) for known in world.store.people.profiles()] == [
        (ISSUER, "alice"),
        ("https://idp.test", "alice"),
    ]
    world.signing_key = own
    crossed = world.hand_over(world.open(), world.token(iss="https://idp.test", more=2))
    assert "jwks.kid_not_found" in [found.problem.code for found in crossed.problems]
    assert crossed.outcome == "refused"


def test_a_configured_key_verifies(world: World) -> None:
    """A connector with one key of its own needs no JWK Set."""
    der = world.signing_key.public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    world.configure("implicit", jwks_uri=None, jwt_public_key=base64.b64encode(der).decode())
    assert world.hand_over(world.open(), world.token()).outcome == "authenticated"


def test_a_negotiated_secret_verifies(world: World) -> None:
    """With HMAC the client secret is the key, and a token signed with RSA is refused."""
    world.configure("implicit", algorithms=["HS256"], client_secret=SECRET)
    token = jose.sign(
        {"alg": "HS256"}, world.claims("implicit"), OctKey.import_key(SECRET), algorithm="HS256"
    )
    assert world.hand_over(world.open(), token).outcome == "authenticated"
    assert world.hand_over(world.open(), world.token()).code == "jwt.alg_not_allowed"


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"algorithms": ["HS256"], "client_secret": "short"}, "jwt.key_too_small"),
        ({"jwks_uri": None, "jwt_public_key": "ssh-rsa AAAA"}, "config.public_key_invalid"),
        ({"jwks_uri": "http://login.brand.test/jwks"}, "config.url_scheme"),
    ],
)
def test_a_key_that_cannot_be_used_is_refused(settings: dict[str, Any], code: str, world: World) -> None:
    """A mistake of the configuration has its own code in every mode."""
    world.configure("implicit", **settings)
    for mode in MODES:
        verdict = world.hand_over(world.open(mode=mode), world.token())
        assert (verdict.outcome, verdict.code) == ("refused", code)


def test_keys_that_cannot_be_had_are_the_reason(world: World) -> None:
    """Without the issuer's keys nothing is believed."""
    with httpx2.Client(transport=httpx2.MockTransport(lambda _: httpx2.Response(503))) as world.http:
        world.start(world.config)
        verdict = world.hand_over(world.open(), world.token())
    assert (verdict.outcome, verdict.code) == ("refused", "jwks.unavailable")


def test_only_mapped_claims_are_kept() -> None:
    """The agent sees standard claims, legal attributes and what the connector maps, under its label."""
    connector = Connector.model_validate(
        {
            **Config().connector("implicit").model_dump(),
            "claims_map": {"billing": "Bills", "absent": "Absent"},
        }
    )
    legal = {"type": "personal", "personal": {"firstname": "Alice"}}
    claims = {"iss": "i", "sub": "alice", "nonce": "n", "lp_sdes": [legal, 7], "billing": [1], "unmapped": 2}
    assert mapped_claims(claims, connector) == {
        "iss": "i",
        "sub": "alice",
        "lp_sdes": [legal],
        "mapped": {"Bills": [1]},
    }
    assert mapped_claims({"iss": "i"}, connector) == {"iss": "i", "lp_sdes": [], "mapped": {}}


def test_a_window_keeps_what_was_known_of_it(world: World) -> None:
    """Who is signed in is added to the session's data, and nothing else is lost."""
    session = world.store.sessions.open("window", {"site": 7}, seconds=600)
    assert world.hand_over(world.open(session=session), world.token(), session).outcome == "authenticated"
    known = world.store.sessions.find("window", session)
    assert known is not None
    assert known["site"] == 7
    assert known["subject"] == ["fernhill", ISSUER, "alice"]


def test_one_subject_in_two_accounts_is_two_people(world: World) -> None:
    """The same issuer and subject behind a connector of another account is another profile."""
    own = Config().connector("implicit")
    other = own.model_copy(update={"id": "other", "account": "another-account"})
    world.start(Config(connectors=(own, other)))
    profiles = []
    for connector in (own, other):
        engagement = Engagement(surface="embedded", connector=connector, mode="strict")
        session = world.store.sessions.open("window", {}, seconds=600)
        call = world.backend.open_call(engagement, origin=ORIGIN, session=session)
        profiles.append(world.hand_over(call, world.token(more=connector.id), session).profile)
    assert None not in profiles
    assert [(known.id, known.account) for known in world.store.people.profiles()] == [
        (profiles[0], "fernhill"),
        (profiles[1], "another-account"),
    ]
    assert [verdict["account"] for verdict in world.events("verdict")] == ["fernhill", "another-account"]


def test_a_window_stays_in_its_account(world: World) -> None:
    """In the session of a consumer of one account, the same subject of another account is another one."""
    own = Config().connector("implicit")
    other = own.model_copy(update={"id": "other", "account": "another-account"})
    world.start(Config(connectors=(own, other)))
    session = world.store.sessions.open("window", {}, seconds=600)
    assert world.hand_over(world.open(session=session), world.token(), session).outcome == "authenticated"
    engagement = Engagement(surface="embedded", connector=other, mode="strict")
    call = world.backend.open_call(engagement, origin=ORIGIN, session=session)
    assert world.hand_over(call, world.token(more=1), session).code == "platform.subject_changed"


def test_the_platforms_habits_tell_consumers_apart(world: World) -> None:
    """A platform that merges issuers gives two consumers one profile; the product does not."""
    merging = Habits(profile_key=lambda account, iss, sub, verified: (account, "any issuer", sub))
    partner = Config().connector("partner-implicit")
    engagement = Engagement(surface="embedded", connector=partner, mode="strict")
    for habits, count in ((merging, 1), (Habits(), 3)):
        world.habits = habits
        for token, engaged in (
            (world.token(more=count), world.engagement("implicit")),
            (world.token(iss=partner.issuer, more=count), engagement),
        ):
            session = world.store.sessions.open("window", {}, seconds=600)
            call = world.backend.open_call(engaged, origin=ORIGIN, session=session)
            assert world.hand_over(call, token, session).outcome == "authenticated"
        assert len(world.store.people.profiles()) == count


def test_a_page_that_answers_with_its_expired_token_again_is_told_so(world: World) -> None:
    """A window that asks for a fresh credential and gets the one that it had is a page that caches."""
    session = world.store.sessions.open("window", {}, seconds=6_000)
    token = world.token()
    assert world.hand_over(world.open(session=session), token, session).outcome == "authenticated"
    assert world.hand_over(world.open(session=session), token, session).problems == ()
    world.clock.advance(400)
    again = world.hand_over(world.open(session=session), token, session)
    assert (again.outcome, again.code) == ("refused", "sdk.refresh_not_fresh")
    assert "claims.expired" in [found.problem.code for found in again.problems]
    stale = world.token(exp=int(world.clock.now()) - 100, iat=int(world.clock.now()) - 300)
    assert world.hand_over(world.open(session=session), stale, session).code == "claims.expired"
    assert world.hand_over(world.open(session=session), world.token(), session).outcome == "authenticated"
