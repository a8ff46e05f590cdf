"""What people paste where the connector form wants a public key, and the key in the form's own shape."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from harness.protocol import keys
from harness.protocol.problem import Refusal

_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, RecursionError, UnsupportedAlgorithm)


def is_private(text: str) -> bool:
    """Tell whether a private key was pasted, which is not to be shown again."""
    if any(_PRIVATE & member.keys() for member in _members(text)):
        return True
    try:
        keys.from_spki(text)
    except Refusal as refusal:
        return refusal.problem.code == "config.private_key_given"
    return False


def mended(text: str) -> str | None:
    """Return the public key that was pasted in another form, as the connector form takes it.

    Recognised are PEM with its armour (SubjectPublicKeyInfo, PKCS#1, a certificate), base64 with line breaks,
    and a JSON Web Key or a set of one key.

    Args:
        text: What was pasted.

    Returns:
        One line of base64 SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7); ``None`` where it is that already,
        is no key, or is a private one.
    """
    if is_private(text):
        return None
    for read in _READERS:
        try:
            found = base64.b64encode(read(text.strip())).decode("ascii")
            keys.from_spki(found)
        except (*_UNREADABLE, Refusal):
            continue
        return None if found == text else found
    return None


def explained(text: str) -> str | None:
    """Say what a pasted JSON Web Key is, which the form does not take; ``None`` for anything else."""
    members = _members(text)
    if not members:
        return None
    kind = "a JWK Set" if '"keys"' in text else "a JSON Web Key"
    modulus_rule = "base64url without padding is due (RFC 7518 section 6.3.1.1)"
    modulus = str(members[0].get("n", ""))
    if any(character in modulus for character in "+/="):
        kind += f" whose n is in plain base64, where {modulus_rule}"
    return (
        f"this is {kind}; the type JWT public key takes base64 SubjectPublicKeyInfo on one line, and a JWK "
        "Set is given by its address, with the type JWKS endpoint"
    )


def _members(text: str) -> list[dict[str, Any]]:
    """Return the members of a JWK Set, or the one JSON Web Key; nothing for other text."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return []
    members = document.get("keys", [document]) if isinstance(document, dict) else []
    return [one for one in members if isinstance(one, dict)] if isinstance(members, list) else []


def _spki(key: Any) -> bytes:
    octets: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return octets


def _from_pem(text: str) -> bytes:
    return _spki(serialization.load_pem_public_key(text.encode()))


def _from_certificate(text: str) -> bytes:
    return _spki(x509.load_pem_x509_certificate(text.encode()).public_key())


def _from_base64(text: str) -> bytes:
    """Read base64 with line breaks, and what is left of PEM when only its first or last line was deleted."""
    lines = [line for line in text.splitlines() if not line.startswith("-")]
    octets = base64.b64decode("".join("".join(lines).split()), validate=True)
    try:
        return _spki(serialization.load_der_public_key(octets))
    except ValueError:
        return _spki(x509.load_der_x509_certificate(octets).public_key())


def _from_jwk(text: str) -> bytes:
    document = json.loads(text)
    (member,) = document.get("keys", [document])
    return _spki(RSAPublicNumbers(_number(member["e"]), _number(member["n"])).public_key())


def _number(text: str) -> int:
    """Read a number of a key, also in plain base64: what was meant is clear."""
    plain = text.translate(str.maketrans("+/", "-_")).rstrip("=")
    return int.from_bytes(base64.urlsafe_b64decode(plain + "=" * (-len(plain) % 4)))


_READERS: tuple[Callable[[str], bytes], ...] = (_from_pem, _from_certificate, _from_base64, _from_jwk)
