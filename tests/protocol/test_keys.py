from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc.jwk import RSAKey

from harness.protocol import base64url, keys
from harness.protocol.problem import Refusal


@pytest.fixture(scope="module")
def weak_key() -> RSAKey:
    """Give a key of 1024 bits, as old tutorials print them."""
    private = rsa.generate_private_key(65537, 1024)  # noqa: S505 - weak on purpose
    return RSAKey(private, private)


def public(key: RSAKey, **members: Any) -> dict[str, Any]:
    """Return the public JWK of a key with some members replaced; ``None`` takes one away."""
    jwk = {**key.as_dict(private=False), **members}
    return {name: value for name, value in jwk.items() if value is not None}


def spki(key: Any) -> str:
    """Return the one-line SubjectPublicKeyInfo of a public key."""
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def test_one_configured_key_verifies_every_kid(signing_key: RSAKey) -> None:
    """The connector form's key has no ``kid``, so any header may mean it."""
    key_set = keys.from_spki(spki(signing_key.public_key))
    assert [key.key.thumbprint() for key in key_set.candidates("any", "RS256")] == [signing_key.thumbprint()]
    assert key_set.candidates(None, "RS256") == key_set.keys


@pytest.mark.parametrize(
    ("text", "observed"),
    [
        ("-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----", "a public key with its PEM armour"),
        ("-----BEGIN RSA PUBLIC KEY-----\nMIIB", "a PKCS#1 key in PEM"),
        ("-----BEGIN CERTIFICATE-----\nMIIB", "a certificate in PEM"),
        ("-----BEGIN PRIVATE KEY-----\nMIIB", "a private key in PEM"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIB", "a private key in PEM"),
        ("ssh-rsa AAAAB3Nza", "an SSH public key"),
        ("", "text that is no such key"),
        ("nonsense!", "text that is no such key"),
        ("é", "text that is no such key"),
        ("AAAA", "text that is no such key"),
    ],
)
def test_a_key_in_another_form_is_named(text: str, observed: str) -> None:
    """Whoever pastes another form is told which one it was."""
    with pytest.raises(Refusal) as caught:
        keys.from_spki(text)
    assert (caught.value.problem.code, caught.value.problem.observed) == (
        "config.public_key_invalid",
        observed,
    )


def test_the_configured_key_is_on_one_line(signing_key: RSAKey) -> None:
    """Line breaks inside the base64 are refused and not repaired."""
    text = spki(signing_key.public_key)
    with pytest.raises(Refusal) as caught:
        keys.from_spki(f"{text[:64]}\n{text[64:]}")
    assert caught.value.problem.code == "config.public_key_invalid"


def test_the_configured_key_is_rsa() -> None:
    """A good key of another type cannot verify RS256."""
    with pytest.raises(Refusal) as caught:
        keys.from_spki(spki(ec.generate_private_key(ec.SECP256R1()).public_key()))
    assert caught.value.problem.code == "config.public_key_invalid"


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "keys",
        {},
        {"keys": None},
        {"keys": {}},
        {"keys": "RSA"},
        {"keys": [{"kty": "EC"}] * 51},
    ],
)
def test_a_key_set_is_an_object_with_a_list_of_keys(document: Any) -> None:
    """Anything else, and more than 50 members, is no JWK Set."""
    with pytest.raises(Refusal) as caught:
        keys.from_jwks(document)
    assert caught.value.problem.code == "jwks.invalid"


def test_a_key_set_of_fifty_is_read(signing_key: RSAKey) -> None:
    """The limit itself is accepted, and members of unknown type leave no trace."""
    key_set = keys.from_jwks({"keys": [{"kty": "AKP"}] * 49 + [public(signing_key)]})
    assert (len(key_set.keys), key_set.problems) == (1, ())


