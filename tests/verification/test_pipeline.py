from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

from harness.protocol import base64url, keys
from harness.protocol.claims import Expected
from harness.protocol.problem import Problem, Refusal
from harness.verification.pipeline import STEPS, Examined, Rules, Subject, examine

NOW = 1_795_176_000
CLAIMS: dict[str, Any] = {
    "iss": "https://login.brand.test",
    "aud": "platform",
    "sub": "alice",
    "iat": NOW,
    "exp": NOW + 300,
}
EXPECTED = Expected(issuer=CLAIMS["iss"], client_id="platform", now=NOW)


def dumps(members: dict[str, Any]) -> bytes:
    """Return a JSON object without the members that are ``None``."""
    return json.dumps({name: value for name, value in members.items() if value is not None}).encode()


def encoded(header: dict[str, Any]) -> str:
    """Return a header as the first part of a token."""
    return base64url.encode(dumps(header))


def payload(**changes: Any) -> bytes:
    """Return alice's claims with changes; ``None`` drops a claim."""
    return dumps({**CLAIMS, **changes})


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """Makes good tokens and bad ones, and examines them under the rules of a connector."""

    key: RSAKey
    recipient: RSAKey

    def signed(self, octets: bytes | None = None, *, key: RSAKey | None = None, **header: Any) -> str:
        """Return a token whose RS256 signature is good, whatever its header says; ``None`` drops a part."""
        head = encoded({"alg": "RS256", "kid": self.key.kid, **header})
        signing_input = f"{head}.{base64url.encode(payload() if octets is None else octets)}"
        signature = JWSRegistry.algorithms["RS256"].sign(signing_input.encode(), key or self.key)
        return f"{signing_input}.{base64url.encode(signature)}"

    def encrypted(self, inner: str, **header: Any) -> str:
        """Return a token whose A128GCM encryption is good, whatever its header says."""
        head = encoded({"alg": "RSA-OAEP-256", "enc": "A128GCM", "kid": self.recipient.kid, **header})
        cek, iv = bytes(16), bytes(12)
        key = self.recipient.public_key.encrypt(cek, OAEP(MGF1(SHA256()), SHA256(), None))
        sealed = AESGCM(cek).encrypt(iv, inner.encode(), head.encode())
        parts = (key, iv, sealed[:-16], sealed[-16:])
        return ".".join((head, *map(base64url.encode, parts)))

    def examine(self, token: str, *, encrypted: bool = False, **expected: Any) -> Examined:
        """Return what the steps find."""
        rules = Rules(
            encrypted=encrypted,
            decryption_keys={str(self.recipient.kid): self.recipient} if encrypted else {},
            keys=keys.from_jwks({"keys": [self.key.as_dict(private=False)]}),
            expected=Expected(**{**vars(EXPECTED), **expected}),
        )
        return examine(Subject(token=token, rules=rules))


@pytest.fixture
def issuer(signing_key: RSAKey, encryption_key: RSAKey) -> Issuer:
    """Give the brand's issuer and the platform as the recipient."""
    return Issuer(key=signing_key, recipient=encryption_key)


def found(examined: Examined) -> list[tuple[str, str]]:
    """Return the step and the code of every finding."""
    return [(finding.step, finding.problem.code) for finding in examined.found]


def test_the_steps_are_in_their_order() -> None:
    """Nothing in a token is believed before what guards it was checked."""
    assert [getattr(step, "__name__", "") for step in STEPS] == [
        *("envelope", "encryption", "header", "key_choice", "signature", "payload"),
        *("iss", "aud", "exp", "iat", "nonce", "sub"),
    ]


@pytest.mark.parametrize("typ", [None, "JWT", "jwt", "application/jwt", "application/JWT"])
def test_a_good_token_has_no_findings(typ: str | None, issuer: Issuer) -> None:
    """A token that keeps every rule gives its claims and nothing else."""
    examined = issuer.examine(issuer.signed(typ=typ))
    assert (found(examined), examined.claims) == ([], CLAIMS)
    assert "alice" not in repr(examined)


@pytest.mark.parametrize("head", [{"kid": None}, {"x5t": "abc"}, {"jku": "https://canary.test/jwks"}])
def test_other_header_parameters_change_nothing(head: dict[str, Any], issuer: Issuer) -> None:
    """A missing ``kid`` leaves the issuer's one key, and unknown parameters are ignored."""
    assert found(issuer.examine(issuer.signed(**head))) == []


