"""JWS and JWE in compact serialization, read strictly, on joserfc (RFC 7515, RFC 7516, RFC 7519).

joserfc does the cryptography; this wrapper decides what may reach it: the alphabet, the number of
parts, canonical base64url, unique members and the algorithm list are settled first, and every failure
leaves as a :class:`~harness.protocol.problem.Refusal` with our own code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry

from harness.protocol import base64url, strict_json
from harness.protocol.problem import Problem, Refusal, describe

TOKEN_LIMIT = 16 * 1024
HEADER_LIMIT = 4 * 1024

REGISTERED_HEADERS = frozenset(
    {"alg", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "crit", "enc", "zip"}
    | {"epk", "apu", "apv", "iv", "tag", "p2s", "p2c"}
)
"""RFC 7515 section 4.1, RFC 7516 section 4.1, RFC 7518 section 4: these may not stand in ``crit``."""

_ALPHABET = re.compile(r"[A-Za-z0-9_.-]+")
_COMPACT = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*){2}(?:(?:\.[A-Za-z0-9_-]*){2})?")
_LIBRARY_ERRORS = (JoseError, ValueError, KeyError, TypeError, AttributeError, RecursionError, MemoryError)


@dataclass(frozen=True, kw_only=True)
class CompactJws:
    """A signed token, taken apart but not yet verified.

    Attributes:
        header: The protected header.
        payload: The payload's octets.
        signing_input: The octets under the signature, as they were received.
        signature: The signature's octets.
    """

    header: Mapping[str, Any]
    payload: bytes = field(repr=False)
    signing_input: bytes = field(repr=False)
    signature: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class CompactJwe:
    """An encrypted token, taken apart but not yet decrypted."""

    header: Mapping[str, Any]
    compact: str = field(repr=False)


def read(token: str, *, limit: int = TOKEN_LIMIT) -> CompactJws | CompactJwe:
    """Take a compact token apart.

    Args:
        token: The text as received.
        limit: The longest text that is looked at, in characters.

    Raises:
        Refusal: ``jwt.too_large``, ``jwt.json_serialization``, ``jwt.malformed_compact``,
            ``jwt.bad_base64url``, ``jwt.noncanonical_base64url``, ``jwt.header_invalid``,
            ``jwt.duplicate_member`` or ``jwt.too_deep``.

    Source: RFC 7515 section 5.2, RFC 7516 section 5.2.
    """
    if len(token) > limit:
        raise Refusal("jwt.too_large", expected=f"at most {limit} characters", observed=f"{len(token)}")
    if token.lstrip().startswith("{"):
        raise Refusal("jwt.json_serialization", expected="compact serialization", observed="JSON")
    parts = token.split(".")
    if len(parts) not in (3, 5) or _decorated(token):
        raise Refusal(
            "jwt.malformed_compact",
            expected="3 or 5 base64url parts separated by periods, and nothing around them",
            observed=f"{len(parts)} part(s), {len(token)} characters",
        )
    octets = [_segment(part) for part in parts]
    if len(octets[0]) > HEADER_LIMIT:
        raise Refusal("jwt.too_large", expected=f"a header of at most {HEADER_LIMIT} octets", observed="more")
    header = read_object(octets[0], invalid="jwt.header_invalid", encoding="jwt.header_invalid")
    if len(parts) == 5:
        return CompactJwe(header=header, compact=token)
    return CompactJws(
        header=header,
        payload=octets[1],
        signing_input=token[: token.rindex(".")].encode("ascii"),
        signature=octets[2],
    )


def layers(octets: bytes) -> int:
    """Return 3 or 5 when the octets are themselves a compact JWS or JWE, else 0."""
    try:
        text = octets.decode("ascii")
    except UnicodeDecodeError:
        return 0
    return text.count(".") + 1 if _COMPACT.fullmatch(text) else 0


def check_critical(header: Mapping[str, Any]) -> Iterator[Problem]:
    """Nothing critical is understood here: ``crit`` is malformed or unsupported, ``b64`` forbidden.

    Source: RFC 7515 section 4.1.11, RFC 7797 section 6.
    """
    if header.get("b64", True) is not True:
        yield Problem(code="jwt.b64_forbidden", expected="an encoded payload", observed="b64 in the header")
        return
    if "crit" not in header:
        return
    names = header["crit"]
    good = isinstance(names, list) and names and all(isinstance(name, str) for name in names)
    if (
        not good
        or len(set(names)) != len(names)
        or any(name in REGISTERED_HEADERS or name not in header for name in names)
    ):
        yield Problem(code="jwt.crit_invalid", expected="a list of extension names", observed=describe(names))
    else:
        yield Problem(code="jwt.crit_unsupported", expected="no critical extension", observed=describe(names))


def verify(token: CompactJws, key: Key, algorithm: str) -> bool:
    """Tell whether the signature over the received octets is good (RFC 7515 section 5.2)."""
    if algorithm == "none":
        return False
    try:
        return bool(JWSRegistry.algorithms[algorithm].verify(token.signing_input, token.signature, key))
    except _LIBRARY_ERRORS:
        return False


def decrypt(token: CompactJwe, key: Key, algorithms: Collection[str]) -> bytes:
    """Return the plaintext of an encrypted token.

    Raises:
        Refusal: ``jwe.decrypt_failed`` whatever went wrong, so that no oracle arises.

    Source: RFC 7516 section 5.2; RFC 8725 section 3.3.
    """
    registry = jwe.JWERegistry(algorithms=algorithms, strict_check_header=False)
    registry.max_protected_header_length = HEADER_LIMIT * 2
    try:
        plaintext = jwe.decrypt_compact(token.compact, key, registry=registry).plaintext
    except _LIBRARY_ERRORS:
        plaintext = None
    if plaintext is None:
        raise Refusal(
            "jwe.decrypt_failed",
            expected="a token encrypted to the platform's encryption key",
            observed="decryption failed",
        )
    return plaintext


def sign(header: Mapping[str, Any] | bytes, payload: bytes, key: Key, *, algorithm: str) -> str:
    """Return a compact JWS over ``payload`` (RFC 7515 section 5.1).

    Args:
        header: The protected header, sent as it is.
        payload: The octets to sign.
        key: The private key.
        algorithm: How to sign, whatever the header says.
    """
    head = header if isinstance(header, bytes) else json.dumps(header, separators=(",", ":")).encode("utf-8")
    signing_input = f"{base64url.encode(head)}.{base64url.encode(payload)}"
    signature = JWSRegistry.algorithms[algorithm].sign(signing_input.encode("ascii"), key)
    return f"{signing_input}.{base64url.encode(signature)}"


def encrypt(token: str | bytes, key: Key, header: Mapping[str, Any]) -> str:
    """Return a compact JWE around ``token`` (RFC 7516 section 5.1; nested: RFC 7519 appendix A.2)."""
    algorithms = [header["alg"], header["enc"], "DEF"]
    registry = jwe.JWERegistry(algorithms=algorithms, strict_check_header=False)
    return jwe.encrypt_compact(dict(header), token, key, registry=registry)


def read_object(octets: bytes, *, invalid: str, encoding: str) -> Mapping[str, Any]:
    """Return the JSON object in a JOSE header or payload.

    Args:
        octets: The octets of the segment.
        invalid: The code for anything that is no JSON object.
        encoding: The code for text that is not clean UTF-8.

    Raises:
        Refusal: ``jwt.duplicate_member``, ``jwt.too_deep``, or one of the given codes.

    Source: RFC 7515 section 4, RFC 7519 section 7.2.
    """
    codes = {
        strict_json.DuplicateMember: "jwt.duplicate_member",
        strict_json.TooDeep: "jwt.too_deep",
        strict_json.NotUnicode: encoding,
    }
    expected = "one JSON object in UTF-8 with unique members"
    try:
        value = strict_json.loads(octets)
    except strict_json.NotJson as error:
        raise Refusal(codes.get(type(error), invalid), expected=expected, observed=str(error)) from None
    if not isinstance(value, dict):
        raise Refusal(invalid, expected=expected, observed=type(value).__name__)
    return value


def _decorated(token: str) -> bool:
    """Tell whether something stands around the token that belongs to another encoding of it."""
    return (
        token != token.strip()
        or token[0] in "\"'"
        or token[:7].lower() == "bearer "
        or ("%" in token and _ALPHABET.fullmatch(token.replace("%", "")) is not None)
    )


def _segment(text: str) -> bytes:
    try:
        return base64url.decode(text)
    except base64url.NotBase64Url:
        raise Refusal(
            "jwt.bad_base64url", expected="base64url without padding", observed="another encoding"
        ) from None
    except base64url.NotCanonical:
        raise Refusal(
            "jwt.noncanonical_base64url", expected="canonical base64url", observed="unused bits are set"
        ) from None
