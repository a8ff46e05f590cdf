from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat, PublicFormat
from joserfc.jwk import ECKey, OKPKey, RSAKey

from harness.catalogue.codes import codes
from harness.protocol import base64url, keys
from harness.protocol.keys import KeySet
from harness.protocol.problem import Refusal

ROCA_MODULUS = 65_537**128
"""2049 bits, and a power of 65537 modulo every prime."""


def public(key: RSAKey | ECKey | OKPKey, **members: Any) -> dict[str, Any]:
    """Return the public JWK of a key with some members replaced; ``None`` takes one away."""
    jwk = {**key.as_dict(private=False), **members}
    return {name: value for name, value in jwk.items() if value is not None}


def number(value: int) -> str:
    """Return a number as a JWK holds it."""
    return base64url.encode(value.to_bytes((value.bit_length() + 7) // 8))


def spki(key: Any) -> str:
    """Return the one-line SubjectPublicKeyInfo of a public key."""
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def pkcs(key: RSAKey, form: PrivateFormat) -> str:
    """Return the one-line base64 of a private key."""
    assert key.private_key is not None
    der = key.private_key.private_bytes(Encoding.DER, form, serialization.NoEncryption())
    return base64.b64encode(der).decode()


def certificate(key: RSAKey) -> bytes:
    """Return a certificate of alice's for a key, signed with it."""
    assert key.private_key is not None
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "alice")])
    builder = x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key)
    builder = builder.serial_number(1).not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
    builder = builder.not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
    return builder.sign(key.private_key, SHA256()).public_bytes(Encoding.DER)


def refused(document: Any) -> str:
    """Return the code with which a JWK Set is refused."""
    with pytest.raises(Refusal) as caught:
        keys.from_jwks(document)
    assert caught.value.problem.code in codes()
    return caught.value.problem.code


def spki_refused(text: str) -> tuple[str, str]:
    """Return the code with which a configured key is refused, and what was seen."""
    with pytest.raises(Refusal) as caught:
        keys.from_spki(text)
    assert caught.value.problem.code in codes()
    return caught.value.problem.code, caught.value.problem.observed


def chosen(key_set: KeySet, kid: str | None, algorithm: str) -> str:
    """Return the ids of the candidates, or the code of the refusal."""
    try:
        return ",".join(key.kid or "-" for key in key_set.candidates(kid, algorithm))
    except Refusal as refusal:
        return codes()[refusal.problem.code].code


def test_one_configured_key_verifies_every_kid(signing_key: RSAKey) -> None:
    """The connector form's key has no ``kid``, so any header may mean it."""
    key_set = keys.from_spki(spki(signing_key.public_key))
    (key,) = key_set.candidates("any", "RS256")
    assert key.key is not None
    assert key.key.thumbprint() == signing_key.thumbprint()
    assert key_set.candidates(None, "PS512") == key_set.keys
    assert key_set.knows("any")


@pytest.mark.parametrize(
    ("text", "observed"),
    [
        ("-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----", "a public key with its PEM armour"),
        ("-----BEGIN RSA PUBLIC KEY-----\nMIIB", "a PKCS#1 key in PEM"),
        ("-----BEGIN CERTIFICATE-----\nMIIB", "a certificate in PEM"),
        ("ssh-rsa AAAAB3Nza", "an SSH public key"),
        ("MIIB IjAN", "base64 with line breaks or blanks"),
        ("MIIB\r\nIjAN", "base64 with line breaks or blanks"),
        ("30820122300d0609", "hexadecimal"),
        ("30820122300D060", "hexadecimal"),
        ("", "text that is no such key"),
        ("nonsense!", "text that is no such key"),
        ("é", "text that is no such key"),
        ("MIIB", "text that is no such key"),
        ('{"kty":"RSA"}', "text that is no such key"),
    ],
)
def test_a_key_in_another_form_is_named(text: str, observed: str) -> None:
    """Whoever pastes another form is told which one it was."""
    assert spki_refused(text) == ("config.public_key_invalid", observed)


def test_a_certificate_without_armour_is_named(signing_key: RSAKey) -> None:
    """A certificate in plain base64 holds the key and is none."""
    text = base64.b64encode(certificate(signing_key)).decode()
    assert spki_refused(text) == ("config.public_key_invalid", "a certificate")


def test_a_bare_pkcs1_key_is_named(signing_key: RSAKey) -> None:
    """PKCS#1 holds the same numbers without saying whose they are, and is not repaired."""
    der = signing_key.public_key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    text = base64.b64encode(der).decode()
    assert spki_refused(text) == ("config.public_key_invalid", "a bare PKCS#1 key")