def test_a_key_in_the_header_is_never_used(issuer: Issuer, foreign_key: RSAKey) -> None:
    """A token that brings its own key is verified with the issuer's."""
    token = issuer.signed(key=foreign_key, jwk=foreign_key.as_dict(private=False))
    assert found(issuer.examine(token)) == [("signature", "jwt.signature_invalid")]


@pytest.mark.parametrize(
    ("header", "step", "code"),
    [
        ({"alg": None}, "header", "jwt.alg_missing"),
        ({"alg": "none"}, "header", "jwt.alg_none"),
        ({"alg": "nOnE"}, "header", "jwt.alg_none"),
        ({"alg": "none "}, "header", "jwt.alg_not_allowed"),
        ({"alg": "rs256"}, "header", "jwt.alg_not_allowed"),
        ({"alg": "RS512"}, "header", "jwt.alg_not_allowed"),
        ({"alg": "HS256"}, "header", "jwt.alg_not_allowed"),
        ({"alg": 256}, "header", "jwt.alg_not_allowed"),
        ({"crit": ["exp"], "exp": 1}, "header", "jwt.crit_unsupported"),
        ({"crit": []}, "header", "jwt.crit_unsupported"),
        ({"crit": "b64"}, "header", "jwt.crit_unsupported"),
        ({"kid": 7}, "key_choice", "jwt.header_invalid"),
        ({"kid": ["one"]}, "key_choice", "jwt.header_invalid"),
        ({"kid": "../../dev/null"}, "key_choice", "jwks.kid_not_found"),
        ({"kid": ""}, "key_choice", "jwks.kid_not_found"),
    ],
)
def test_a_header_that_cannot_be_followed_ends_the_examination(
    header: dict[str, Any], step: str, code: str, issuer: Issuer
) -> None:
    """A foreign algorithm, a critical extension or an unknown key is the only finding."""
    examined = issuer.examine(issuer.signed(**header))
    assert found(examined) == [(step, code)]
    assert examined.claims == {}


@pytest.mark.parametrize("typ", ["at+jwt", "logout+jwt", "", "application/application/jwt", 7, ["JWT"]])
def test_another_token_type_is_found(typ: Any, issuer: Issuer) -> None:
    """A token that says that it is no id_token is found out, and examined to its end."""
    examined = issuer.examine(issuer.signed(payload(sub=None), typ=typ))
    assert found(examined) == [("header", "idtoken.wrong_token_type"), ("sub", "claims.sub_missing")]


def test_after_a_bad_signature_the_rest_is_still_found(issuer: Issuer, foreign_key: RSAKey) -> None:
    """The first finding fixes the code, and later ones help whoever mends the token."""
    wrong = payload(iss="https://idp.test", aud=None, exp=NOW - 600, iat=NOW + 600, sub="")
    assert found(issuer.examine(issuer.signed(wrong, key=foreign_key), nonce="n")) == [
        ("signature", "jwt.signature_invalid"),
        ("iss", "claims.iss_mismatch"),
        ("aud", "claims.aud_missing"),
        ("exp", "claims.expired"),
        ("iat", "claims.time_order"),
        ("iat", "claims.iat_future"),
        ("nonce", "claims.nonce_missing"),
        ("sub", "claims.sub_missing"),
    ]


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"", "jwt.payload_invalid"),
        (b"a.b.c", "jwt.payload_invalid"),
        (b'["alice"]', "jwt.payload_invalid"),
        (b'{"sub":"\\ud800"}', "jwt.payload_invalid"),
        (b'{"exp":1e999}', "jwt.payload_invalid"),
        (b'{"exp":NaN}', "jwt.payload_invalid"),
        (b"\xef\xbb\xbf{}", "jwt.payload_invalid"),
        (b'{"sub":"alice","sub":"bob"}', "jwt.duplicate_member"),
        (b'{"x":' + b"[" * 50_000, "jwt.too_large"),
        (b'{"x":' + b"[" * 5_000, "jwt.too_deep"),
    ],
)
def test_a_payload_is_one_strict_object(octets: bytes, code: str, issuer: Issuer) -> None:
    """A signed payload that is no strict JSON object has no claims."""
    examined = issuer.examine(issuer.signed(octets))
    assert [finding.problem.code for finding in examined.found] == [code]
    assert examined.claims == {}


@pytest.mark.parametrize("token", ["", "c0de", "a.b.c.d", "Bearer a.b.c", "\ud800"])
def test_what_is_no_token_ends_at_the_envelope(token: str, issuer: Issuer) -> None:
    """A code, a decorated token and nothing at all are no token."""
    assert found(issuer.examine(token)) == [("envelope", "jwt.malformed_compact")]


