from __future__ import annotations

import hashlib
import hmac
import json
import sys
from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from types import SimpleNamespace
from typing import Any

import jwcrypto.jwk  # type: ignore[import-untyped]
import jwcrypto.jwt  # type: ignore[import-untyped]
import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import RSAKey

from harness.catalogue.codes import codes
from harness.protocol import base64url, jose, keys
from harness.protocol.claims import Expected
from harness.verification.pipeline import Keys, Rules, Subject, examine

ISSUER, CLIENT, LEEWAY = "https://login.brand.test", "platform", 60
NOW = 1_795_176_000

CLAIMS: Mapping[str, Any] = {
    "iss": ISSUER,
    "aud": CLIENT,
    "sub": "alice",
    "iat": NOW,
    "exp": NOW + 300,
}
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

Make = Callable[[RSAKey, RSAKey], str]


def dumps(value: Any) -> bytes:
    """Return compact JSON."""
    return json.dumps(value, separators=(",", ":")).encode()


def sign(key: RSAKey, payload: bytes | None = None, **header: Any) -> str:
    """Return a token whose signature is good; ``...`` drops a header parameter."""
    head = {"alg": "RS256", "kid": key.kid, **header}
    head = {name: value for name, value in head.items() if value is not ...}
    return jose.sign(head, dumps(CLAIMS) if payload is None else payload, key, algorithm="RS256")


def claims(**changes: Any) -> Make:
    """Sign changed claims; ``...`` drops one."""
    changed = {name: value for name, value in {**CLAIMS, **changes}.items() if value is not ...}
    return lambda key, _: sign(key, dumps(changed))


def payload(change: Callable[[bytes], bytes]) -> Make:
    """Sign changed octets of the claims."""
    return lambda key, _: sign(key, change(dumps(CLAIMS)))


def member(text: str) -> Make:
    """Sign claims with raw members in front of them."""
    return payload(lambda octets: b"{" + text.encode() + b"," + octets[1:])


def header(**changes: Any) -> Make:
    """Sign under a changed header."""
    return lambda key, _: sign(key, **changes)


def raw_header(text: str) -> Make:
    """Sign under a header with raw members in front of the good ones."""
    return lambda key, _: jose.sign(
        b"{" + text.encode() + b"," + dumps({"alg": "RS256", "kid": key.kid})[1:],
        dumps(CLAIMS),
        key,
        algorithm="RS256",
    )


def text(change: Callable[[str], str]) -> Make:
    """Change the text of a good token."""
    return lambda key, _: change(sign(key))


def unused_bits(token: str) -> str:
    """Set an unused bit of the signature's last letter."""
    return token[:-1] + ALPHABET[ALPHABET.index(token[-1]) + 1]


def json_form(token: str) -> str:
    """Return the flattened JSON serialization."""
    head, body, signature = token.split(".")
    return json.dumps({"protected": head, "payload": body, "signature": signature})


def unsigned(token: str) -> str:
    """Return the token with the algorithm none and no signature."""
    return f"{base64url.encode(dumps({'alg': 'none'}))}.{token.split('.')[1]}."


def other_alphabet(key: RSAKey, _: RSAKey) -> str:
    """Write a signature in the alphabet of base64 that has a letter which differs."""
    tokens = (sign(key, dumps({**CLAIMS, "jti": str(number)})) for number in range(100))
    return next(token for token in tokens if "-" in token).replace("-", "+").replace("_", "/")


def with_hmac(key: RSAKey, _: RSAKey) -> str:
    """Sign with an HMAC whose secret is the public key."""
    secret = key.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signing_input = f"{base64url.encode(dumps({'alg': 'HS256'}))}.{base64url.encode(dumps(CLAIMS))}"
    digest = hmac.new(secret, signing_input.encode(), hashlib.sha256).digest()
    return f"{signing_input}.{base64url.encode(digest)}"