@pytest.mark.parametrize("separator", ["\n", "\r\n", " ", "\t"])
def test_the_configured_key_is_on_one_line(separator: str, signing_key: RSAKey) -> None:
    """Line breaks and blanks inside the base64 are refused and not repaired."""
    text = spki(signing_key.public_key)
    assert spki_refused(f"{text[:64]}{separator}{text[64:]}") == (
        "config.public_key_invalid",
        "base64 with line breaks or blanks",
    )


@pytest.mark.parametrize(
    "key",
    [ec.generate_private_key(ec.SECP256R1()).public_key(), ed25519.Ed25519PrivateKey.generate().public_key()],
    ids=["EC", "Ed25519"],
)
def test_the_configured_key_is_rsa(key: Any) -> None:
    """A good key of another type cannot verify RS256."""
    assert spki_refused(spki(key))[0] == "config.public_key_invalid"


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN PRIVATE KEY-----\nMIIB",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIB",
        "-----BEGIN EC PRIVATE KEY-----\nMIIB",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl",
    ],
)
def test_a_private_key_in_pem_is_told_apart(text: str) -> None:
    """A private key is recognised by its armour, whatever is in it."""
    assert spki_refused(text) == ("config.private_key_given", "a private key")


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_a_private_key_without_armour_is_told_apart(
    form: PrivateFormat, broken: bool, signing_key: RSAKey
) -> None:
    """A private key in plain base64, on one line or several, is recognised and never shown."""
    text = pkcs(signing_key, form)
    assert spki_refused(f"{text[:64]}\n{text[64:]}" if broken else text) == (
        "config.private_key_given",
        "a private key",
    )


@pytest.mark.parametrize("broken", [False, True])
def test_an_encrypted_private_key_is_told_apart(broken: bool, signing_key: RSAKey) -> None:
    """A private key under a password is still one, and nobody is asked for the password."""
    assert signing_key.private_key is not None
    locked = serialization.BestAvailableEncryption(b"open sesame")
    der = signing_key.private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, locked)
    text = base64.b64encode(der).decode()
    assert spki_refused(f"{text[:64]}\n{text[64:]}" if broken else text) == (
        "config.private_key_given",
        "a private key",
    )


@pytest.mark.parametrize(
    ("modulus", "code"),
    [
        pytest.param(2**1023 + 1, "jwt.key_too_small", id="1024"),
        pytest.param(2**2046 + 1, "jwt.key_too_small", id="2047"),
        pytest.param(2**8192 + 1, "jwt.key_too_large", id="8193"),
        pytest.param(ROCA_MODULUS, "jwks.key_weak", id="ROCA"),
    ],
)
def test_a_configured_key_must_be_sound(modulus: int, code: str) -> None:
    """A key of a bad size or from the faulty library is read and never chosen."""
    key_set = keys.from_spki(spki(rsa.RSAPublicNumbers(65_537, modulus).public_key()))
    assert chosen(key_set, None, "RS256") == code


@pytest.mark.parametrize(("exponent", "codes"), [(3, ["jwks.key_invalid"]), (65_537, [])])
def test_a_small_exponent_of_a_configured_key_is_noticed(exponent: int, codes: list[str]) -> None:
    """The key of the connector form is warned of like one of a set, and verifies."""
    key_set = keys.from_spki(spki(rsa.RSAPublicNumbers(exponent, 2**2047 + 1).public_key()))
    assert chosen(key_set, None, "RS256") == "-"
    assert [found.code for found in key_set.problems] == codes


@pytest.mark.parametrize(
    ("algorithm", "octets", "good"),
    [
        ("HS256", 32, True),
        ("HS256", 31, False),
        ("HS256", 0, False),
        ("HS384", 48, True),
        ("HS384", 47, False),
        ("HS512", 64, True),
        ("HS512", 63, False),
    ],
)
def test_a_secret_is_as_long_as_its_hash(algorithm: str, octets: int, good: bool) -> None:
    """A client secret below the hash's length signs nothing, and an empty one least of all."""
    if good:
        assert chosen(keys.from_secret("s" * octets, algorithm), "any", algorithm) == "-"
        return
    with pytest.raises(Refusal) as caught:
        keys.from_secret("s" * octets, algorithm)
    assert caught.value.problem.code == "jwt.key_too_small"
    assert "sss" not in caught.value.problem.observed


