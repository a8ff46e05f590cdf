from __future__ import annotations

import json

import pytest
from joserfc.jwk import RSAKey

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
    token = jose.read(jose.sign({"alg": "RS256"}, PAYLOAD, key))
    assert isinstance(token, CompactJws)
    return token


def encrypted(key: RSAKey, enc: str) -> CompactJwe:
    """Return an encrypted token as it is read."""
    token = jose.read(jose.encrypt("a.b.c", key, enc=enc))
    assert isinstance(token, CompactJwe)
    return token


def test_a_signed_token_is_taken_apart(signing_key: RSAKey) -> None:
    """The octets under the signature are the ones that were received."""
    text = jose.sign({"alg": "RS256", "kid": "one"}, PAYLOAD, signing_key)
    token = jose.read(text)
    assert isinstance(token, CompactJws)
    assert (token.header, token.payload) == ({"alg": "RS256", "kid": "one"}, PAYLOAD)
    assert f"{token.signing_input.decode()}.{base64url.encode(token.signature)}" == text


def test_an_encrypted_token_shows_its_header_only(encryption_key: RSAKey) -> None:
    """Five parts are a JWE, whose header says how it was encrypted and for which key."""
    assert encrypted(encryption_key, "A128GCM").header == {
        "alg": "RSA-OAEP-256",
        "enc": "A128GCM",
        "cty": "JWT",
        "kid": encryption_key.kid,
    }


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a",
        "a.b",
        "a.b.c.d",
        "a.b.c.d.e.f",
        "Bearer a.b.c",
        '"a.b.c"',
        "a.b.c\n",
        "a.b.c%20",
        "é.b.c",
        "a.b=.c",
    ],
)
def test_a_compact_token_has_three_or_five_plain_parts(token: str) -> None:
    """Other counts of parts and characters outside the alphabet are malformed."""
    assert refused(token) == "jwt.malformed_compact"


@pytest.mark.parametrize("token", [f"{HEAD}.A.AAAA", f"{HEAD}.e30.AAAAA", "A.e30.AAAA"])
def test_each_part_is_base64url(token: str) -> None:
    """A part of impossible length is no base64url."""
    assert refused(token) == "jwt.bad_base64url"


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


@pytest.mark.parametrize("value", [[], "x", 1, None, True])
def test_a_payload_that_is_no_object_gets_the_callers_code(value: object) -> None:
    """The caller names the code for a value of another type."""
    with pytest.raises(Refusal) as caught:
        jose.read_object(json.dumps(value).encode(), invalid="jwt.payload_invalid")
    assert caught.value.problem.code == "jwt.payload_invalid"
