"""What people paste for a public key, and what becomes of it."""

from __future__ import annotations

import base64
import json
import textwrap
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from joserfc.jwk import RSAKey

from harness.console.pasted_key import explained, is_private, mended


@pytest.fixture(scope="module")
def line(signing_key: RSAKey) -> str:
    """Give the key as the connector form takes it."""
    return base64.b64encode(_public(signing_key, Encoding.DER)).decode()


def _public(key: RSAKey, encoding: Encoding, form: PublicFormat = PublicFormat.SubjectPublicKeyInfo) -> bytes:
    return key.public_key.public_bytes(encoding, form)


def _jwk(key: RSAKey, **changes: Any) -> dict[str, Any]:
    return {**key.as_dict(private=False), **changes}


def test_a_key_in_another_form_is_read(signing_key: RSAKey, line: str) -> None:
    """PEM of either kind, with and without its first line, base64 with line breaks, a JWK, a set of one."""
    pem = _public(signing_key, Encoding.PEM).decode()
    forms = (
        pem,
        _public(signing_key, Encoding.PEM, PublicFormat.PKCS1).decode(),
        "\n".join(textwrap.wrap(line, 64)),
        pem.partition("\n")[2],
        json.dumps(_jwk(signing_key)),
        json.dumps({"keys": [_jwk(signing_key)]}),
    )

    assert [line] * len(forms) == [mended(form) for form in forms]


def test_what_is_right_or_no_key_is_left_alone(line: str) -> None:
    """There is nothing to offer."""
    assert [None] * 4 == [
        mended(text) for text in (line, "no key", "https://login.acme.example/jwks", "[" * 100_000)
    ]


def test_a_modulus_in_plain_base64_is_explained(signing_key: RSAKey, line: str) -> None:
    """The usual mistake of hand-made sets; what was meant can be read all the same."""
    modulus = signing_key.public_key.public_numbers().n
    plain = base64.b64encode(modulus.to_bytes(256)).decode()
    pasted = json.dumps({"keys": [_jwk(signing_key, n=plain)]})

    assert "a JWK Set whose n is in plain base64, where base64url" in str(explained(pasted))
    assert line == mended(pasted)
    assert "this is a JSON Web Key; " in str(explained(json.dumps(_jwk(signing_key))))
    assert explained(line) is None


def test_a_private_key_is_recognised_and_nothing_is_made_of_it(signing_key: RSAKey) -> None:
    """In PEM, in base64, as a JWK, in a set."""
    private = signing_key.private_key
    assert private is not None
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    jwk = signing_key.as_dict(private=True)
    forms = (pem, "".join(pem.splitlines()[1:-1]), json.dumps(jwk), json.dumps({"keys": [jwk]}))

    assert [(True, None)] * 4 == [(is_private(form), mended(form)) for form in forms]
