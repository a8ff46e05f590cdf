"""Faults of the encrypted id_token (nested JWE)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from joserfc.jwk import Key

from harness.faults.made_keys import made_key
from harness.protocol import base64url, jose
from harness.roles.seams import PlatformKey, Seams


def _header(key: Key, **changes: Any) -> dict[str, Any]:
    head = {"alg": "RSA-OAEP-256", "enc": "A128CBC-HS256", "cty": "JWT", "kid": key.kid, **changes}
    return {name: value for name, value in head.items() if value is not None}


def plain() -> Seams:
    """Only sign, where encryption was agreed."""
    return Seams(envelope=lambda token, encrypt, key: token)


def always() -> Seams:
    """Encrypt, where nobody asked for it."""
    return Seams(envelope=lambda token, encrypt, key: jose.encrypt(token, key(), _header(key())))


def encrypted(
    *,
    set: Mapping[str, Any] | None = None,  # noqa: A002 - the name stands in faults.toml
    remove: tuple[str, ...] = (),
    recipient: str | None = None,
    key_type: str = "RSA",
) -> Seams:
    """Encrypt under another header, or for somebody else.

    Args:
        set: Header parameters and their values.
        remove: Header parameters to leave out.
        recipient: The made key that is encrypted for, instead of the platform's.
        key_type: Which of the platform's keys.
    """

    def envelope(token: str, encrypt: Callable[[str], str] | None, key: PlatformKey) -> str:
        changes = {**dict.fromkeys(remove), **(set or {})}
        own = key(key_type)
        return jose.encrypt(token, made_key(recipient) if recipient else own, _header(own, **changes))

    return Seams(envelope=envelope)


def claimed_header(
    *,
    set: Mapping[str, Any] | None = None,  # noqa: A002 - the name stands in faults.toml
    remove: tuple[str, ...] = (),
) -> Seams:
    """Encrypt well and then put another header on, which must be refused before any key is used."""

    def envelope(token: str, encrypt: Callable[[str], str] | None, key: PlatformKey) -> str:
        rest = jose.encrypt(token, key(), _header(key())).split(".")[1:]
        head = _header(key(), **dict.fromkeys(remove), **(set or {}))
        return ".".join((base64url.encode(_dumps(head)), *rest))

    return Seams(envelope=envelope)


def bare_claims() -> Seams:
    """Encrypt the claims without signing them."""

    def envelope(token: str, encrypt: Callable[[str], str] | None, key: PlatformKey) -> str:
        return jose.encrypt(base64url.decode(token.split(".")[1]), key(), _header(key()))

    return Seams(envelope=envelope)


def twice() -> Seams:
    """Encrypt what is already encrypted."""

    def envelope(token: str, encrypt: Callable[[str], str] | None, key: PlatformKey) -> str:
        return jose.encrypt(jose.encrypt(token, key(), _header(key())), key(), _header(key()))

    return Seams(envelope=envelope)


def wrong_order() -> Seams:
    """Encrypt first and sign what came out."""

    def envelope(token: str, encrypt: Callable[[str], str] | None, key: PlatformKey) -> str:
        inner = jose.encrypt(token, key(), _header(key()))
        return jose.sign(
            {"alg": "RS256", "cty": "JWT"}, inner.encode(), made_key("attacker"), algorithm="RS256"
        )

    return Seams(envelope=envelope)


def inner(*, edit: str) -> Seams:
    """Spoil the signed token and encrypt it well.

    Args:
        edit: ``alg none`` or ``bit flipped``.
    """

    def envelope(token: str, encrypt: Callable[[str], str] | None, key: PlatformKey) -> str:
        head, body, signature = token.split(".")
        if edit == "alg none":
            token = f"{base64url.encode(_dumps({'alg': 'none'}))}.{body}."
        else:
            token = f"{head}.{body}.{signature[:-20]}{'A' if signature[-20] != 'A' else 'B'}{signature[-19:]}"
        return jose.encrypt(token, key(), _header(key()))

    return Seams(envelope=envelope)


def encrypted_key(*, octets: int) -> Seams:
    """Put something else in the place of the encrypted content key.

    Args:
        octets: How many zero octets.
    """

    def envelope(token: str, encrypt: Callable[[str], str] | None, key: PlatformKey) -> str:
        parts = jose.encrypt(token, key(), _header(key())).split(".")
        parts[1] = base64url.encode(bytes(octets))
        return ".".join(parts)

    return Seams(envelope=envelope)


def _dumps(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
