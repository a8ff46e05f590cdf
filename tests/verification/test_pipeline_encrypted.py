"""Encrypted tokens through the steps: a signed token inside an encrypted one, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from joserfc.jwk import RSAKey

if TYPE_CHECKING:
    from tests.verification.conftest import Issuer


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"kid": None},
        {"cty": "application/jwt"},
        {"private": 1},
        *({"typ": typ} for typ in ("JWT", "jwt", "application/jwt", "APPLICATION/JWT")),
    ],
)
def test_a_nested_token_is_opened(header: dict[str, Any], issuer: Issuer) -> None:
    """A signed token inside an encrypted one gives its claims, with the platform's ``kid`` or without."""
    inner = issuer.signed()
    examined = issuer.examine(issuer.encrypted(inner, **header), encrypted=True)
    assert (examined.found, examined.claims) == ((), issuer.good)
    assert examined.signing_input == inner.rpartition(".")[0].encode()


def test_encryption_must_be_expected(issuer: Issuer) -> None:
    """An encrypted token where none is configured is not opened."""
    assert issuer.found(issuer.encrypted(issuer.signed())) == [("envelope", "jwe.unexpected")]


def test_encryption_must_not_be_missing(issuer: Issuer, foreign_key: RSAKey) -> None:
    """A token that is only signed is found where encryption is configured, and examined to its end."""
    assert issuer.found(issuer.signed(), encrypted=True) == [("envelope", "jwe.required")]
    assert issuer.found(issuer.signed(key=foreign_key), encrypted=True) == [
        ("envelope", "jwe.required"),
        ("signature", "jwt.signature_invalid"),
    ]


@pytest.mark.parametrize("encrypted", [True, False])
def test_signing_comes_before_encrypting(encrypted: bool, issuer: Issuer) -> None:
    """An encrypted token inside a signed one is the wrong way round, configured or not."""
    token = issuer.signed(issuer.encrypted(issuer.signed()).encode())
    assert issuer.found(token, encrypted=encrypted) == [("envelope", "jwe.wrong_order")]


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({"alg": None}, "jwe.alg_not_allowed"),
        ({"alg": "RSA-OAEP"}, "jwe.alg_not_allowed"),
        ({"alg": "RSA1_5"}, "jwe.alg_not_allowed"),
        ({"alg": "PBES2-HS256+A128KW", "p2c": 10**9}, "jwe.alg_not_allowed"),
        ({"alg": "dir"}, "jwe.alg_not_allowed"),
        ({"alg": ["RSA-OAEP-256"]}, "jwe.alg_not_allowed"),
        ({"enc": None}, "jwe.enc_not_allowed"),
        ({"enc": "A192GCM"}, "jwe.enc_not_allowed"),
        ({"enc": "a128gcm"}, "jwe.enc_not_allowed"),
        ({"zip": "DEF"}, "jwe.zip_not_allowed"),
        ({"crit": ["unheard-of"], "unheard-of": 1}, "jwt.crit_unsupported"),
        ({"crit": []}, "jwt.crit_invalid"),
        ({"kid": "another"}, "jwe.kid_not_found"),
        ({"kid": ""}, "jwe.kid_not_found"),
        ({"kid": 7}, "jwe.kid_not_found"),
        ({"kid": ["one"]}, "jwe.kid_not_found"),
        ({"enc": "A256GCM"}, "jwe.decrypt_failed"),
    ],
)
def test_an_encrypted_header_is_read_before_a_key_is_touched(
    header: dict[str, Any], code: str, issuer: Issuer
) -> None:
    """Algorithm, content encryption, compression and key id are settled first, and end it."""
    examined = issuer.examine(issuer.encrypted(issuer.signed(), **header), encrypted=True)
    assert [(one.step, one.problem.code) for one in examined.found] == [("encryption", code)]
    assert (examined.claims, examined.signing_input) == ({}, b"")


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({"cty": None}, "jwe.cty_missing"),
        ({"cty": "json"}, "jwe.cty_missing"),
        ({"sub": "alice"}, "jwe.header_leaks"),
        ({"email": "alice@brand.test", "name": "Alice"}, "jwe.header_leaks"),
        *(({"typ": typ}, "idtoken.wrong_token_type") for typ in ("at+jwt", "JOSE", "JWE", "")),
    ],
)
def test_what_is_odd_about_an_outer_header_is_noticed(
    header: dict[str, Any], code: str, issuer: Issuer
) -> None:
    """Another type, no content type and claims in the clear are found, and the token is opened."""
    examined = issuer.examine(issuer.encrypted(issuer.signed(), **header), encrypted=True)
    assert [(one.step, one.problem.code) for one in examined.found] == [("encryption", code)]
    assert examined.claims == issuer.good
    assert "alice" not in str(examined.found).lower()


@pytest.mark.parametrize("typ", [7, ["JWT"]], ids=str)
def test_an_outer_type_that_is_no_text_is_the_reason(typ: Any, issuer: Issuer) -> None:
    """A type of another kind is named before the decryption, which it spoils."""
    token = issuer.encrypted(issuer.signed(), typ=typ)
    examined = issuer.examine(token, encrypted=True)
    assert examined.found[0].problem.code == "idtoken.wrong_token_type"
    assert examined.claims == {}


@pytest.mark.parametrize("outer", [True, False])
def test_claims_in_a_header_are_the_same_as_inside(outer: bool, issuer: Issuer) -> None:
    """A header of either layer that names another issuer is found."""
    named = "https://idp.test"
    inner = issuer.signed(iss=None if outer else named)
    token = issuer.encrypted(inner, iss=named if outer else None)
    assert issuer.found(token, encrypted=True) == [("header_copies", "jwt.header_claim_mismatch")]


@pytest.mark.parametrize(
    ("inner", "code"),
    [
        pytest.param(lambda issuer: json.dumps(issuer.good), "jwe.inner_not_signed", id="bare claims"),
        pytest.param(lambda _: "é", "jwe.inner_not_signed", id="no ASCII"),
        pytest.param(lambda _: "a.b", "jwe.inner_not_signed", id="two parts"),
        pytest.param(lambda _: "", "jwe.inner_not_signed", id="nothing"),
        pytest.param(lambda issuer: issuer.encrypted(issuer.signed()), "jwe.nesting", id="third layer"),
        pytest.param(lambda _: "e30.e30.!", "jwe.inner_not_signed", id="no base64url"),
        pytest.param(lambda _: "e.e30.e30", "jwt.bad_base64url", id="bad part"),
        pytest.param(lambda _: "W10.e30.e30", "jwt.header_invalid", id="no header"),
    ],
)
def test_inside_is_a_signed_token(inner: Callable[[Issuer], str], code: str, issuer: Issuer) -> None:
    """Encryption alone proves nothing, because anyone can encrypt to a public key."""
    assert issuer.found(issuer.encrypted(inner(issuer)), encrypted=True) == [("encryption", code)]


def test_the_inner_token_keeps_the_rules_of_the_outer(issuer: Issuer, foreign_key: RSAKey) -> None:
    """Inside the encryption an unsigned or foreign token is as bad as outside it."""
    unsigned = issuer.encrypted(issuer.signed(alg="none"))
    foreign = issuer.encrypted(issuer.signed(key=foreign_key))
    assert issuer.found(unsigned, encrypted=True) == [("header", "jwt.alg_none")]
    assert issuer.found(foreign, encrypted=True) == [("signature", "jwt.signature_invalid")]
