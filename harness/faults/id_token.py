"""Faults of the id_token: its claims, its payload's octets, its header, its key, its text."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from joserfc.jwk import OctKey, RSAKey

from harness.faults.made_keys import made_key
from harness.protocol import base64url, jose
from harness.roles.seams import Draft, Seams


def claims(
    *,
    set: Mapping[str, Any] | None = None,  # noqa: A002 - the name stands in faults.toml
    remove: tuple[str, ...] = (),
    from_now: Mapping[str, float] | None = None,
    times: Mapping[str, float] | None = None,
    as_text: tuple[str, ...] = (),
    as_list: tuple[str, ...] = (),
    copy: Mapping[str, str] | None = None,
    fill: Mapping[str, int] | None = None,
) -> Seams:
    """Change the id_token's payload before it is signed.

    Args:
        set: Claims and their new values.
        remove: Claims to leave out.
        from_now: Claims and the seconds that are added to the time of issue.
        times: Claims and the factor they are multiplied by.
        as_text: Claims that become strings.
        as_list: Claims that become lists of one.
        copy: Claims and the claim whose value they take.
        fill: Claims and the number of times an item or a letter is repeated.
    """

    def change(payload: dict[str, Any], now: float) -> dict[str, Any]:
        changed = {**payload, **(set or {})}
        changed |= {name: int(now) + seconds for name, seconds in (from_now or {}).items()}
        changed |= {name: int(changed[name] * factor) for name, factor in (times or {}).items()}
        changed |= {name: str(changed[name]) for name in as_text}
        changed |= {name: [changed[name]] for name in as_list}
        changed |= {name: changed[other] for name, other in (copy or {}).items()}
        for name, number in (fill or {}).items():
            value = changed.get(name, "x")
            changed[name] = value[:1] * number
        return {name: value for name, value in changed.items() if name not in remove}

    return Seams(claims=change)


def refreshed_claims(**changes: Any) -> Seams:
    """Change the payload of an id_token that answers a refresh token; as :func:`claims`."""
    return Seams(refreshed_claims=claims(**changes).claims)


def static_token() -> Seams:
    """Issue one token to everybody, as a page does into which it was pasted."""
    first: list[str] = []

    def same(token: str) -> str:
        first.append(token)
        return first[0]

    return Seams(signed=same)


def payload(
    *, replace_: Mapping[str, str] | None = None, insert: str = "", text: str = "", deep: int = 0
) -> Seams:
    """Change the payload's octets before they are signed.

    Args:
        replace_: Texts and what takes their place.
        insert: JSON members that are put in front.
        text: What takes the payload's whole place.
        deep: How deeply an added claim is nested.
    """

    def change(draft: Draft, issuer: str, keys: Mapping[str, RSAKey]) -> Draft:
        body = text or draft.payload.decode()
        for old, new in (replace_ or {}).items():
            body = body.replace(old, new)
        extra = insert + (f'"deep":{"[" * deep}{"]" * deep},' if deep else "")
        body = "{" + extra + body[1:] if extra else body
        return replace(draft, payload=body.encode("utf-8"))

    return Seams(draft=change)


def header(
    *,
    set: Mapping[str, Any] | None = None,  # noqa: A002 - the name stands in faults.toml
    remove: tuple[str, ...] = (),
    insert: str = "",
    fill: Mapping[str, int] | None = None,
    null: tuple[str, ...] = (),
) -> Seams:
    """Change the protected header before signing.

    Args:
        set: Parameters and their new values.
        remove: Parameters to leave out.
        insert: JSON members that are put in front, duplicates included.
        fill: Parameters and how long a text they get.
        null: Parameters that become ``null``, which TOML cannot write.
    """

    def change(draft: Draft, issuer: str, keys: Mapping[str, RSAKey]) -> Draft:
        assert not isinstance(draft.header, bytes), "one header fault at a time"
        changed = {**draft.header, **(set or {}), **dict.fromkeys(null)}
        changed |= {name: "x" * number for name, number in (fill or {}).items()}
        changed = {name: value for name, value in changed.items() if name not in remove}
        if not insert:
            return replace(draft, header=changed)
        body = json.dumps(changed, separators=(",", ":"))
        return replace(draft, header=("{" + insert + body[1:]).encode())

    return Seams(draft=change)


def foreign_key(*, own_kid: bool = True) -> Seams:
    """Sign with the key of another issuer.

    Args:
        own_kid: Whether the header still names the own key.
    """

    def other(draft: Draft, issuer: str, keys: Mapping[str, RSAKey]) -> Draft:
        key = next(keys[name] for name in keys if name != issuer)
        assert not isinstance(draft.header, bytes), "one header fault at a time"
        head = draft.header if own_kid else {**draft.header, "kid": key.kid}
        return replace(draft, key=key, header=head)

    return Seams(draft=other)


def attacker_key(*, parameter: str) -> Seams:
    """Sign with a key of the attacker's and offer it in the header.

    Args:
        parameter: ``jwk``, ``jku``, ``x5u`` or ``x5c``.
    """

    def change(draft: Draft, issuer: str, keys: Mapping[str, RSAKey]) -> Draft:
        key = made_key("attacker")
        assert isinstance(key, RSAKey)
        offers: dict[str, Any] = {
            "jwk": key.as_dict(private=False),
            "jku": "https://attacker.example/jwks",
            "x5u": "https://attacker.example/chain.pem",
            "x5c": ["MIIB"],
        }
        assert not isinstance(draft.header, bytes), "one header fault at a time"
        return replace(draft, key=key, header={**draft.header, parameter: offers[parameter]})

    return Seams(draft=change)


def sign_with(*, key: str, alg: str, kid: str | None = None) -> Seams:
    """Sign with another kind of key.

    Args:
        key: The name of a made key.
        alg: The algorithm, in the header and in truth.
        kid: The key id in the header; ``@own`` for the issuer's own, none when left out.
    """

    def change(draft: Draft, issuer: str, keys: Mapping[str, RSAKey]) -> Draft:
        assert not isinstance(draft.header, bytes), "one header fault at a time"
        named = {"kid": draft.header["kid"] if kid == "@own" else kid} if kid else {}
        head: dict[str, Any] = {"alg": alg, "typ": "JWT", **named}
        return replace(draft, header=head, key=made_key(key), algorithm=alg)

    return Seams(draft=change)


def hmac(*, secret: str) -> Seams:
    """Sign with HS256 and a shared secret, however short."""

    def change(draft: Draft, issuer: str, keys: Mapping[str, RSAKey]) -> Draft:
        head = {"alg": "HS256", "typ": "JWT"}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # joserfc warns of the very weakness that is wanted here
            key = OctKey.import_key(secret or "\0")
            key.get_op_key("sign")
        return replace(draft, header=head, key=key, algorithm="HS256")

    return Seams(draft=change)


def text(*, edit: str) -> Seams:
    """Change the compact token after it was signed, and after it was encrypted.

    Args:
        edit: The name of an edit in ``EDITS``.
    """

    def change(token: str, encrypt: Any, key: Any) -> str:
        return EDITS[edit](encrypt(token) if encrypt else token)

    return Seams(envelope=change)


def unsigned(*, signature: str = "") -> Seams:
    """Claim ``alg`` none, with an empty or a left-over signature."""

    def change(token: str) -> str:
        _, body, old = token.split(".")
        head = base64url.encode(b'{"alg":"none","typ":"JWT"}')
        return f"{head}.{body}.{old if signature == 'left over' else ''}"

    return Seams(signed=change)


def der_signature() -> Seams:
    """Encode an ECDSA signature as a DER sequence instead of r and s side by side (RFC 7518 section 3.4)."""

    def change(token: str) -> str:
        start, _, signature = token.rpartition(".")
        octets = base64url.decode(signature)
        half = len(octets) // 2
        der = encode_dss_signature(int.from_bytes(octets[:half]), int.from_bytes(octets[half:]))
        return f"{start}.{base64url.encode(der)}"

    return Seams(draft=sign_with(key="ec", alg="ES256", kid="made").draft, signed=change)


def pss_salt(*, length: int) -> Seams:
    """Sign with RSASSA-PSS and another salt length than the hash's (RFC 7518 section 3.5)."""

    def change(draft: Draft, issuer: str, keys: Mapping[str, RSAKey]) -> Draft:
        assert not isinstance(draft.header, bytes), "one header fault at a time"
        assert isinstance(draft.key, RSAKey)
        odd: Any = _OddPadding(draft.key, length)
        return replace(draft, header={**draft.header, "alg": "PS256"}, key=odd, algorithm="PS256")

    return Seams(draft=change)


