from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, HashAlgorithm
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from harness.protocol import base64url, jose
from harness.protocol.jose import CompactJwe, CompactJws
from harness.protocol.problem import Refusal

PAYLOAD = b'{"sub":"alice"}'
HEAD = base64url.encode(b'{"alg":"RS256"}')


def refused(token: str) -> str:
    """Return the code with which a token is refused."""
    with pytest.raises(Refusal) as caught:
        jose.read(token)
    return caught.value.problem.code


def head(octets: bytes) -> str:
    """Return a token with these octets as its header."""
    return f"{base64url.encode(octets)}.e30.AAAA"


def signed(key: RSAKey) -> CompactJws:
    """Return alice's token as it is read."""
    token = jose.read(jose.sign({"alg": "RS256"}, PAYLOAD, key, algorithm="RS256"))
    assert isinstance(token, CompactJws)
    return token


def encrypted(key: Key, enc: str, alg: str = "RSA-OAEP-256") -> CompactJwe:
    """Return an encrypted token as it is read."""
    token = jose.read(jose.encrypt("a.b.c", key, {"alg": alg, "enc": enc, "cty": "JWT"}))
    assert isinstance(token, CompactJwe)
    return token


def test_a_signed_token_is_taken_apart(signing_key: RSAKey) -> None:
    """The octets under the signature are the ones that were received."""
    text = jose.sign({"alg": "RS256", "kid": "one"}, PAYLOAD, signing_key, algorithm="RS256")
    token = jose.read(text)
    assert isinstance(token, CompactJws)
    assert (token.header, token.payload) == ({"alg": "RS256", "kid": "one"}, PAYLOAD)
    assert f"{token.signing_input.decode()}.{base64url.encode(token.signature)}" == text


def test_an_encrypted_token_shows_its_header_only(encryption_key: RSAKey) -> None:
    """Five parts are a JWE, whose header says how it was encrypted and for which key."""
    header = {"alg": "RSA-OAEP-256", "enc": "A128GCM", "cty": "JWT", "kid": encryption_key.kid}
    token = jose.read(jose.encrypt(b"a.b.c", encryption_key, header))
    assert isinstance(token, CompactJwe)
    assert token.header == header


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a",
        "a.b",
        "...",
        "a.b.c.d",
        "a.b.c.d.e.f",
        "Bearer a.b.c",
        "bEARER a.b.c",
        '"a.b.c"',
        "'a.b.c'",
        "a.b.c\n",
        " a.b.c",
        "\u00a0a.b.c",
        "a.b.c%20",
        "e30%2Ee30%2EAAAA",
        base64url.encode(b"a.b.c"),
    ],
)
def test_a_compact_token_has_three_or_five_parts_and_nothing_around_them(token: str) -> None:
    """Other counts of parts and another encoding's decoration are malformed and never trimmed."""
    assert refused(token) == "jwt.malformed_compact"


@pytest.mark.parametrize(
    "token",
    [
        f"{HEAD}.A.AAAA",
        f"{HEAD}.e30.AAAAA",
        "A.e30.AAAA",
        f"{HEAD}.e30.AA==",
        f"{HEAD}.e3 0.AAAA",
        f"{HEAD}.e30\n.AAAA",
        f"{HEAD}.e30.AA+A",
        f"{HEAD}.e30.AA/A",
        f"{HEAD}.é30.AAAA",
        f"é{HEAD}.e30.AAAA",
        f"{HEAD}.e30%.A+AA",
        f"{HEAD}.A.AAAA.AAAA.AAAA",
    ],
)
def test_each_part_is_base64url(token: str) -> None:
    """A part with padding, a foreign character or an impossible length is no base64url."""
    assert refused(token) == "jwt.bad_base64url"


@pytest.mark.parametrize(
    "token",
    ["{}", ' {"payload": "e30"}', '\n{"payload": "e30", "signatures": []}', '{"ciphertext": "a.b.c"}', "{.."],
)
def test_the_json_form_is_named(token: str) -> None:
    """The JSON serialization of a token is told from a broken compact one."""
    assert refused(token) == "jwt.json_serialization"