@pytest.mark.parametrize("header", [{"cty": "JWT"}, {}, {"kid": None}, {"private": 1}])
def test_a_nested_token_is_opened(header: dict[str, Any], issuer: Issuer) -> None:
    """A signed token inside an encrypted one gives its claims, with the platform's ``kid`` or without."""
    examined = issuer.examine(issuer.encrypted(issuer.signed(), **header), encrypted=True)
    assert (found(examined), examined.claims) == ([], CLAIMS)


def test_encryption_must_be_expected(issuer: Issuer) -> None:
    """An encrypted token where none is configured is not opened."""
    assert found(issuer.examine(issuer.encrypted(issuer.signed()))) == [("envelope", "jwe.unexpected")]


def test_encryption_must_not_be_missing(issuer: Issuer, foreign_key: RSAKey) -> None:
    """A token that is only signed is found where encryption is configured, and examined to its end."""
    assert found(issuer.examine(issuer.signed(), encrypted=True)) == [("envelope", "jwe.required")]
    assert found(issuer.examine(issuer.signed(key=foreign_key), encrypted=True)) == [
        ("envelope", "jwe.required"),
        ("signature", "jwt.signature_invalid"),
    ]


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
        ({"kid": "another"}, "jwe.kid_not_found"),
        ({"kid": ""}, "jwe.kid_not_found"),
        ({"crit": ["unheard-of"], "unheard-of": 1}, "jwe.decrypt_failed"),
    ],
)
def test_an_encrypted_header_is_read_before_a_key_is_touched(
    header: dict[str, Any], code: str, issuer: Issuer
) -> None:
    """Algorithm, content encryption, compression and key id are settled first, and end it."""
    examined = issuer.examine(issuer.encrypted(issuer.signed(), **header), encrypted=True)
    assert found(examined) == [("encryption", code)]


@pytest.mark.parametrize(
    ("inner", "code"),
    [
        pytest.param(lambda _: json.dumps(CLAIMS), "jwe.inner_not_signed", id="bare claims"),
        pytest.param(lambda _: "é", "jwe.inner_not_signed", id="no ASCII"),
        pytest.param(lambda _: "a.b", "jwe.inner_not_signed", id="two parts"),
        pytest.param(lambda issuer: issuer.encrypted(issuer.signed()), "jwe.nesting", id="third layer"),
    ],
)
def test_inside_is_a_signed_token(inner: Callable[[Issuer], str], code: str, issuer: Issuer) -> None:
    """Encryption alone proves nothing, because anyone can encrypt to a public key."""
    examined = issuer.examine(issuer.encrypted(inner(issuer)), encrypted=True)
    assert found(examined) == [("encryption", code)]


def test_the_inner_token_keeps_the_rules_of_the_outer(issuer: Issuer, foreign_key: RSAKey) -> None:
    """Inside the encryption an unsigned or foreign token is as bad as outside it."""
    unsigned = issuer.encrypted(issuer.signed(alg="none"))
    foreign = issuer.encrypted(issuer.signed(key=foreign_key))
    assert found(issuer.examine(unsigned, encrypted=True)) == [("header", "jwt.alg_none")]
    assert found(issuer.examine(foreign, encrypted=True)) == [("signature", "jwt.signature_invalid")]


def test_a_key_source_that_fails_is_a_finding(issuer: Issuer) -> None:
    """When no keys can be had, that is the finding, and the examination ends."""

    class Unavailable:
        def candidates(self, kid: str | None, algorithm: str) -> tuple[keys.VerificationKey, ...]:
            raise Refusal("jwks.unavailable", expected="keys", observed="none")

    rules = Rules(keys=Unavailable(), expected=EXPECTED)
    examined = examine(Subject(token=issuer.signed(), rules=rules))
    assert found(examined) == [("key_choice", "jwks.unavailable")]


def test_findings_before_a_refusal_are_kept(issuer: Issuer) -> None:
    """A step that cannot go on keeps what was found before it, by it and no step after it."""
    problem = Problem(code="jwt.too_deep", expected="", observed="")

    def warns(subject: Subject) -> Iterator[Problem | Subject]:
        yield problem

    def gives_up(subject: Subject) -> Iterator[Problem | Subject]:
        yield problem
        raise Refusal("jwt.too_large", expected="", observed="")

    rules = Rules(keys=keys.KeySet(keys=()), expected=EXPECTED)
    examined = examine(Subject(token="", rules=rules), (warns, gives_up, warns))
    assert found(examined) == [
        ("warns", "jwt.too_deep"),
        ("gives_up", "jwt.too_deep"),
        ("gives_up", "jwt.too_large"),
    ]