class _OddPadding:
    """Signs like a key with RSASSA-PSS, under a salt length of its own."""

    key_type = "RSA"

    def __init__(self, key: RSAKey, length: int) -> None:
        self._key, self._length = key, length

    def get_op_key(self, operation: str) -> _OddPadding:
        """Return what signs."""
        return self

    def sign(self, data: bytes, *_: Any) -> bytes:
        """Sign with the odd padding, whatever padding is asked for."""
        private = self._key.private_key
        assert private is not None, "the issuer's own key is private"
        pad = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=self._length)
        return private.sign(data, pad, hashes.SHA256())


def reserialised() -> Seams:
    """Send another JSON text than the one that was signed."""

    def change(token: str) -> str:
        head, body, signature = token.split(".")
        spaced = json.dumps(json.loads(base64url.decode(body)), indent=1).encode()
        return f"{head}.{base64url.encode(spaced)}.{signature}"

    return Seams(signed=change)


def nested() -> Seams:
    """Sign the signed token once more."""

    def change(draft: Draft, issuer: str, keys: Mapping[str, RSAKey]) -> Draft:
        inner = jose.sign(draft.header, draft.payload, draft.key, algorithm=draft.algorithm)
        assert not isinstance(draft.header, bytes), "one header fault at a time"
        return replace(draft, header={**draft.header, "cty": "JWT"}, payload=inner.encode())

    return Seams(draft=change)


def _noncanonical(token: str) -> str:
    """Set an unused bit of the last segment that has any."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    parts = token.split(".")
    index = next(i for i in reversed(range(len(parts))) if len(parts[i]) % 4)
    last = alphabet.index(parts[index][-1])
    parts[index] = parts[index][:-1] + alphabet[last ^ 1]
    return ".".join(parts)


def _json_form(token: str) -> str:
    head, body, signature = token.split(".")
    return json.dumps({"payload": body, "protected": head, "signature": signature})


EDITS: Mapping[str, Callable[[str], str]] = {
    "padding": lambda token: token + "==",
    "plus": lambda token: token.replace("-", "+").replace("_", "/") + ("" if "-" in token else "+"),
    "blank inside": lambda token: token[:40] + " " + token[40:],
    "newline inside": lambda token: token[:40] + "\n" + token[40:],
    "not ASCII": lambda token: token[:40] + "é" + token[40:],
    "noncanonical": _noncanonical,
    "JSON": _json_form,
    "bit flipped": lambda token: token[:-20] + ("A" if token[-20] != "A" else "B") + token[-19:],
}

__all__ = [
    "attacker_key",
    "claims",
    "der_signature",
    "foreign_key",
    "header",
    "hmac",
    "nested",
    "payload",
    "pss_salt",
    "reserialised",
    "sign_with",
    "text",
    "unsigned",
]