@pytest.mark.parametrize("token", [f"{HEAD}.e31.AAAA", f"{HEAD}.e30.AB"])
def test_each_part_is_canonical(token: str) -> None:
    """A part with unused bits set would let one token be written in two ways."""
    assert refused(token) == "jwt.noncanonical_base64url"


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"", "jwt.header_invalid"),
        (b"alg", "jwt.header_invalid"),
        (b"[]", "jwt.header_invalid"),
        (b'"alg"', "jwt.header_invalid"),
        (b"null", "jwt.header_invalid"),
        (b"\xff", "jwt.header_invalid"),
        (b'\xef\xbb\xbf{"alg":"RS256"}', "jwt.header_invalid"),
        (b'{"alg":"RS256","alg":"none"}', "jwt.duplicate_member"),
        (b'{"kid":"\\ud800"}', "jwt.header_invalid"),
        (b'{"x":1e999}', "jwt.header_invalid"),
        (b'{"x":' + b"[" * 40 + b"]" * 40 + b"}", "jwt.too_deep"),
    ],
)
def test_a_header_is_one_strict_object(octets: bytes, code: str) -> None:
    """A header is a JSON object with unique members and reasonable depth."""
    assert refused(head(octets)) == code


def test_a_token_has_a_longest_length() -> None:
    """The limit itself is looked at and one character more is not."""
    at_limit = f"{HEAD}.e30." + "A" * (jose.TOKEN_LIMIT - len(HEAD) - 5)
    assert len(at_limit) == jose.TOKEN_LIMIT
    assert isinstance(jose.read(at_limit), CompactJws)
    assert refused(at_limit + "A") == "jwt.too_large"


def test_a_header_has_a_longest_length() -> None:
    """A certificate chain of 4 KiB fits, and one octet more does not."""
    octets = b'{"x5c":"' + b"A" * (jose.HEADER_LIMIT - 10) + b'"}'
    assert len(octets) == jose.HEADER_LIMIT
    assert isinstance(jose.read(head(octets)), CompactJws)
    assert refused(head(octets + b" ")) == "jwt.too_large"


def test_a_token_may_be_held_to_another_length() -> None:
    """The caller's limit counts characters before anything is decoded."""
    assert isinstance(jose.read(head(b"{}"), limit=12), CompactJws)
    with pytest.raises(Refusal) as caught:
        jose.read("!" * 13, limit=12)
    assert caught.value.problem.code == "jwt.too_large"


@pytest.mark.parametrize(
    ("octets", "layers"),
    [
        (b"a.b.c", 3),
        (b"a..", 3),
        (b"a.b.c.d.e", 5),
        (b"a....", 5),
        (b"", 0),
        (b"a", 0),
        (b"a.b", 0),
        (b"a.b.c.d", 0),
        (b"a.b.c.d.e.f", 0),
        (b".b.c", 0),
        (b"a.b.c\n", 0),
        (b"a.b.c=", 0),
        (b'{"iss":"https://login.brand.test"}', 0),
        (b"\xe9.b.c", 0),
    ],
)
def test_a_token_inside_a_token_is_recognised(octets: bytes, layers: int) -> None:
    """Octets are a token in turn when they have the shape of one, and claims never have it."""
    assert jose.layers(octets) == layers


