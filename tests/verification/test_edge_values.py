"""Whatever a token or a response carries ends in a verdict, on both databases; no text is too odd."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from harness.clock import ManualClock
from harness.config import MODES, Mode
from harness.store import Store

if TYPE_CHECKING:
    from tests.verification.conftest import World

ODD = {
    "NUL": "a\x00b",
    "controls": "".join(map(chr, range(32))) + "\x7f\x85\u2028",
    "beyond the BMP": "\U0001f600" * 90,
    "no character": "\ufffe\uffff\U0010ffff",
    "long": "x" * 3_000,
    "of SQL": "'; DROP TABLE profiles; -- %s %(a)s :b ? \\ \\u0000",
    "many digits": 10**4_000,
    "a large number": 1.7976931348623157e308,
    "a small number": -5e-324,
}
"""What JSON can carry, and a claim with it."""

TEXTS = [value for value in ODD.values() if isinstance(value, str)]


@pytest.fixture
def store(store_url: str, clock: ManualClock) -> Iterator[Store]:
    """Give an empty store on either database."""
    with Store(store_url, clock) as store:
        yield store


@pytest.mark.parametrize("value", [pytest.param(value, id=name) for name, value in ODD.items()])
def test_an_odd_claim_is_kept_as_it_is(value: Any, world: World) -> None:
    """A claim for display is what the issuer has signed, and so are its members' names."""
    personal = {"type": "personal", "personal": {str(value)[:900]: str(value)[:900]}}
    world.configure("implicit", claims_map={"billing": "Bills"})
    claims = {"given_name": value, "lp_sdes": [personal], "billing": {"in": [value]}, "jti": str(value)[:9]}
    verdict = world.hand_over(world.open(), world.token(**claims))

    assert ("authenticated", None) == (verdict.outcome, verdict.code)
    (known,) = world.store.people.profiles()
    assert [value, [personal], {"Bills": {"in": [value]}}] == [
        known.verified[name] for name in ("given_name", "lp_sdes", "mapped")
    ]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"given_name": float("nan")}, "jwt.payload_invalid"),
        ({"given_name": float("-inf")}, "jwt.payload_invalid"),
        ({"given_name": "\ud83d"}, "jwt.payload_encoding"),
        ({"\udc00": "name"}, "jwt.payload_encoding"),
        ({"sub": "ali\x00ce"}, "claims.sub_format"),
        ({"sub": "alice\x7f"}, "claims.sub_format"),
        ({"sub": "\U0001f600" * 256}, "claims.sub_format"),
        ({"iss": "https://login.brand.test\x00"}, "claims.iss_mismatch"),
        ({"exp": 10**4_000}, "claims.numericdate_ms"),
    ],
)
def test_a_claim_that_nobody_may_send_is_refused(
    claims: dict[str, Any], code: str, mode: Mode, world: World
) -> None:
    """It has its code in both modes, and no database gets to see it."""
    verdict = world.hand_over(world.open(mode=mode), world.token(**claims))

    assert ("refused", code) == (verdict.outcome, verdict.code)
    assert () == world.store.people.profiles()


def test_the_longest_subject_is_kept(world: World) -> None:
    """255 characters of any alphabet are a subject where the mode lets them be."""
    sub = "\U0001f600" * 255
    verdict = world.hand_over(world.open(mode="compat"), world.token(sub=sub))

    assert ["claims.sub_format"] == [found.problem.code for found in verdict.problems]
    assert [sub] == [known.sub for known in world.store.people.profiles()]


@pytest.mark.parametrize("value", [*TEXTS, float("nan"), []])
def test_an_odd_identity_is_held_against_the_token(value: Any, world: World) -> None:
    """Whatever the page's identity function answers is another consumer, or no identity at all."""
    identity = {"iss": value, "sub": value, "acr": value}
    verdict = world.hand_over(world.open(), world.token(), identity=identity)

    code = "platform.identity_mismatch" if isinstance(value, str) else "platform.identity_invalid"
    assert [code] == [found.problem.code for found in verdict.problems]


@pytest.mark.parametrize("value", TEXTS)
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("state", "authz.state_mismatch"),
        ("iss", "authz.iss_mismatch"),
        ("error", "authz.response_ambiguous"),
        ("code", "token.id_token_missing"),
        ("a\x00name", "token.id_token_missing"),
    ],
)
def test_an_odd_response_gets_a_verdict(name: str, code: str, value: str, world: World) -> None:
    """Whatever comes back to the window's address is held against the request like anything else."""
    asked = world.popup("code", popup="\x00" * 16, binding="a \x00 cookie")
    response = {"state": asked["state"], "code": "c0de", name: value}
    verdict = world.come_back(response, "query", binding="a \x00 cookie")

    assert ("refused", code) == (verdict.outcome, verdict.code)