def test_a_secret_counts_in_octets() -> None:
    """Sixteen letters of two octets each are a secret of 32."""
    (key,) = keys.from_secret("é" * 16, "HS256").keys
    assert (key.key_type, key.algorithm, key.problem) == ("oct", "HS256", None)


@pytest.mark.parametrize("algorithm", ["HS384", "RS256", "ES256", "none"])
def test_a_secret_is_for_one_algorithm(algorithm: str) -> None:
    """The negotiated algorithm is the only one that the secret verifies."""
    assert chosen(keys.from_secret("s" * 64, "HS256"), None, algorithm) == "jwt.alg_key_mismatch"


@pytest.mark.parametrize("document", [None, [], "keys", 7, {}, {"keys": None}, {"keys": {}}, {"keys": "RSA"}])
def test_a_key_set_is_an_object_with_a_list_of_keys(document: Any) -> None:
    """Anything else is no JWK Set."""
    assert refused(document) == "jwks.invalid"


def test_a_key_set_of_fifty_is_read(signing_key: RSAKey) -> None:
    """The limit itself is accepted, one more is not, and members of unknown type leave no trace."""
    members = [{"kty": "AKP"}] * 49 + [public(signing_key)]
    key_set = keys.from_jwks({"keys": members})
    assert (len(key_set.keys), key_set.problems) == (1, ())
    assert refused({"keys": [*members, {"kty": "AKP"}]}) == "jwks.too_large"


@pytest.mark.parametrize(
    "members",
    [
        pytest.param([], id="none"),
        pytest.param([{"kty": "AKP"}], id="unknown type"),
        pytest.param([{"kty": "EC", "crv": "P-256"}], id="no point"),
        pytest.param([{}], id="no type"),
        pytest.param([{"kty": ["RSA"]}], id="a list as the type"),
        pytest.param(["RSA", None, 7], id="no keys"),
        pytest.param([{"kty": "RSA"}], id="no modulus"),
    ],
)
def test_a_set_without_a_usable_key_is_empty(members: list[Any]) -> None:
    """A set must leave at least one key that can be read."""
    assert refused({"keys": members}) == "jwks.empty"


