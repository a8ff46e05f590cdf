"""The issuer's public keys: one SubjectPublicKeyInfo or a JWK Set (RFC 7517), read strictly."""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

from harness.protocol import base64url
from harness.protocol.problem import Problem, Refusal
from harness.protocol.roca import has_roca_fingerprint

SMALLEST_MODULUS, LARGEST_MODULUS = 2048, 8192
LARGEST_EXPONENT_BITS = 64
KEY_LIMIT = 50
HMAC_OCTETS = {"HS256": 32, "HS384": 48, "HS512": 64}

_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})
_TYPES: dict[str, tuple[type[RSAKey | ECKey | OKPKey], tuple[str, ...]]] = {
    "RSA": (RSAKey, ("kty", "n", "e")),
    "EC": (ECKey, ("kty", "crv", "x", "y")),
    "OKP": (OKPKey, ("kty", "crv", "x")),
}
_KEY_TYPE = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
_CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "Ed25519": "Ed25519", "EdDSA": "Ed25519"}


@dataclass(frozen=True, kw_only=True)
class VerificationKey:
    """A public key that may verify a signature.

    Attributes:
        kid: The key id, when the key came with one.
        algorithm: The one algorithm that the key is declared for, if any.
        key_type: ``RSA``, ``EC``, ``OKP`` or ``oct``.
        key: The key itself; ``None`` where its size alone forbids importing it.
        for_signatures: Whether ``use`` and ``key_ops`` allow verifying.
        problem: Why the key must not be used, if it must not.
    """

    kid: str | None
    algorithm: str | None
    key_type: str
    key: Key | None
    for_signatures: bool = True
    problem: Problem | None = None

    def fits(self, algorithm: str) -> bool:
        """Tell whether the key's type and curve can do ``algorithm`` (RFC 7518 section 3.1)."""
        if self.key_type != _KEY_TYPE.get(algorithm[:2], "oct"):
            return False
        return algorithm not in _CURVES or getattr(self.key, "curve_name", None) == _CURVES[algorithm]


@dataclass(frozen=True, kw_only=True)
class KeySet:
    """The keys of one issuer, and what is odd about the set."""

    keys: tuple[VerificationKey, ...]
    problems: tuple[Problem, ...] = ()

    def knows(self, kid: str) -> bool:
        """Tell whether a key of the set has this id, or a key has none."""
        return any(key.kid in (None, kid) for key in self.keys)

    def candidates(self, kid: str | None, algorithm: str) -> tuple[VerificationKey, ...]:
        """Return the keys that a header with this ``kid`` and ``alg`` allows.

        Raises:
            Refusal: ``jwks.kid_not_found``, ``jwt.alg_key_mismatch``, ``jwks.key_use``, or what is wrong
                with the only key that is left.

        Source: RFC 7515 section 6, RFC 7517 section 4, RFC 8725 section 3.1.
        """
        named = [key for key in self.keys if kid is None or key.kid in (None, kid)]
        if not named:
            raise Refusal("jwks.kid_not_found", expected="a key of the issuer's set", observed=str(kid)[:40])
        fitting = [key for key in named if key.fits(algorithm) and key.algorithm in (None, algorithm)]
        if not fitting:
            bound = named[0].algorithm or named[0].key_type
            raise Refusal("jwt.alg_key_mismatch", expected=f"a signature for {bound}", observed=algorithm)
        verifying = [key for key in fitting if key.for_signatures]
        if not verifying:
            raise Refusal("jwks.key_use", expected="a key for signatures", observed="a key for another use")
        usable = tuple(key for key in verifying if key.problem is None)
        if not usable and (problem := verifying[0].problem):
            raise Refusal(problem.code, expected=problem.expected, observed=problem.observed)
        return usable