def with_own_key(key: RSAKey, foreign: RSAKey) -> str:
    """Sign with a stranger's key that the header carries."""
    return sign(foreign, kid=key.kid, jwk=foreign.as_dict(private=False))


def by_other_algorithm(key: RSAKey, _: RSAKey) -> str:
    """Sign with RSASSA-PSS where PKCS #1 v1.5 is agreed."""
    return jose.sign({"alg": "PS256", "kid": key.kid}, dumps(CLAIMS), key, algorithm="PS256")


DEEP = f'"x":{"[" * 40}{"]" * 40}'
CASES: Mapping[str, Make] = {
    "good": text(lambda token: token),
    "unknown header parameter": header(x="y"),
    "no kid": header(kid=...),
    "kid of no key": header(kid="unheard-of"),
    "kid as number": header(kid=7),
    "kid null": header(kid=None),
    "kid of 3 kB": header(kid="k" * 3_000),
    "typ of an access token": header(typ="at+jwt"),
    "typ as number": header(typ=7),
    "crit empty": header(crit=[]),
    "crit unknown": header(crit=["x"], x=1),
    "crit as text": header(crit="exp"),
    "crit registered": header(crit=["alg"]),
    "b64 false": header(b64=False),
    "alg lower case": header(alg="rs256"),
    "alg absent": header(alg=...),
    "alg as list": header(alg=["RS256"]),
    "header parameter twice": raw_header('"kid":"other"'),
    "other iss in the header": header(iss="https://other.test"),
    "header of 5 kB": header(x="x" * 5_000),
    "alg none": text(unsigned),
    "HMAC with the public key": with_hmac,
    "own key in the header": with_own_key,
    "foreign key": lambda key, foreign: sign(foreign, kid=key.kid),
    "PS256 unasked": by_other_algorithm,
    "padding after the signature": text(lambda token: token + "=="),
    "padding after the header": text(lambda token: token.replace(".", "=.", 1)),
    "unused bits set": text(unused_bits),
    "newline at the end": text(lambda token: token + "\n"),
    "blank in front": text(lambda token: " " + token),
    "newline inside the signature": text(lambda token: token[:-20] + "\n" + token[-20:]),
    "foreign letter inside the signature": text(lambda token: token[:-20] + "!" + token[-20:]),
    "other alphabet": other_alphabet,
    "not ASCII": text(lambda token: token[:-20] + "\u00e9" + token[-20:]),
    "percent-encoded": text(lambda token: token.replace(".", "%2E")),
    "JSON serialization": text(json_form),
    "four parts": text(lambda token: token + ".AA"),
    "no signature": text(lambda token: token[: token.rindex(".") + 1]),
    "signature cut": text(lambda token: token[:-4]),
    "claim twice": member('"sub":"mallory"'),
    "claim twice inside": member('"x":{"a":1,"a":2}'),
    "byte order mark": payload(lambda octets: b"\xef\xbb\xbf" + octets),
    "UTF-16": payload(lambda octets: octets.decode().encode("utf-16")),
    "UTF-16 without mark": payload(lambda octets: octets.decode().encode("utf-16-le")),
    "no UTF-8": payload(lambda octets: b'{"x":"\xff",' + octets[1:]),
    "lone surrogate": member('"x":"\\ud800"'),
    "NaN": member('"x":NaN'),
    "number out of range": member('"x":1e999'),
    "nested 40 deep": member(DEEP),
    "blanks around": payload(lambda octets: b" " + octets + b"\n"),
    "payload is a list": payload(lambda octets: b"[" + octets + b"]"),
    "token in a token": lambda key, _: sign(key, sign(key).encode(), cty="JWT"),
    "iss with a slash": claims(iss=ISSUER + "/"),
    "iss in upper case": claims(iss=ISSUER.upper()),
    "iss as list": claims(iss=[ISSUER]),
    "iss absent": claims(iss=...),
    "aud as list of one": claims(aud=[CLIENT]),
    "aud with an extra": claims(aud=[CLIENT, "other"]),
    "aud list with a number": claims(aud=[CLIENT, 7]),
    "aud list with a list": claims(aud=[CLIENT, []]),
    "aud empty": claims(aud=[]),
    "aud as object": claims(aud={CLIENT: 1}),
    "azp of another": claims(azp="other"),
    "exp in milliseconds": claims(exp=(NOW + 300) * 1_000),
    "exp as text": claims(exp=str(NOW + 300)),
    "exp as boolean": claims(exp=True),
    "exp null": claims(exp=None),
    "exp absent": claims(exp=...),
    "exp passed within the leeway": claims(iat=NOW - 300, exp=NOW - 30),
    "exp passed": claims(iat=NOW - 300, exp=NOW - 120),
    "exp as fraction": claims(exp=NOW + 300.5),
    "exp in ten years": claims(exp=NOW + 10 * 365 * 86_400),
    "exp before iat": claims(iat=NOW + 30, exp=NOW - 10),
    "iat ahead": claims(iat=NOW + 200, exp=NOW + 500),
    "iat an hour ago": claims(iat=NOW - 3_600),
    "iat as text": claims(iat=str(NOW)),
    "iat absent": claims(iat=...),
    "nbf ahead": claims(nbf=NOW + 200),
    "nbf as text": claims(nbf=str(NOW)),
    "sub as number": claims(sub=7),
    "sub empty": claims(sub=""),
    "sub with NUL": claims(sub="alice\x00"),
    "sub of 300 letters": claims(sub="a" * 300),
    "sub is the client": claims(sub=CLIENT),
    "sub absent": claims(sub=...),
}

