"""What a timeline tells of a token: enough to see what was checked, nothing of a person."""

from __future__ import annotations

from typing import Any

import pytest

from harness.protocol.problem import Problem
from harness.redact import mark
from harness.verification.pipeline import Examined, Finding
from harness.verification.telling import told

CLAIMS: dict[str, Any] = {
    "iss": "https://login.acme.example",
    "aud": ["platform"],
    "exp": 1_800_000_000,
    "sub": "consumer-4711",
    "nonce": "n-0S6_WzA2Mj",
    "given_name": "Alice",
    "email_verified": True,
    "balance": 12.5,
    "middle_name": None,
    "address": {"street": "Main Street 1", "locality": "Utrecht"},
    "lp_sdes": [{"type": "personal"}],
}
JWE = "eyJhbGciOiJSU0EifQ.aaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbb.cccccccccccccccccccc.dddddddddddddddddddd"


def examined(claims: dict[str, Any], **header: Any) -> Examined:
    """Return a token that went through two steps, of which the second found something."""
    problem = Problem(code="claims.expired", expected="a fresh token", observed="an old one")
    return Examined(
        claims=claims,
        found=(Finding(step="exp", problem=problem),),
        headers=(("jws", {"alg": "RS256", **header}),),
        ran=("iss", "exp"),
    )


def test_what_describes_the_token_is_told_with_its_value() -> None:
    """Issuer, audience and times."""
    claims = told(examined(CLAIMS), show_claims=False)["claims"]

    assert ("https://login.acme.example", '["platform"]', "1800000000") == (
        claims["iss"],
        claims["aud"],
        claims["exp"],
    )


def test_what_describes_a_person_is_told_with_type_and_length() -> None:
    """Names, contact, account: not one value."""
    claims = told(examined(CLAIMS), show_claims=False)["claims"]

    assert {
        "given_name": "string, 5 characters",
        "email_verified": "true or false",
        "balance": "number",
        "middle_name": "null",
        "address": "object: street, locality",
        "lp_sdes": "array of 1",
    }.items() <= claims.items()


def test_who_it_is_can_be_recognised_and_not_read() -> None:
    """The same subject and nonce have the same mark."""
    claims = told(examined(CLAIMS), show_claims=False)["claims"]

    assert (mark("consumer-4711"), mark("n-0S6_WzA2Mj")) == (claims["sub"], claims["nonce"])


def test_a_demonstration_shows_every_claim_but_no_mark() -> None:
    """Subject and nonce stay marks even then."""
    claims = told(examined(CLAIMS), show_claims=True)["claims"]

    assert ("Alice", mark("consumer-4711")) == (claims["given_name"], claims["sub"])


@pytest.mark.parametrize("where", ["kid", "typ"])
def test_a_token_in_a_header_is_not_told(where: str) -> None:
    """Whoever puts it there."""
    (layer,) = told(examined({}, **{where: JWE}), show_claims=True)["headers"]

    assert {"alg": "RS256", where: mark(JWE)} == layer["members"]


def test_a_key_id_is_told_as_it_is() -> None:
    """It is public, and the first thing that people compare."""
    kid = "Zm9vYmFyLXRodW1icHJpbnQtb2YtYS1rZXktMTIzNDU"

    assert kid == told(examined({}, kid=kid), show_claims=False)["headers"][0]["members"]["kid"]


def test_steps_are_told_with_what_they_found() -> None:
    """In their order."""
    assert [{"step": "iss", "found": []}, {"step": "exp", "found": ["claims.expired"]}] == told(
        examined({}), show_claims=False
    )["steps"]
