"""Readers of tokens and keys: signed and encrypted id_tokens, JWK Sets, pasted keys.

The keys here are numbers that anybody can guess, so that inputs of the corpus stay good; nothing trusts them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from random import Random
from typing import Literal

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey, Key

from e2e.fuzz import vary
from e2e.fuzz.model import Read, Target, Vary
from e2e.fuzz.targets.texts import text_of
from harness.console import pasted_key
from harness.protocol import base64url, jose, keys
from harness.protocol.claims import Expected
from harness.protocol.keys import KeySet
from harness.protocol.page_method import check_kind
from harness.protocol.problem import Refusal
from harness.verification import key_sets
from harness.verification.outbound import Answer
from harness.verification.pipeline import Keys, Rules, Subject, examine
from harness.verification.telling import told

ISSUER, CLIENT, NOW = "https://login.brand.test", "platform", 1_795_176_000
SECRET = "a secret that everybody knows, of 32 octets or more"
SIGNED_BY, WRAPPED_BY, CONTENT = "HS256", "ECDH-ES", "A128GCM"


_HEADERS = ("alg", "kid", "typ", "crit", "b64", "jwk", "epk", "enc", "zip", "apu", "cty")
_CLAIMS = ("iss", "aud", "azp", "exp", "iat", "nbf", "nonce", "sub", "at_hash", "auth_time", "lp_sdes")


class Known:
    """A key source that has one key, as a negotiated HMAC has."""

    def __init__(self) -> None:
        self._set: KeySet = keys.from_secret(SECRET, SIGNED_BY)

    def find(self, kid: str | None, algorithm: str) -> Keys:
        """Return the key where the algorithm fits it."""
        return Keys(candidates=self._set.candidates(kid, algorithm))

    def find_again(self, kid: str | None, algorithm: str) -> None:
        """Return nothing: the key cannot have changed."""


@cache
def platform_key(use: Literal["sig", "enc"]) -> ECKey:
    """Return one of the platform's private keys."""
    private = ec.derive_private_key(20_261_121, ec.SECP256R1())
    return ECKey.import_key(ECKey(private, private).as_dict(private=True) | {"kid": "known", "use": use})


@cache
def signing_key() -> Key:
    """Return the key that signs what is changed."""
    (one,) = keys.from_secret(SECRET, SIGNED_BY).keys
    assert one.key is not None, "a secret is a key"
    return one.key


def id_token(*, encrypted: bool) -> Read:
    """Examine an id_token in the platform's order, and tell the timeline of it."""
    rules = Rules(
        algorithms=frozenset({SIGNED_BY}),
        encrypted=encrypted,
        key_encryption=frozenset({WRAPPED_BY}),
        content_encryption=frozenset({CONTENT, "A128CBC-HS256"}),
        decryption_keys={"known": platform_key("enc")},
        keys=Known(),
        expected=Expected(issuer=ISSUER, client_id=CLIENT, now=NOW, access_token="an access token"),
    )

    def read(octets: bytes) -> str | None:
        token = octets.decode("utf-8", "replace")
        check_kind(token, response_type="id_token", issuer=ISSUER)
        examined = examine(Subject(token=token, rules=rules))
        json.dumps(told(examined, show_claims=True), allow_nan=False).encode()
        problems = (one.problem for one in examined.found)
        return next((one.code for one in problems if not one.code.startswith("platform.")), None)

    return read


def compact(*, encrypted: bool) -> Vary:
    """Return what changes one part of a token from within, and mostly signs and encrypts it anew."""
    names = [*_HEADERS, *_CLAIMS, "HS256", "none", "RS256", "JWT", ISSUER, CLIENT]
    inner, outer = vary.values(*names), vary.octets(b".", b"eyJ", b"..", b"Bearer ", b"=", b"+/")

    def changed(random: Random, seeds: Sequence[bytes]) -> bytes:
        token = random.choice(seeds)
        parts = token.split(b".")
        if len(parts) != 3 or random.random() < 0.25:
            return outer(random, seeds)
        try:
            head, payload = (base64url.decode(one.decode()) for one in parts[:2])
        except ValueError:
            return outer(random, seeds)
        if random.random() < 0.4:
            head = inner(random, (head,))
        else:
            payload = inner(random, (payload,))
        if random.random() < 0.1:
            return b".".join((base64url.encode(head).encode(), base64url.encode(payload).encode(), parts[2]))
        signed = jose.sign(head, payload, signing_key(), algorithm=SIGNED_BY)
        if not encrypted or random.random() < 0.1:
            return signed.encode()
        outside = {"alg": WRAPPED_BY, "enc": CONTENT, "kid": "known", "cty": "JWT"}
        return jose.encrypt(signed, platform_key("enc"), outside).encode()

    return changed


def jwks() -> Read:
    """Read the answer of a ``jwks_uri``, and choose keys of it."""

    def read(octets: bytes) -> str | None:
        headers = {"content-type": "application/json"}
        found = key_sets.read(Answer(status=200, headers=headers, body=octets))
        for kid, algorithm in ((None, "RS256"), ("a", "ES256"), ("a", "Ed25519")):
            found.candidates(kid, algorithm)
        return None

    return read


def public_key() -> Read:
    """Read what was pasted for a public key, and say what else it is."""

    def read(octets: bytes) -> str | None:
        text = text_of(octets)
        pasted_key.is_private(text)
        pasted_key.mended(text)
        pasted_key.explained(text)
        keys.from_spki(text)
        return None

    return read


TARGETS = (
    Target(
        name="jws",
        title="signed id_tokens, every step of the verification",
        prepare=lambda: id_token(encrypted=False),
        refuses=(Refusal,),
        vary=compact(encrypted=False),
    ),
    Target(
        name="jwe",
        title="encrypted id_tokens, every step of the verification",
        prepare=lambda: id_token(encrypted=True),
        refuses=(Refusal,),
        vary=compact(encrypted=True),
    ),
    Target(
        name="jwks",
        title="JWK Sets",
        prepare=jwks,
        refuses=(Refusal,),
        vary=vary.values(
            *(
                "kty",
                "kid",
                "use",
                "alg",
                "key_ops",
                "n",
                "e",
                "x",
                "y",
                "crv",
                "x5c",
                "d",
                "k",
                "RSA",
                "EC",
                "OKP",
            ),
            *(
                "oct",
                "P-256",
                "P-521",
                "Ed25519",
                "X25519",
                "AQAB",
                "Aw",
                "AA",
                "sig",
                "enc",
                "verify",
                "secp256k1",
            ),
        ),
    ),
    Target(
        name="public-key",
        title="pasted public keys",
        prepare=public_key,
        refuses=(Refusal,),
        vary=vary.octets(
            *(b"-----BEGIN PUBLIC KEY-----\n", b"-----END PUBLIC KEY-----", b"-----BEGIN CERTIFICATE-----\n"),
            *(
                b"-----BEGIN RSA PUBLIC KEY-----\n",
                b"ssh-rsa ",
                b'{"kty":"RSA","e":"AQAB","n":"',
                b'{"keys":[',
                b"MIIB",
            ),
        ),
    ),
)
