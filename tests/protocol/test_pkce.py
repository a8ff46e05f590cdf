from __future__ import annotations

import pytest

from harness.protocol import pkce

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_s256_is_the_one_of_the_specification() -> None:
    """The example of RFC 7636 appendix B comes out octet by octet."""
    assert pkce.s256(VERIFIER) == CHALLENGE


def test_a_new_verifier_is_well_formed_and_fresh() -> None:
    """Every verifier has the shape of RFC 7636 section 4.1 and is made once."""
    made = [pkce.new_code_verifier() for _ in range(20)]
    assert all(pkce.is_code_verifier(verifier) and len(verifier) == 43 for verifier in made)
    assert len(set(made)) == 20


@pytest.mark.parametrize(
    ("value", "good"),
    [
        (VERIFIER, True),
        ("a" * 43, True),
        ("a" * 128, True),
        ("aZ09-._~" * 6, True),
        ("a" * 42, False),
        ("a" * 129, False),
        ("a" * 42 + "=", False),
        ("a" * 42 + "+", False),
        ("a" * 42 + "é", False),
        ("a" * 43 + "\n", False),
        ("", False),
    ],
)
def test_a_verifier_is_43_to_128_unreserved_characters(value: str, good: bool) -> None:
    """A verifier has 43 to 128 unreserved characters and nothing else."""
    assert pkce.is_code_verifier(value) is good


@pytest.mark.parametrize(
    ("value", "good"),
    [
        (CHALLENGE, True),
        (CHALLENGE + "=", False),
        (CHALLENGE[:-1], False),
        (CHALLENGE[:-1] + "~", False),
        (CHALLENGE + "\n", False),
        ("", False),
    ],
)
def test_a_challenge_is_43_base64url_characters(value: str, good: bool) -> None:
    """An S256 challenge is 43 base64url characters without padding."""
    assert pkce.is_s256_challenge(value) is good