SINCE_3_15: Mapping[str, tuple[str, str, str, str]] = dict.fromkeys(
    (
        "newline at the end",
        "blank in front",
        "newline inside the signature",
        "foreign letter inside the signature",
        "not ASCII",
    ),
    (
        "refused",
        "refused",
        "accepted",
        "Python's decoder passes over foreign letters, and since 3.15 no missing padding gives them away",
    ),
)
"""What jwcrypto refuses on an older Python only."""

DISAGREEMENTS: Mapping[str, tuple[str, str, str, str]] = {
    "kid of no key": (
        "refused",
        "accepted",
        "accepted",
        "a kid that the issuer's set does not hold is refused; they are handed one key and never compare",
    ),
    "kid as number": ("refused", "refused", "accepted", "kid is a string (RFC 7515 section 4.1.4)"),
    "kid null": ("refused", "refused", "accepted", "kid is a string (RFC 7515 section 4.1.4)"),
    "kid of 3 kB": (
        "refused",
        "accepted",
        "accepted",
        "a kid that the issuer's set does not hold is refused; they set no limit either",
    ),
    "typ of an access token": (
        "refused",
        "accepted",
        "accepted",
        "another kind of token is no id_token (RFC 8725 section 3.11)",
    ),
    "typ as number": ("refused", "accepted", "accepted", "typ is a string (RFC 7515 section 4.1.9)"),
    "crit empty": ("refused", "refused", "accepted", "crit is not empty (RFC 7515 section 4.1.11)"),
    "crit registered": (
        "refused",
        "refused",
        "accepted",
        "crit names no registered parameter (RFC 7515 section 4.1.11)",
    ),
    "header parameter twice": (
        "refused",
        "accepted",
        "accepted",
        "names are unique (RFC 7515 section 4); they take the last",
    ),
    "other iss in the header": (
        "refused",
        "accepted",
        "accepted",
        "a claim that the header repeats is the same (RFC 7519 section 5.3)",
    ),
    "header of 5 kB": ("refused", "accepted", "accepted", "our own limit of 4 KiB"),
    "padding after the signature": (
        "refused",
        "accepted",
        "accepted",
        "base64url has no padding here (RFC 7515 section 2)",
    ),
    "padding after the header": (
        "refused",
        "refused",
        "accepted",
        "base64url has no padding here (RFC 7515 section 2)",
    ),
    "unused bits set": (
        "refused",
        "refused",
        "accepted",
        "one token has one text: unused bits are zero (RFC 4648 section 3.5)",
    ),
    "other alphabet": (
        "refused",
        "refused",
        "accepted",
        "the alphabet is that of base64url (RFC 7515 section 2)",
    ),
    "claim twice": (
        "refused",
        "accepted",
        "accepted",
        "names are unique (RFC 7519 section 4); they take the last",
    ),
    "claim twice inside": (
        "refused",
        "accepted",
        "accepted",
        "names are unique at every depth (RFC 7493 section 2.3); they take the last",
    ),
    "byte order mark": (
        "refused",
        "accepted",
        "refused",
        "claims are UTF-8 without a mark (RFC 8259 section 8.1); PyJWT lets json guess",
    ),
    "UTF-16": (
        "refused",
        "accepted",
        "refused",
        "claims are UTF-8 (RFC 7519 section 7.2); PyJWT lets json guess",
    ),
    "UTF-16 without mark": (
        "refused",
        "accepted",
        "refused",
        "claims are UTF-8 (RFC 7519 section 7.2); PyJWT lets json guess",
    ),
    "lone surrogate": (
        "refused",
        "accepted",
        "accepted",
        "no UTF-8 holds a lone surrogate (RFC 7493 section 2.1)",
    ),
    "NaN": ("refused", "accepted", "accepted", "NaN is no JSON (RFC 8259 section 6)"),
    "number out of range": (
        "refused",
        "accepted",
        "accepted",
        "a number becomes infinite (RFC 7493 section 2.2)",
    ),
    "nested 40 deep": ("refused", "accepted", "accepted", "our own limit of 32 levels"),
    "aud with an extra": (
        "refused",
        "accepted",
        "accepted",
        "audiences that are not trusted are refused (OpenID Connect Core section 3.1.3.7)",
    ),
    "azp of another": (
        "refused",
        "accepted",
        "accepted",
        "azp is this client (OpenID Connect Core section 3.1.3.7); both are libraries for JWT",
    ),
    "exp in milliseconds": (
        "refused",
        "accepted",
        "accepted",
        "a time in milliseconds lies in the year 58856, and never expires",
    ),
    "exp as text": (
        "refused",
        "accepted",
        "TypeError",
        "a NumericDate is a number (RFC 7519 section 2); jwcrypto compares and fails",
    ),
    "exp null": (
        "refused",
        "refused",
        "TypeError",
        "a NumericDate is a number (RFC 7519 section 2); jwcrypto compares and fails",
    ),
    "exp in ten years": ("refused", "accepted", "accepted", "our own limit of seven days"),
    "exp before iat": (
        "refused",
        "accepted",
        "accepted",
        "a token that expired before it was made is of no use",
    ),
    "iat ahead": (
        "refused",
        "refused",
        "accepted",
        "made later than now, by more than the leeway; jwcrypto asks only that it is there",
    ),
    "iat an hour ago": ("refused", "accepted", "accepted", "our own limit of ten minutes"),
    "iat as text": (
        "refused",
        "accepted",
        "accepted",
        "a NumericDate is a number (RFC 7519 section 2); PyJWT converts, jwcrypto does not look",
    ),
    "nbf ahead": (
        "refused",
        "refused",
        "accepted",
        "not valid yet (RFC 7519 section 4.1.5); jwcrypto looks only when it is told to",
    ),
    "nbf as text": (
        "refused",
        "accepted",
        "accepted",
        "a NumericDate is a number (RFC 7519 section 2); PyJWT converts, jwcrypto does not look",
    ),
    "sub empty": (
        "refused",
        "accepted",
        "accepted",
        "a subject has 1 to 255 letters (OpenID Connect Core section 2)",
    ),
    "sub with NUL": (
        "refused",
        "accepted",
        "accepted",
        "a subject is printable ASCII (OpenID Connect Core section 2)",
    ),
    "sub of 300 letters": (
        "refused",
        "accepted",
        "accepted",
        "a subject has 1 to 255 letters (OpenID Connect Core section 2)",
    ),
    "sub is the client": (
        "refused",
        "accepted",
        "accepted",
        "the subject is a consumer; the client itself is another kind of token",
    ),
    **(SINCE_3_15 if sys.version_info >= (3, 15) else {}),
}
"""Ours, PyJWT's and jwcrypto's answer, and why ours is another one."""