@pytest.mark.parametrize(
    ("header", "codes"),
    [
        ({}, []),
        ({"x": 1}, []),
        ({"b64": True}, []),
        ({"crit": ["x"], "x": 1}, ["jwt.crit_unsupported"]),
        ({"crit": ["x", "y"], "x": None, "y": None}, ["jwt.crit_unsupported"]),
        ({"crit": ["b64"], "b64": True}, ["jwt.crit_unsupported"]),
        ({"crit": []}, ["jwt.crit_invalid"]),
        ({"crit": None}, ["jwt.crit_invalid"]),
        ({"crit": "x", "x": 1}, ["jwt.crit_invalid"]),
        ({"crit": {"x": 1}, "x": 1}, ["jwt.crit_invalid"]),
        ({"crit": [7]}, ["jwt.crit_invalid"]),
        ({"crit": [["x"]], "x": 1}, ["jwt.crit_invalid"]),
        ({"crit": ["x", "x"], "x": 1}, ["jwt.crit_invalid"]),
        ({"crit": ["x"]}, ["jwt.crit_invalid"]),
        ({"crit": ["x", "y"], "x": 1}, ["jwt.crit_invalid"]),
        *(({"crit": [name], name: "x"}, ["jwt.crit_invalid"]) for name in sorted(jose.REGISTERED_HEADERS)),
        ({"b64": False}, ["jwt.b64_forbidden"]),
        ({"b64": None}, ["jwt.b64_forbidden"]),
        ({"b64": 1}, ["jwt.b64_forbidden"]),
        ({"b64": False, "crit": ["b64"]}, ["jwt.b64_forbidden"]),
    ],
)
def test_nothing_critical_is_understood(header: dict[str, Any], codes: list[str]) -> None:
    """``crit`` is unsupported where it is well formed, and an unencoded payload is named first."""
    assert [problem.code for problem in jose.check_critical(header)] == codes


def test_a_signature_is_good_for_its_key_only(signing_key: RSAKey, foreign_key: RSAKey) -> None:
    """The key that signed verifies, and no other does."""
    token = signed(signing_key)
    assert jose.verify(token, signing_key, "RS256")
    assert not jose.verify(token, foreign_key, "RS256")


def test_a_changed_octet_breaks_the_signature(signing_key: RSAKey) -> None:
    """Neither the signed octets nor the signature can be changed."""
    token = signed(signing_key)
    flipped = bytes([token.signature[0] ^ 1]) + token.signature[1:]
    other = CompactJws(
        header=token.header, payload=token.payload, signing_input=token.signing_input, signature=flipped
    )
    moved = CompactJws(
        header=token.header,
        payload=token.payload,
        signing_input=token.signing_input + b"A",
        signature=token.signature,
    )
    assert not jose.verify(other, signing_key, "RS256")
    assert not jose.verify(moved, signing_key, "RS256")


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS512", "ES256", "unheard-of"])
def test_another_algorithm_does_not_verify(algorithm: str, signing_key: RSAKey) -> None:
    """An algorithm that does not fit the key or does not exist is a bad signature and no crash."""
    assert not jose.verify(signed(signing_key), signing_key, algorithm)