@pytest.mark.parametrize(
    "change",
    [
        {"kty": None},
        {"kty": 7},
        {"kty": "EC"},
        {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"},
        {"n": None},
        {"n": 7},
        {"n": "é"},
        {"n": "A"},
        {"e": None},
        {"e": []},
        {"kid": 7},
        {"kid": ["one"]},
        {"alg": 7},
        {"alg": ["RS256"]},
    ],
)
def test_a_bad_member_does_not_spoil_its_neighbour(
    change: dict[str, Any], signing_key: RSAKey, foreign_key: RSAKey
) -> None:
    """A member that is malformed is left out and reported, and the good one stays."""
    key_set = keys.from_jwks({"keys": [public(foreign_key, **change), public(signing_key)]})
    assert [key.kid for key in key_set.keys] == [signing_key.kid]
    assert [problem.code for problem in key_set.problems] == ["jwks.member_ignored"]


@pytest.mark.parametrize(
    "change", [{"crv": "P-0"}, {"crv": ["P-256"]}, {"crv": "P-384"}, {"y": "AAAA"}, {"y": 7}]
)
def test_a_bad_point_does_not_spoil_its_neighbour(change: dict[str, Any], signing_key: RSAKey) -> None:
    """A point off its curve and an unknown curve are left out and reported."""
    point = public(ECKey.generate_key("P-256"), **change)
    key_set = keys.from_jwks({"keys": [point, public(signing_key)]})
    assert [key.kid for key in key_set.keys] == [signing_key.kid]
    assert [problem.code for problem in key_set.problems] == ["jwks.member_ignored"]


@pytest.mark.parametrize("member", ["RSA", None, 7, [], True])
def test_a_member_that_is_no_object_is_reported(member: Any, signing_key: RSAKey) -> None:
    """Anything but an object among the keys is ignored and named."""
    key_set = keys.from_jwks({"keys": [member, public(signing_key)]})
    assert [problem.code for problem in key_set.problems] == ["jwks.member_ignored"]


@pytest.mark.parametrize("name", ["d", "p", "q", "dp", "dq", "qi", "oth"])
@pytest.mark.parametrize("kind", ["RSA", "EC", "OKP", "AKP"])
def test_an_exposed_private_key_spoils_the_set(kind: str, name: str, signing_key: RSAKey) -> None:
    """A private member of any key, even an unreadable one, makes the whole set unfit."""
    members = [public(signing_key), {"kty": kind, name: "AQAB"}]
    assert refused({"keys": members}) == "jwks.private_key_exposed"


@pytest.mark.parametrize("members", [{}, {"k": "AAAA"}, {"k": "AAAA", "d": "AQAB"}])
def test_an_exposed_secret_spoils_the_set(members: dict[str, str], signing_key: RSAKey) -> None:
    """A symmetric key in a public set makes the whole set unfit."""
    assert refused({"keys": [public(signing_key), {"kty": "oct", **members}]}) == "jwks.symmetric_key_exposed"


def test_two_keys_do_not_share_an_id(signing_key: RSAKey, foreign_key: RSAKey) -> None:
    """An id that names two keys names none, whatever their types."""
    point = ECKey.generate_key("P-256")
    good = public(signing_key, kid="one")
    assert refused({"keys": [good, public(foreign_key, kid="one")]}) == "jwks.duplicate_kid"
    assert refused({"keys": [good, public(point, kid="one")]}) == "jwks.duplicate_kid"
    assert refused({"keys": [good, good]}) == "jwks.duplicate_kid"


def test_keys_without_an_id_do_not_collide(signing_key: RSAKey, foreign_key: RSAKey) -> None:
    """Several keys may go without an id, and ids differ by their case."""
    unnamed = [public(signing_key, kid=None), public(foreign_key, kid=None)]
    named = [public(signing_key, kid="one"), public(foreign_key, kid="One")]
    assert chosen(keys.from_jwks({"keys": unnamed}), "any", "RS256") == "-,-"
    assert chosen(keys.from_jwks({"keys": named}), "One", "RS256") == "One"


@pytest.mark.parametrize(
    ("modulus", "code"),
    [
        pytest.param(0, "jwt.key_too_small", id="0"),
        pytest.param(2**1023 + 1, "jwt.key_too_small", id="1024"),
        pytest.param(2**2047 - 1, "jwt.key_too_small", id="2047"),
        pytest.param(2**2047 + 1, "one", id="2048"),
        pytest.param(2**4095 + 1, "one", id="4096"),
        pytest.param(2**8191 + 1, "one", id="8192"),
        pytest.param(2**8192 + 1, "jwt.key_too_large", id="8193"),
        pytest.param(2**16_383 + 1, "jwt.key_too_large", id="16384"),
        pytest.param(ROCA_MODULUS, "jwks.key_weak", id="ROCA"),
    ],
)
def test_a_modulus_is_of_an_ordinary_size_and_make(modulus: int, code: str, signing_key: RSAKey) -> None:
    """A modulus has 2048 to 8192 bits and is not from the faulty library; another is never chosen."""
    key_set = keys.from_jwks({"keys": [public(signing_key, kid="one", n=number(modulus))]})
    assert chosen(key_set, "one", "RS256") == code


@pytest.mark.parametrize(
    ("exponent", "code"),
    [
        pytest.param(65_537, "one", id="65537"),
        pytest.param(2**64 - 1, "one", id="64 bits"),
        pytest.param(0, "jwks.key_invalid", id="0"),
        pytest.param(1, "jwks.key_invalid", id="1"),
        pytest.param(2, "jwks.key_invalid", id="2"),
        pytest.param(65_536, "jwks.key_invalid", id="65536"),
        pytest.param(2**64 + 1, "jwt.key_too_large", id="65 bits"),
        pytest.param(2**2000 + 1, "jwt.key_too_large", id="2001 bits"),
    ],
)
def test_an_exponent_is_odd_and_ordinary(exponent: int, code: str, signing_key: RSAKey) -> None:
    """An exponent of 1, an even one and one that would cost time are never used."""
    key_set = keys.from_jwks({"keys": [public(signing_key, kid="one", e=number(exponent))]})
    assert chosen(key_set, "one", "RS256") == code


@pytest.mark.parametrize(
    ("exponent", "noticed"),
    [(3, True), (17, True), (65_535, True), (65_537, False), (2**64 - 1, False)],
)
def test_a_small_exponent_is_used_and_noticed(exponent: int, noticed: bool, signing_key: RSAKey) -> None:
    """An odd exponent below 2^16 verifies, with a warning that names it (FIPS 186-5)."""
    key_set = keys.from_jwks({"keys": [public(signing_key, kid="one", e=number(exponent))]})
    assert chosen(key_set, "one", "RS256") == "one"
    assert [(found.code, found.severity, found.observed) for found in key_set.problems] == (
        [("jwks.key_invalid", "warning", f"exponent {exponent}")] if noticed else []
    )


@pytest.mark.parametrize(
    "change",
    [{"n": number(2**1023 + 1)}, {"n": number(2**8192 + 1)}, {"e": "AQ"}],
    ids=["small", "large", "exponent"],
)
def test_a_key_of_a_bad_size_is_not_even_imported(change: dict[str, str], signing_key: RSAKey) -> None:
    """Where the numbers alone forbid a key there is no key to use by mistake."""
    (key,) = keys.from_jwks({"keys": [public(signing_key, **change)]}).keys
    assert key.key is None
    assert key.problem is not None


def test_a_bad_key_does_not_stand_in_for_a_good_one(signing_key: RSAKey, foreign_key: RSAKey) -> None:
    """Among several candidates the sound ones are taken; alone, a bad one says what is wrong with it."""
    small = public(foreign_key, kid="small", n=number(2**1023 + 1))
    key_set = keys.from_jwks({"keys": [small, public(signing_key, kid="one")]})
    assert chosen(key_set, None, "RS256") == "one"
    assert chosen(key_set, "small", "RS256") == "jwt.key_too_small"


@pytest.mark.parametrize(
    "change",
    [{}, {"use": None}, {"more": 1}, {"x5t": "AAAA"}, {"key_ops": ["verify"]}, {"x5c": []}, {"x5c": None}],
)
def test_a_signature_key_is_read(change: dict[str, Any], signing_key: RSAKey) -> None:
    """A key without ``use`` may sign, and unknown members do not matter."""
    (key,) = keys.from_jwks({"keys": [public(signing_key, **change)]}).keys
    assert (key.kid, key.algorithm, key.for_signatures) == (signing_key.kid, "RS256", True)
    assert key.key is not None
    assert not key.key.is_private


@pytest.mark.parametrize(
    ("change", "choice"),
    [
        ({"use": "sig"}, "one"),
        ({"key_ops": ["verify"]}, "one"),
        ({"key_ops": ["encrypt", "verify"]}, "one"),
        ({"use": "enc"}, "jwks.key_use"),
        ({"use": "SIG"}, "jwks.key_use"),
        ({"use": 7}, "jwks.key_use"),
        ({"use": ["sig"]}, "jwks.key_use"),
        ({"key_ops": ["sign"]}, "jwks.key_use"),
        ({"key_ops": ["encrypt", "wrapKey"]}, "jwks.key_use"),
        ({"key_ops": []}, "jwks.key_use"),
        ({"key_ops": "verify"}, "jwks.key_use"),
        ({"use": "enc", "key_ops": ["verify"]}, "jwks.key_use"),
    ],
)
def test_use_and_key_ops_allow_verifying(change: dict[str, Any], choice: str, signing_key: RSAKey) -> None:
    """A key that is for something else verifies nothing (RFC 7517 sections 4.2 and 4.3)."""
    key_set = keys.from_jwks({"keys": [public(signing_key, kid="one", **{"use": None, **change})]})
    assert chosen(key_set, "one", "RS256") == choice


def test_a_certificate_is_the_keys_own(signing_key: RSAKey, foreign_key: RSAKey) -> None:
    """The first certificate of a chain holds the key itself; the rest is not looked at."""
    chain = [base64.b64encode(certificate(key)).decode() for key in (signing_key, foreign_key)]
    assert keys.from_jwks({"keys": [public(signing_key, x5c=chain)]}).keys[0].problem is None
    assert refused({"keys": [public(foreign_key, x5c=chain)]}) == "jwks.x5c_mismatch"


@pytest.mark.parametrize("first", ["?", "", "AAAA", "é", 7, None, []])
def test_a_certificate_that_is_none_does_not_match(first: Any, signing_key: RSAKey) -> None:
    """A chain that starts with anything else is not the key's."""
    assert refused({"keys": [public(signing_key, x5c=[first])]}) == "jwks.x5c_mismatch"


def test_a_key_that_is_not_imported_needs_no_certificate(signing_key: RSAKey) -> None:
    """The size of a key is told before its certificate is looked at."""
    small = public(signing_key, kid="one", n=number(2**1023 + 1), x5c=["?"])
    assert chosen(keys.from_jwks({"keys": [small]}), "one", "RS256") == "jwt.key_too_small"


@pytest.mark.parametrize(
    ("change", "kid", "algorithm", "choice"),
    [
        ({"kid": "one"}, "one", "RS256", "one"),
        ({"kid": "one"}, None, "RS256", "one"),
        ({"kid": "one"}, "two", "RS256", "jwks.kid_not_found"),
        ({"kid": "one"}, "One", "RS256", "jwks.kid_not_found"),
        ({"kid": "one"}, "one ", "RS256", "jwks.kid_not_found"),
        ({"kid": "one"}, "", "RS256", "jwks.kid_not_found"),
        ({"kid": "one"}, "../../dev/null", "RS256", "jwks.kid_not_found"),
        ({"kid": None}, "two", "RS256", "-"),
        ({"kid": "one", "alg": None}, "one", "PS256", "one"),
        ({"kid": "one", "alg": None}, "one", "RS512", "one"),
        ({"kid": "one", "alg": None}, "one", "ES256", "jwt.alg_key_mismatch"),
        ({"kid": "one", "alg": None}, "one", "HS256", "jwt.alg_key_mismatch"),
        ({"kid": "one", "alg": None}, "one", "none", "jwt.alg_key_mismatch"),
        ({"kid": "one", "alg": "PS256"}, "one", "RS256", "jwt.alg_key_mismatch"),
        ({"kid": "one", "alg": "rs256"}, "one", "RS256", "jwt.alg_key_mismatch"),
        ({"kid": "one", "use": "enc"}, None, "RS256", "jwks.key_use"),
    ],
)
def test_kid_and_alg_narrow_the_choice(
    change: dict[str, Any], kid: str | None, algorithm: str, choice: str, signing_key: RSAKey
) -> None:
    """A key is chosen when neither its ``kid`` nor its ``alg`` speaks against the header's."""
    key_set = keys.from_jwks({"keys": [public(signing_key, **change)]})
    assert chosen(key_set, kid, algorithm) == choice


def test_an_unknown_kid_is_shown_clipped(signing_key: RSAKey) -> None:
    """A hostile ``kid`` of ten thousand characters does not fill the report."""
    key_set = keys.from_jwks({"keys": [public(signing_key)]})
    with pytest.raises(Refusal) as caught:
        key_set.candidates("k" * 10_000, "RS256")
    assert caught.value.problem.observed == "k" * 40


@pytest.mark.parametrize(
    ("kid", "algorithm", "choice"),
    [
        (None, "RS256", "rsa"),
        (None, "ES256", "p256"),
        (None, "ES384", "p384"),
        (None, "ES512", "p521"),
        (None, "Ed25519", "ed"),
        (None, "EdDSA", "ed"),
        ("p256", "ES256", "p256"),
        ("p256", "ES384", "jwt.alg_key_mismatch"),
        ("p256", "RS256", "jwt.alg_key_mismatch"),
        ("rsa", "ES256", "jwt.alg_key_mismatch"),
        ("x", "EdDSA", "jwt.alg_key_mismatch"),
        (None, "HS256", "jwt.alg_key_mismatch"),
    ],
)
def test_type_and_curve_narrow_the_choice(
    kid: str | None, algorithm: str, choice: str, signing_key: RSAKey
) -> None:
    """Each algorithm has one type of key and, with elliptic curves, one curve (RFC 7518, RFC 8037)."""
    members = [
        public(signing_key, kid="rsa", alg=None),
        public(ECKey.generate_key("P-256"), kid="p256"),
        public(ECKey.generate_key("P-384"), kid="p384"),
        public(ECKey.generate_key("P-521"), kid="p521"),
        public(OKPKey.generate_key("Ed25519"), kid="ed"),
        public(OKPKey.generate_key("X25519"), kid="x"),
    ]
    assert chosen(keys.from_jwks({"keys": members}), kid, algorithm) == choice


@pytest.mark.parametrize(
    ("members", "kid", "known"),
    [
        ([{"kid": "one"}], "one", True),
        ([{"kid": "one"}], "two", False),
        ([{"kid": "one"}], "", False),
        ([{"kid": None}], "two", True),
        ([{"kid": "one"}, {"kid": None}], "two", True),
    ],
)
def test_a_set_knows_its_ids(
    members: list[dict[str, Any]], kid: str, known: bool, signing_key: RSAKey
) -> None:
    """An id is known when a key has it, or a key has none and may be meant."""
    key_set = keys.from_jwks({"keys": [public(signing_key, **member) for member in members]})
    assert key_set.knows(kid) is known