class Source:
    """A key source of one fixed set."""

    def __init__(self, key: RSAKey) -> None:
        self._set = keys.from_jwks({"keys": [key.as_dict(private=False)]})

    def find(self, kid: str | None, algorithm: str) -> Keys:
        """Return the candidates."""
        return Keys(candidates=self._set.candidates(kid, algorithm))

    def find_again(self, kid: str | None, algorithm: str) -> Keys | None:
        """Return nothing new."""
        return None


def ours(token: str, key: RSAKey) -> str:
    """Return our answer in the strict mode."""
    expected = Expected(issuer=ISSUER, client_id=CLIENT, now=NOW, leeway=LEEWAY)
    found = examine(Subject(token=token, rules=Rules(keys=Source(key), expected=expected))).found
    severities = [codes()[one.problem.code].severity_of(one.problem, "strict") for one in found]
    return "refused" if "error" in severities else "accepted"


def pyjwt(token: str, key: RSAKey) -> str:
    """Return the answer of PyJWT, asked for the same."""
    try:
        jwt.decode(
            token,
            key.public_key,
            algorithms=["RS256"],
            issuer=ISSUER,
            audience=CLIENT,
            leeway=LEEWAY,
            options={"require": ["iss", "aud", "sub", "iat", "exp"]},
        )
    except jwt.PyJWTError:
        return "refused"
    except Exception as error:
        return type(error).__name__
    return "accepted"


