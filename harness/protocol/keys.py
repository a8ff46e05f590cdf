"""The issuer's public keys: one SubjectPublicKeyInfo or a JWK Set (RFC 7517), read strictly."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from harness.protocol.problem import Problem, Refusal

MODULUS_BITS = (2048, 8192)
KEY_LIMIT = 50
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth"})


@dataclass(frozen=True, kw_only=True)
class VerificationKey:
    """A public key that may verify a signature.

    Attributes:
        kid: The key id, when the key came with one.
        algorithm: The one algorithm that the key is declared for, if any.
        key: The key itself.
    """

    kid: str | None
    algorithm: str | None
    key: RSAKey


@dataclass(frozen=True, kw_only=True)
class KeySet:
    """The usable signature keys of one issuer, and what was left out of its set and why."""

    keys: tuple[VerificationKey, ...]
    problems: tuple[Problem, ...] = ()

    def candidates(self, kid: str | None, algorithm: str) -> tuple[VerificationKey, ...]:
        """Return the keys that a header with this ``kid`` and ``alg`` allows (RFC 7515 section 6)."""
        return tuple(
            key
            for key in self.keys
            if key.algorithm in (None, algorithm) and (kid is None or key.kid is None or key.kid == kid)
        )


def from_spki(text: str) -> KeySet:
    """Read the one-line base64 SubjectPublicKeyInfo of the connector form.

    Raises:
        Refusal: ``config.public_key_invalid``, saying which form was pasted instead.
    """
    try:
        octets = base64.b64decode(text, validate=True)
        public_key = serialization.load_der_public_key(octets)
    except (binascii.Error, ValueError, TypeError):
        raise Refusal(
            "config.public_key_invalid",
            expected="base64 SubjectPublicKeyInfo on one line, without PEM armour",
            observed=_pasted_form(text),
        ) from None
    if not isinstance(public_key, RSAPublicKey):
        raise Refusal("config.public_key_invalid", expected="an RSA key", observed=type(public_key).__name__)
    return KeySet(keys=(VerificationKey(kid=None, algorithm=None, key=RSAKey(public_key, public_key)),))


def from_jwks(document: Any) -> KeySet:
    """Read a JWK Set, leaving out members that cannot verify an id_token.

    Args:
        document: The parsed JSON of the ``jwks_uri``.

    Raises:
        Refusal: ``jwks.invalid`` when it is no JWK Set, ``jwks.empty`` when no key is usable.

    Source: RFC 7517 section 5.
    """
    members = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(members, list) or len(members) > KEY_LIMIT:
        raise Refusal(
            "jwks.invalid",
            expected=f'an object with a list "keys" of at most {KEY_LIMIT}',
            observed="another",
        )
    keys, problems = [], []
    for member in members:
        try:
            key = _member(member)
        except Refusal as refusal:
            problems.append(refusal.problem)
            continue
        if key is not None:
            keys.append(key)
    if not keys:
        raise Refusal(
            "jwks.empty", expected="at least one RSA signature key", observed=f"{len(members)} members"
        )
    return KeySet(keys=tuple(keys), problems=tuple(problems))


def _member(member: Any) -> VerificationKey | None:
    if not isinstance(member, dict):
        raise Refusal("jwks.member_ignored", expected="a JSON Web Key", observed=type(member).__name__)
    if member.get("use", "sig") != "sig" or member.get("kty") != "RSA":
        return None
    _refuse_private(member)
    try:
        key = RSAKey.import_key({name: member[name] for name in ("kty", "n", "e") if name in member})
        bits = key.raw_value.key_size
    except (JoseError, ValueError, KeyError, TypeError, AttributeError):
        raise Refusal("jwks.member_ignored", expected="an RSA key", observed="unreadable") from None
    if not MODULUS_BITS[0] <= bits <= MODULUS_BITS[1]:
        raise Refusal("jwks.key_weak", expected="2048 to 8192 bits", observed=f"{bits} bits")
    kid, algorithm = member.get("kid"), member.get("alg")
    return VerificationKey(
        kid=kid if isinstance(kid, str) else None,
        algorithm=algorithm if isinstance(algorithm, str) else None,
        key=key,
    )


def _refuse_private(member: Mapping[str, Any]) -> None:
    if _PRIVATE_MEMBERS & member.keys():
        raise Refusal("jwks.private_key_exposed", expected="public keys only", observed="a private key")


def _pasted_form(text: str) -> str:
    """Name the form of key that was pasted instead of SubjectPublicKeyInfo."""
    forms = {
        "PRIVATE KEY": "a private key in PEM",
        "BEGIN CERTIFICATE": "a certificate in PEM",
        "BEGIN RSA PUBLIC KEY": "a PKCS#1 key in PEM",
        "BEGIN PUBLIC KEY": "a public key with its PEM armour",
        "ssh-rsa": "an SSH public key",
    }
    return next((name for mark, name in forms.items() if mark in text), "text that is no such key")