@pytest.mark.parametrize(
    "members",
    [
        pytest.param([], id="none"),
        pytest.param([{"kty": "EC", "crv": "P-256"}], id="another type"),
        pytest.param([{"kty": "oct", "k": "AAAA"}], id="symmetric"),
        pytest.param([{}], id="no type"),
        pytest.param(["RSA", None, 7], id="no keys"),
        pytest.param([{"kty": "RSA"}], id="no modulus"),
    ],
)
def test_a_set_without_a_usable_key_is_empty(members: list[Any]) -> None:
    """A set must leave at least one RSA signature key."""
    with pytest.raises(Refusal) as caught:
        keys.from_jwks({"keys": members})
    assert caught.value.problem.code == "jwks.empty"


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        ({"use": "enc"}, []),
        ({"kty": "EC"}, []),
        ({"n": None}, ["jwks.member_ignored"]),
        ({"n": ""}, ["jwks.member_ignored"]),
        ({"n": 7}, ["jwks.member_ignored"]),
        ({"n": "é"}, ["jwks.member_ignored"]),
        ({"e": "AQ"}, ["jwks.member_ignored"]),
        ({"e": "Ag"}, ["jwks.member_ignored"]),
        *(
            ({name: "AQAB"}, ["jwks.private_key_exposed"])
            for name in ("d", "p", "q", "dp", "dq", "qi", "oth")
        ),
    ],
)
def test_a_bad_member_does_not_spoil_its_neighbour(
    change: dict[str, Any], problems: list[str], signing_key: RSAKey, foreign_key: RSAKey
) -> None:
    """A member that cannot be used is left out and reported, and the good one stays."""
    key_set = keys.from_jwks({"keys": [public(foreign_key, **change), public(signing_key)]})
    assert [key.kid for key in key_set.keys] == [signing_key.kid]
    assert [problem.code for problem in key_set.problems] == problems


def test_a_member_that_is_no_object_is_reported(signing_key: RSAKey) -> None:
    """A string among the keys is ignored and named."""
    key_set = keys.from_jwks({"keys": ["RSA", public(signing_key)]})
    assert [problem.code for problem in key_set.problems] == ["jwks.member_ignored"]


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_a_weak_key_is_left_out(weak_key: RSAKey, signing_key: RSAKey) -> None:
    """A modulus below 2048 bits verifies nothing."""
    key_set = keys.from_jwks({"keys": [public(weak_key), public(signing_key)]})
    assert [key.kid for key in key_set.keys] == [signing_key.kid]
    assert [problem.code for problem in key_set.problems] == ["jwks.key_weak"]


@pytest.mark.parametrize(("bits", "problems"), [(8192, []), (8193, ["jwks.key_weak"])])
def test_a_modulus_has_a_longest_length(bits: int, problems: list[str], signing_key: RSAKey) -> None:
    """A modulus of 8192 bits is read, and a longer one costs no time at all."""
    modulus = (2 ** (bits - 1) + 1).to_bytes(bits // 8 + 1)
    large = public(signing_key, kid="large", n=base64url.encode(modulus.lstrip(b"\0")))
    key_set = keys.from_jwks({"keys": [large, public(signing_key)]})
    assert ("large" in {key.kid for key in key_set.keys}) is (not problems)
    assert [problem.code for problem in key_set.problems] == problems


@pytest.mark.parametrize("change", [{}, {"use": None}, {"x5c": ["?"], "more": 1}])
def test_a_signature_key_is_read(change: dict[str, Any], signing_key: RSAKey) -> None:
    """A key without ``use`` may sign, and unknown members do not matter."""
    (key,) = keys.from_jwks({"keys": [public(signing_key, **change)]}).keys
    assert (key.kid, key.algorithm) == (signing_key.kid, "RS256")
    assert not key.key.is_private


@pytest.mark.parametrize(
    ("change", "kid", "algorithm", "chosen"),
    [
        ({"kid": "one"}, "one", "RS256", True),
        ({"kid": "one"}, None, "RS256", True),
        ({"kid": "one"}, "two", "RS256", False),
        ({"kid": "one"}, "One", "RS256", False),
        ({"kid": "one"}, "", "RS256", False),
        ({"kid": None}, "two", "RS256", True),
        ({"kid": 7}, "two", "RS256", True),
        ({"alg": None}, None, "PS256", True),
        ({"alg": 7}, None, "PS256", True),
        ({"alg": "PS256"}, None, "RS256", False),
    ],
)
def test_kid_and_alg_narrow_the_choice(
    change: dict[str, Any], kid: str | None, algorithm: str, chosen: bool, signing_key: RSAKey
) -> None:
    """A key is chosen when neither its ``kid`` nor its ``alg`` speaks against the header's."""
    key_set = keys.from_jwks({"keys": [public(signing_key, **change)]})
    assert bool(key_set.candidates(kid, algorithm)) is chosen