def test_a_key_type_signs_in_its_own_way(signing_key: RSAKey) -> None:
    """Every algorithm that a connector may name verifies what its own kind of key signed."""
    table: list[tuple[str, Key]] = [
        *((algorithm, signing_key) for algorithm in ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")),
        ("ES256", ECKey.generate_key("P-256")),
        ("ES384", ECKey.generate_key("P-384")),
        ("ES512", ECKey.generate_key("P-521")),
        ("Ed25519", OKPKey.generate_key("Ed25519")),
        ("EdDSA", OKPKey.generate_key("Ed25519")),
        ("HS256", OctKey.import_key(b"a secret that alice and bob share")),
    ]
    for algorithm, key in table:
        token = jose.read(jose.sign({"alg": algorithm}, PAYLOAD, key, algorithm=algorithm))
        assert isinstance(token, CompactJws)
        assert jose.verify(token, key, algorithm), algorithm


def test_the_octets_that_were_sent_are_verified(signing_key: RSAKey) -> None:
    """A payload that means the same but is written otherwise has another signature."""
    sent = (
        signed(signing_key).signing_input.split(b".")[0]
        + b"."
        + base64url.encode(b'{"sub": "alice"}').encode()
    )
    token = dataclasses.replace(signed(signing_key), signing_input=sent)
    assert not jose.verify(token, signing_key, "RS256")


def test_an_ecdsa_signature_is_two_numbers_side_by_side() -> None:
    """The DER form of a good ECDSA signature is a bad one (RFC 7518 section 3.4)."""
    key = ECKey.generate_key("P-256")
    token = jose.read(jose.sign({"alg": "ES256"}, PAYLOAD, key, algorithm="ES256"))
    assert isinstance(token, CompactJws)
    r, s = (int.from_bytes(half) for half in (token.signature[:32], token.signature[32:]))
    der = dataclasses.replace(token, signature=encode_dss_signature(r, s))
    assert jose.verify(token, key, "ES256")
    assert not jose.verify(der, key, "ES256")


@pytest.mark.parametrize(
    ("salt", "mask", "good"), [(32, SHA256(), True), (20, SHA256(), False), (32, SHA384(), False)]
)
def test_pss_has_fixed_parameters(salt: int, mask: HashAlgorithm, good: bool, signing_key: RSAKey) -> None:
    """PS256 takes a salt as long as the hash and the same hash for its mask (RFC 7518 section 3.5)."""
    assert signing_key.private_key is not None
    token = signed(signing_key)
    parameters = padding.PSS(padding.MGF1(mask), salt)
    signature = signing_key.private_key.sign(token.signing_input, parameters, SHA256())
    assert jose.verify(dataclasses.replace(token, signature=signature), signing_key, "PS256") is good


def test_a_header_can_be_sent_as_it_is(signing_key: RSAKey) -> None:
    """The octets of a header go out unchanged, so that a test can send what no library would."""
    text = jose.sign(b'{"alg":"none","alg":"RS256"}', PAYLOAD, signing_key, algorithm="RS256")
    assert refused(text) == "jwt.duplicate_member"


@pytest.mark.parametrize("enc", ["A128CBC-HS256", "A128GCM", "A256GCM"])
def test_the_recipient_decrypts(enc: str, encryption_key: RSAKey) -> None:
    """What was encrypted to a key comes out as it went in."""
    assert jose.decrypt(encrypted(encryption_key, enc), encryption_key, ["RSA-OAEP-256", enc]) == b"a.b.c"


@pytest.mark.parametrize("part", range(5))
@pytest.mark.parametrize("change", ["tail", "empty", "AAAA"])
@pytest.mark.parametrize("enc", ["A128CBC-HS256", "A128GCM"])
def test_decryption_fails_in_one_way(enc: str, change: str, part: int, encryption_key: RSAKey) -> None:
    """Whichever part is changed, and however, the failure is the same, so that no oracle arises."""
    token = encrypted(encryption_key, enc)
    parts = token.compact.split(".")
    old = parts[part]
    parts[part] = {"tail": ("B" if old[0] == "A" else "A") + old[1:], "empty": "", "AAAA": "AAAA"}[change]
    broken = CompactJwe(header=token.header, compact=".".join(parts))
    with pytest.raises(Refusal) as caught:
        jose.decrypt(broken, encryption_key, ["RSA-OAEP-256", enc])
    assert caught.value.problem.code == "jwe.decrypt_failed"
    assert caught.value.problem.observed == "decryption failed"


LIBRARY = (JoseError, ValueError, KeyError, TypeError, AttributeError, RecursionError, MemoryError)


@pytest.mark.parametrize("error", LIBRARY)
def test_whatever_the_library_raises_its_words_stay_there(
    error: type[Exception], signing_key: RSAKey, encryption_key: RSAKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No signature, no plaintext, one code: the exception's text may hold parts of the token."""

    def raises(*_: Any, **__: Any) -> Any:
        raise error("eyJhbGciOiJub25lIn0")

    token, sealed = signed(signing_key), encrypted(encryption_key, "A128GCM")
    monkeypatch.setattr(JWSRegistry.algorithms["RS256"], "verify", raises)
    monkeypatch.setattr(jwe, "decrypt_compact", raises)

    assert not jose.verify(token, signing_key, "RS256")
    with pytest.raises(Refusal) as caught:
        jose.decrypt(sealed, encryption_key, ["RSA-OAEP-256", "A128GCM"])
    assert "jwe.decrypt_failed" == caught.value.problem.code
    assert "eyJ" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_another_recipient_cannot_decrypt(encryption_key: RSAKey, foreign_key: RSAKey) -> None:
    """Only the key that the token was encrypted to opens it."""
    with pytest.raises(Refusal) as caught:
        jose.decrypt(encrypted(encryption_key, "A128GCM"), foreign_key, ["RSA-OAEP-256", "A128GCM"])
    assert caught.value.problem.code == "jwe.decrypt_failed"


def test_an_algorithm_off_the_list_is_not_tried(encryption_key: RSAKey) -> None:
    """The list given decides, whatever the token names."""
    with pytest.raises(Refusal) as caught:
        jose.decrypt(encrypted(encryption_key, "A128GCM"), encryption_key, ["RSA-OAEP-256", "A256GCM"])
    assert caught.value.problem.code == "jwe.decrypt_failed"


@pytest.mark.parametrize("alg", ["ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW"])
def test_an_elliptic_recipient_decrypts(alg: str) -> None:
    """A connector may name ECDH-ES, directly or around a wrapped key."""
    key = ECKey.generate_key("P-256")
    token = encrypted(key, "A256GCM", alg)
    assert jose.decrypt(token, key, [alg, "A256GCM"]) == b"a.b.c"


@pytest.mark.parametrize("change", [{"crv": "P-0"}, {"y": "AAAA"}, {"x": None}, {"kty": "RSA"}, None])
def test_a_bad_ephemeral_key_is_a_failure_like_any_other(change: dict[str, Any] | None) -> None:
    """An ephemeral key that is malformed, off its curve or missing does not reach the arithmetic."""
    key = ECKey.generate_key("P-256")
    token = encrypted(key, "A128GCM", "ECDH-ES")
    epk = None if change is None else {**token.header["epk"], **change}
    octets = json.dumps({**token.header, "epk": epk}).encode()
    broken = f"{base64url.encode(octets)}.{token.compact.partition('.')[2]}"
    with pytest.raises(Refusal) as caught:
        jose.decrypt(dataclasses.replace(token, compact=broken), key, ["ECDH-ES", "A128GCM"])
    assert caught.value.problem.code == "jwe.decrypt_failed"


def test_an_unknown_header_parameter_is_ignored(encryption_key: RSAKey) -> None:
    """Private parameters and a long header do not stand in the way (RFC 7516 section 4)."""
    header = {"alg": "RSA-OAEP-256", "enc": "A128GCM", "more": "A" * 3_900}
    token = jose.read(jose.encrypt("a.b.c", encryption_key, header))
    assert isinstance(token, CompactJwe)
    assert jose.decrypt(token, encryption_key, ["RSA-OAEP-256", "A128GCM"]) == b"a.b.c"


def test_an_object_is_read() -> None:
    """One strict object comes back as it is written."""
    assert jose.read_object(PAYLOAD, invalid="a", encoding="b") == {"sub": "alice"}


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"", "jwt.payload_invalid"),
        (b"sub=alice", "jwt.payload_invalid"),
        (b'{"exp":NaN}', "jwt.payload_invalid"),
        (b'{"exp":-Infinity}', "jwt.payload_invalid"),
        (b'{"exp":1e999}', "jwt.payload_invalid"),
        pytest.param(b'{"exp":' + b"9" * 5_000 + b"}", "jwt.payload_invalid", id="5,000 digits"),
        (b'{"sub":"\xe9"}', "jwt.payload_encoding"),
        (b"\xef\xbb\xbf{}", "jwt.payload_encoding"),
        (b'{"sub":"\\ud800"}', "jwt.payload_encoding"),
        ('{"sub":"alice"}'.encode("utf-16"), "jwt.payload_encoding"),
        (b'{"sub":"alice","sub":"bob"}', "jwt.duplicate_member"),
        pytest.param(b"[" * 50_000, "jwt.too_deep", id="50,000 brackets"),
        pytest.param(b'{"a":{"b":' * 20 + b"1" + b"}}" * 20, "jwt.too_deep", id="40 objects"),
        *((value, "jwt.payload_invalid") for value in (b"[]", b'"x"', b"1", b"null", b"true")),
    ],
)
def test_what_is_no_strict_object_gets_its_code(octets: bytes, code: str) -> None:
    """The caller names the codes for broken text and for another type; the rest have their own."""
    with pytest.raises(Refusal) as caught:
        jose.read_object(octets, invalid="jwt.payload_invalid", encoding="jwt.payload_encoding")
    assert caught.value.problem.code == code