def from_spki(text: str) -> KeySet:
    """Read the one-line base64 SubjectPublicKeyInfo of the connector form.

    Raises:
        Refusal: ``config.private_key_given``, ``config.public_key_invalid`` naming the form that was
            pasted instead, or what is wrong with the key.
    """
    if "PRIVATE KEY" in text:
        raise Refusal("config.private_key_given", expected="the public key", observed="a private key")
    try:
        octets = base64.b64decode(text, validate=True)
        public_key = serialization.load_der_public_key(octets)
    except (binascii.Error, ValueError, TypeError, UnsupportedAlgorithm):
        if _is_private(text):
            raise Refusal(
                "config.private_key_given", expected="the public key", observed="a private key"
            ) from None
        raise Refusal(
            "config.public_key_invalid",
            expected="base64 SubjectPublicKeyInfo on one line, without PEM armour",
            observed=_pasted_form(text),
        ) from None
    if public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != octets:
        raise Refusal(
            "config.public_key_invalid", expected="SubjectPublicKeyInfo", observed="a bare PKCS#1 key"
        )
    if not isinstance(public_key, RSAPublicKey):
        raise Refusal("config.public_key_invalid", expected="an RSA key", observed=type(public_key).__name__)
    key = VerificationKey(
        kid=None,
        algorithm=None,
        key_type="RSA",
        key=RSAKey(public_key, public_key),
        problem=_weakness(public_key),
    )
    return KeySet(keys=(key,), problems=_small_exponent(key))


def from_secret(secret: str, algorithm: str) -> KeySet:
    """Return the key that a negotiated HMAC uses: the client secret (OpenID Connect Core section 10.1).

    Raises:
        Refusal: ``jwt.key_too_small`` (RFC 7518 section 3.2, OpenID Connect Core section 16.19).
    """
    octets = secret.encode("utf-8")
    if len(octets) < HMAC_OCTETS[algorithm]:
        raise Refusal(
            "jwt.key_too_small",
            expected=f"a secret of at least {HMAC_OCTETS[algorithm]} octets for {algorithm}",
            observed=f"{len(octets)} octets",
        )
    key = OctKey.import_key(octets)
    return KeySet(keys=(VerificationKey(kid=None, algorithm=algorithm, key_type="oct", key=key),))


def from_jwks(document: Any) -> KeySet:
    """Read a JWK Set.

    A member that is malformed or of an unknown type is left out (RFC 7517 section 5); one that exposes a
    secret, or two that share an id, make the whole set unfit.

    Args:
        document: The parsed JSON of the ``jwks_uri``.

    Raises:
        Refusal: ``jwks.invalid``, ``jwks.too_large``, ``jwks.empty``, ``jwks.private_key_exposed``,
            ``jwks.symmetric_key_exposed``, ``jwks.x5c_mismatch`` or ``jwks.duplicate_kid``.
    """
    members = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(members, list):
        raise Refusal("jwks.invalid", expected='an object with a list "keys"', observed="another document")
    if len(members) > KEY_LIMIT:
        raise Refusal("jwks.too_large", expected=f"at most {KEY_LIMIT} keys", observed=str(len(members)))
    keys, problems = [], []
    for member in members:
        key = _member(member)
        if isinstance(key, Problem):
            problems.append(key)
        elif key is not None:
            keys.append(key)
            problems += _small_exponent(key)
    if not keys:
        raise Refusal("jwks.empty", expected="at least one signature key", observed=f"{len(members)} members")
    repeated = [kid for kid, count in Counter(key.kid for key in keys).items() if kid and count > 1]
    if repeated:
        raise Refusal("jwks.duplicate_kid", expected="one key per kid", observed=repeated[0][:40])
    return KeySet(keys=tuple(keys), problems=tuple(problems))


def _member(member: Any) -> VerificationKey | Problem | None:
    """Return a member's key, why it is left out, or nothing for a type that is not for us."""
    ignored = Problem(code="jwks.member_ignored", expected="a JSON Web Key", observed="a malformed member")
    if not isinstance(member, dict) or not isinstance(member.get("kty"), str):
        return ignored
    _refuse_secrets(member)
    if member["kty"] not in _TYPES:
        return None
    kind, names = _TYPES[member["kty"]]
    problem = _modulus_problem(member) if kind is RSAKey else None
    kid, algorithm = member.get("kid"), member.get("alg")
    try:
        # A key of a forbidden size is not even imported: a huge one would cost time.
        key = None if problem else kind.import_key({name: member[name] for name in names})
        if isinstance(key, RSAKey):
            problem = _weakness(key.public_key)
    except (JoseError, ValueError, KeyError, TypeError, AttributeError):
        return ignored
    if not isinstance(kid, str | None) or not isinstance(algorithm, str | None):
        return ignored
    _check_certificate(member, key)
    operations = member.get("key_ops", ["verify"])
    signs = member.get("use", "sig") == "sig" and isinstance(operations, list) and "verify" in operations
    return VerificationKey(
        kid=kid,
        algorithm=algorithm,
        key_type=member["kty"],
        key=key,
        for_signatures=signs,
        problem=problem,
    )


