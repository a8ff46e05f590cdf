"""Whether the configured keys can be used, and for what."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import RSAKey

from harness.preflight.keys import judge_configured, judge_set

from .conftest import connector, found, heard, marks


def spki(bits: int) -> str:
    """Return a new public key as the connector's form takes it."""
    key = rsa.generate_private_key(65_537, bits).public_key()
    return base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


@pytest.mark.parametrize(("bits", "expected"), [(2048, {}), (1024, {"jwt.key_too_small": "error"})])
def test_a_configured_key_is_strong_enough_or_named(bits: int, expected: dict[str, str]) -> None:
    """RFC 7518 section 3.3 asks for 2048 bits."""
    configured = connector(jwks_uri=None, jwt_public_key=spki(bits))

    assert expected == found(judge_configured(configured, "strict"))


def test_a_private_key_is_named_and_not_shown() -> None:
    """Wherever one is pasted."""
    text = "-----BEGIN PRIVATE KEY-----MIIB"
    said = list(judge_configured(connector(jwks_uri=None, jwt_public_key=text), "strict"))

    assert {"config.private_key_given": "error"} == found(said)
    assert "MIIB" not in str(said)


def test_a_secret_that_signs_is_as_long_as_its_hash() -> None:
    """RFC 7518 section 3.2."""
    configured = connector(algorithms=("HS256",), client_secret="short")

    assert {"jwt.key_too_small": "error"} == found(judge_configured(configured, "strict"))


@pytest.mark.parametrize(
    ("algorithms", "mark", "expected"),
    [
        (("RS256",), "yes", {}),
        (("ES256", "RS256"), "yes", {}),
        (("ES256",), "no", {"jwt.alg_key_mismatch": "error"}),
    ],
)
def test_one_algorithm_with_a_key_is_enough(
    algorithms: tuple[str, ...], mark: str, expected: dict[str, str], signing_key: RSAKey
) -> None:
    """The issuer signs with what it likes of those that are allowed."""
    members: list[dict[str, Any]] = [dict(signing_key.as_dict(private=False))]
    answer = heard(body=json.dumps({"keys": members}), content_type="application/json")
    said = list(judge_set(answer, connector(algorithms=algorithms), "strict"))

    assert ([("jwks_uri", mark)], expected) == (marks(said), found(said))
