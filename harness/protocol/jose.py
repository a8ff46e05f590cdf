"""JWS and JWE in compact serialization, read strictly, on joserfc (RFC 7515, RFC 7516, RFC 7519).

joserfc does the cryptography; this wrapper decides what may reach it: the alphabet, the number of
parts, canonical base64url, unique members and the algorithm list are settled first, and every failure
leaves as a :class:`~harness.protocol.problem.Refusal` with our own code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

from harness.protocol import base64url, strict_json
from harness.protocol.problem import Refusal, describe

TOKEN_LIMIT = 16 * 1024
HEADER_LIMIT = 4 * 1024

_COMPACT = re.compile(r"[A-Za-z0-9_.-]+")
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
    payload: bytes
    signing_input: bytes
    signature: bytes


@dataclass(frozen=True, kw_only=True)
class CompactJwe:
    """An encrypted token, taken apart but not yet decrypted."""

    header: Mapping[str, Any]
    compact: str


def read(token: str, *, limit: int = TOKEN_LIMIT) -> CompactJws | CompactJwe:
    """Take a compact token apart.

    Args:
        token: The text as received.
        limit: The longest text that is looked at, in characters.

    Raises:
        Refusal: ``jwt.too_large``, ``jwt.malformed_compact``, ``jwt.bad_base64url``,
            ``jwt.noncanonical_base64url``, ``jwt.header_invalid``, ``jwt.duplicate_member`` or
            ``jwt.too_deep``.

    Source: RFC 7515 section 5.2, RFC 7516 section 5.2.
    """
    if len(token) > limit:
        raise Refusal("jwt.too_large", expected=f"at most {limit} characters", observed=f"{len(token)}")
    parts = token.split(".")
    if _COMPACT.fullmatch(token) is None or len(parts) not in (3, 5):
        raise Refusal(
            "jwt.malformed_compact",
            expected="3 or 5 base64url parts separated by periods",
            observed=f"{len(parts)} part(s), {len(token)} characters",
        )
    octets = [_segment(part) for part in parts]
    header = _header(octets[0])
    if len(parts) == 5:
        return CompactJwe(header=header, compact=token)
    return CompactJws(
        header=header,
        payload=octets[1],
        signing_input=token[: token.rindex(".")].encode("ascii"),
        signature=octets[2],
    )


def verify(token: CompactJws, key: RSAKey, algorithm: str) -> bool:
    """Tell whether the signature over the received octets is good (RFC 7515 section 5.2)."""
    try:
        return bool(JWSRegistry.algorithms[algorithm].verify(token.signing_input, token.signature, key))
    except _LIBRARY_ERRORS:
        return False


def decrypt(token: CompactJwe, key: RSAKey, algorithms: Collection[str]) -> bytes:
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


def sign(header: Mapping[str, Any], payload: bytes, key: RSAKey) -> str:
    """Return a compact JWS over ``payload``, with ``header["alg"]`` (RFC 7515 section 5.1)."""
    signing_input = f"{base64url.encode(_dumps(header))}.{base64url.encode(payload)}"
    signature = JWSRegistry.algorithms[header["alg"]].sign(signing_input.encode("ascii"), key)
    return f"{signing_input}.{base64url.encode(signature)}"


def encrypt(token: str, key: RSAKey, *, enc: str) -> str:
    """Return a nested JWE around a signed token, RSA-OAEP-256 (RFC 7519 section 5.2 and appendix A.2)."""
    header = {"alg": "RSA-OAEP-256", "enc": enc, "cty": "JWT", "kid": key.kid}
    return jwe.encrypt_compact(header, token, key, algorithms=["RSA-OAEP-256", enc])


def _dumps(value: Mapping[str, Any]) -> bytes:
    import json

    return json.dumps(value, separators=(",", ":")).encode("utf-8")


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


def _header(octets: bytes) -> Mapping[str, Any]:
    if len(octets) > HEADER_LIMIT:
        raise Refusal("jwt.too_large", expected=f"a header of at most {HEADER_LIMIT} octets", observed="more")
    return read_object(octets, invalid="jwt.header_invalid")


def read_object(octets: bytes, *, invalid: str, depth: int = strict_json.DEPTH) -> Mapping[str, Any]:
    """Return the JSON object in a JOSE header or payload.

    Raises:
        Refusal: ``jwt.duplicate_member``, ``jwt.too_deep``, or the code in ``invalid``.

    Source: RFC 7515 section 4, RFC 7519 section 7.2.
    """
    refuse: Callable[[str, str], Refusal] = lambda code, seen: Refusal(  # noqa: E731
        code, expected="one JSON object in UTF-8 with unique members", observed=seen
    )
    try:
        value = strict_json.loads(octets, depth=depth)
    except strict_json.DuplicateMember as error:
        raise refuse("jwt.duplicate_member", str(error)) from None
    except strict_json.TooDeep as error:
        raise refuse("jwt.too_deep", str(error)) from None
    except strict_json.NotJson as error:
        raise refuse(invalid, str(error)) from None
    if not isinstance(value, dict):
        raise refuse(invalid, describe(type(value).__name__))
    return value