def _refuse_secrets(member: Mapping[str, Any]) -> None:
    if member["kty"] == "oct":
        raise Refusal("jwks.symmetric_key_exposed", expected="public keys only", observed="a symmetric key")
    if _PRIVATE_MEMBERS & member.keys():
        raise Refusal("jwks.private_key_exposed", expected="public keys only", observed="a private key")


def _modulus_problem(member: Mapping[str, Any]) -> Problem | None:
    """Return what is wrong with an RSA member's sizes, before the key is imported."""
    try:
        modulus = int.from_bytes(base64url.decode(member["n"]))
        exponent = int.from_bytes(base64url.decode(member["e"]))
    except (KeyError, TypeError, ValueError):
        return None
    return _size_problem(modulus, exponent)


def _size_problem(modulus: int, exponent: int) -> Problem | None:
    bits = modulus.bit_length()
    if bits < SMALLEST_MODULUS:
        return Problem(
            code="jwt.key_too_small", expected=f"{SMALLEST_MODULUS} bits or more", observed=f"{bits} bits"
        )
    if bits > LARGEST_MODULUS or exponent.bit_length() > LARGEST_EXPONENT_BITS:
        return Problem(
            code="jwt.key_too_large",
            expected=f"at most {LARGEST_MODULUS} bits and an ordinary exponent",
            observed=f"{bits} bits, exponent of {exponent.bit_length()} bits",
        )
    if exponent < 3 or exponent % 2 == 0:
        return Problem(code="jwks.key_invalid", expected="an odd exponent", observed=f"exponent {exponent}")
    return None


def _weakness(key: RSAPublicKey) -> Problem | None:
    numbers = key.public_numbers()
    if problem := _size_problem(numbers.n, numbers.e):
        return problem
    if has_roca_fingerprint(numbers.n):
        return Problem(code="jwks.key_weak", expected="a sound modulus", observed="a ROCA fingerprint")
    return None


def _small_exponent(key: VerificationKey) -> tuple[Problem, ...]:
    """Return a warning for an exponent that is odd and works, but is smaller than 2^16 (FIPS 186-5)."""
    if not isinstance(key.key, RSAKey) or key.key.public_key.public_numbers().e > 1 << 16:
        return ()
    return (
        Problem(
            code="jwks.key_invalid",
            expected="an exponent above 2^16",
            observed=f"exponent {key.key.public_key.public_numbers().e}",
            severity="warning",
        ),
    )


def _check_certificate(member: Mapping[str, Any], key: Key | None) -> None:
    """Hold the first certificate of ``x5c`` against the key (RFC 7517 section 4.7)."""
    chain = member.get("x5c")
    if key is None or not isinstance(chain, list) or not chain:
        return
    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode(chain[0], validate=True))
        same = certificate.public_key() == key.public_key
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion):
        same = False
    if not same:
        raise Refusal(
            "jwks.x5c_mismatch", expected="the certificate of the key", observed="another certificate"
        )


def _is_private(text: str) -> bool:
    try:
        serialization.load_der_private_key(base64.b64decode("".join(text.split())), password=None)
    except TypeError:  # an encrypted one asks for its password
        return True
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        return False
    return True


def _pasted_form(text: str) -> str:
    """Name the form of key that was pasted instead of SubjectPublicKeyInfo."""
    forms = {
        "BEGIN CERTIFICATE": "a certificate in PEM",
        "BEGIN RSA PUBLIC KEY": "a PKCS#1 key in PEM",
        "BEGIN PUBLIC KEY": "a public key with its PEM armour",
        "ssh-rsa": "an SSH public key",
    }
    for mark, name in forms.items():
        if mark in text:
            return name
    if any(character.isspace() for character in text.strip()):
        return "base64 with line breaks or blanks"
    if text and all(character in "0123456789abcdefABCDEF" for character in text):
        return "hexadecimal"
    return _der_form(text)


def _der_form(text: str) -> str:
    try:
        octets = base64.b64decode(text, validate=True)
        x509.load_der_x509_certificate(octets)
    except (binascii.Error, ValueError, TypeError, x509.InvalidVersion):
        return "text that is no such key"
    return "a certificate"