def other(token: str, key: RSAKey) -> str:
    """Return the answer of jwcrypto, asked for the same."""
    public = jwcrypto.jwk.JWK.from_pem(
        key.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    wanted = {"iss": ISSUER, "aud": CLIENT, "sub": None, "iat": None, "exp": None}
    try:
        jwcrypto.jwt.JWT(jwt=token, key=public, algs=["RS256"], check_claims=wanted, expected_type="JWS")
    except (jwcrypto.jwt.JWException, ValueError):
        return "refused"
    except Exception as error:
        return type(error).__name__
    return "accepted"


class Standing(datetime):
    """A clock that stands still."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Standing:
        """Return the time of all these tests."""
        return cls.fromtimestamp(NOW, tz)


@pytest.fixture(autouse=True)
def clocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the clocks of both libraries stand still."""
    monkeypatch.setattr("jwt.api_jwt.datetime", Standing)
    monkeypatch.setattr("jwcrypto.jwt.time", SimpleNamespace(time=lambda: NOW))


# Python 3.15 warns where jwcrypto lets it read the other alphabet; the answer is what counts here.
@pytest.mark.filterwarnings("ignore:invalid character:FutureWarning")
def test_every_disagreement_with_other_libraries_is_known(signing_key: RSAKey, foreign_key: RSAKey) -> None:
    """Where another library answers otherwise than we do, the table says so and why."""
    answers = {
        name: (ours(token, signing_key), pyjwt(token, signing_key), other(token, signing_key))
        for name, make in CASES.items()
        for token in [make(signing_key, foreign_key)]
    }
    assert {name: given for name, given in answers.items() if len(set(given)) > 1} == {
        name: row[:3] for name, row in DISAGREEMENTS.items()
    }
