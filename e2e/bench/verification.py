"""(b) Strict verification of one id_token, signed and nested, against libraries' plain decodes.

Every library has its keys imported beforehand and is given tokens that it has not seen just before. Ours is
the whole pipeline of the platform: compact form, header, key choice by ``kid`` from the kept key set,
signature, strict JSON, every claim.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import httpx2
import jwcrypto.jwk  # type: ignore[import-untyped]
import jwcrypto.jwt  # type: ignore[import-untyped]
import jwt
from cryptography.hazmat.primitives import hashes, hmac, padding
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PKCS1v15
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from joserfc import jwe as joserfc_jwe
from joserfc import jwt as joserfc_jwt

from e2e.bench.model import Benchmark, Effort, Row, Say, Target, measured
from harness.clock import SystemClock
from harness.config import Config
from harness.protocol import jose
from harness.protocol.claims import Expected
from harness.roles.idp.issuer import consumer_claims
from harness.roles.idp.keys import new_key
from harness.sample import CUSTOMERS
from harness.verification.key_sets import KeySets
from harness.verification.pipeline import Rules, Subject, examine

ISSUER, CLIENT = "https://login.brand.test", "platform-implicit"
TOKENS, BLOCK, BLOCKS = 50, 100, 40
KEY_ENCRYPTION, CONTENT_ENCRYPTION = "RSA-OAEP-256", "A128CBC-HS256"

Verify = Callable[[str], object]


class Bench:
    """Tokens of one issuer and everybody's way to verify them."""

    def __init__(self) -> None:
        self.signing, self.encryption = new_key("sig", "RS256"), new_key("enc", KEY_ENCRYPTION)
        self._now = int(time.time())
        self._sets = KeySets(
            httpx2.Client(transport=httpx2.MockTransport(self._jwks)), SystemClock(), Config().deadlines
        )
        implicit = Config().connector_for("implicit")
        self._connector = implicit.model_copy(update={"issuer": ISSUER, "jwks_uri": f"{ISSUER}/jwks"})
        self._jwcrypto = jwcrypto.jwk.JWK(**self.signing.as_dict(private=False))
        self._jwcrypto_private = jwcrypto.jwk.JWK(**self.encryption.as_dict(private=True))

    def _jwks(self, _: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, json={"keys": [self.signing.as_dict(private=False)]})

    def signed(self) -> str:
        """Return an id_token of the sample's size."""
        claims = {
            "iss": ISSUER,
            "aud": CLIENT,
            "sub": CUSTOMERS[0].sub,
            "iat": self._now,
            "exp": self._now + 3600,
            "nonce": secrets.token_urlsafe(16),
            **consumer_claims(CUSTOMERS[0]),
        }
        header = {"alg": "RS256", "typ": "JWT", "kid": self.signing.kid}
        payload = json.dumps(claims, separators=(",", ":")).encode()
        return jose.sign(header, payload, self.signing, algorithm="RS256")

    def nested(self) -> str:
        """Return one in a JWE."""
        header = {"alg": KEY_ENCRYPTION, "enc": CONTENT_ENCRYPTION, "cty": "JWT", "kid": self.encryption.kid}
        return jose.encrypt(self.signed(), self.encryption, header)

    def ours(self, token: str, *, encrypted: bool = False) -> None:
        """Verify as the platform does."""
        keys = {str(self.encryption.kid): self.encryption} if encrypted else {}
        rules = Rules(
            encrypted=encrypted,
            decryption_keys=keys,
            keys=self._sets.source(self._connector, "RS256"),
            expected=Expected(issuer=ISSUER, client_id=CLIENT, now=time.time()),
        )
        found = examine(Subject(token=token, rules=rules)).found
        assert not found, found

    def raw(self, token: str) -> None:
        """Verify the signature alone, with cryptography."""
        signing_input, _, signature = token.rpartition(".")
        self.signing.public_key.verify(
            _decoded(signature), signing_input.encode(), PKCS1v15(), hashes.SHA256()
        )

    def raw_nested(self, token: str) -> None:
        """Decrypt and verify the signature alone, with cryptography (RFC 7518 section 5.2.2.2)."""
        head, *parts = token.split(".")
        key, iv, ciphertext, tag = (_decoded(part) for part in parts)
        oaep = OAEP(MGF1(hashes.SHA256()), hashes.SHA256(), None)
        private_key = self.encryption.private_key
        assert private_key is not None, "it was made here"
        content_key = private_key.decrypt(key, oaep)
        mac = hmac.HMAC(content_key[:16], hashes.SHA256())
        mac.update(head.encode() + iv + ciphertext + (8 * len(head)).to_bytes(8))
        assert secrets.compare_digest(mac.finalize()[:16], tag)
        decryptor = Cipher(algorithms.AES128(content_key[16:]), modes.CBC(iv)).decryptor()
        padded = decryptor.update(ciphertext) + decryptor.finalize()
        unpadder = padding.PKCS7(128).unpadder()
        self.raw((unpadder.update(padded) + unpadder.finalize()).decode())

    def joserfc(self, token: str) -> None:
        """Decode with joserfc."""
        joserfc_jwt.decode(token, self.signing, algorithms=["RS256"])

    def joserfc_nested(self, token: str) -> None:
        """Decrypt and decode with joserfc."""
        names = [KEY_ENCRYPTION, CONTENT_ENCRYPTION]
        plain = joserfc_jwe.decrypt_compact(token, self.encryption, algorithms=names).plaintext
        assert plain is not None
        self.joserfc(plain.decode())

    def pyjwt(self, token: str) -> None:
        """Decode with PyJWT, which checks the claims that it is given."""
        jwt.decode(token, self.signing.public_key, algorithms=["RS256"], audience=CLIENT, issuer=ISSUER)

    def jwcrypto(self, token: str) -> None:
        """Decode with jwcrypto."""
        jwcrypto.jwt.JWT(jwt=token, key=self._jwcrypto, algs=["RS256"])

    def jwcrypto_nested(self, token: str) -> None:
        """Decrypt and decode with jwcrypto."""
        names = [KEY_ENCRYPTION, CONTENT_ENCRYPTION]
        outer = jwcrypto.jwt.JWT(jwt=token, key=self._jwcrypto_private, algs=names, expected_type="JWE")
        self.jwcrypto(outer.claims)


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def run(effort: Effort, say: Say) -> Iterator[Row]:
    """Measure, the libraries in turns."""
    bench = Bench()
    say("verifying signed id_tokens")
    ways: dict[str, Verify] = {
        "cryptography, signature alone": bench.raw,
        "joserfc": bench.joserfc,
        "PyJWT": bench.pyjwt,
        "jwcrypto": bench.jwcrypto,
        "harness, strict": bench.ours,
    }
    took = _turns(ways, [bench.signed() for _ in range(TOKENS)], effort)
    yield from _rows("signed", took, twin="PyJWT", target=Target(limit=1.0))
    say("verifying nested id_tokens")
    ways = {
        "cryptography, no checks": bench.raw_nested,
        "joserfc": bench.joserfc_nested,
        "jwcrypto": bench.jwcrypto_nested,
        "harness, strict": lambda token: bench.ours(token, encrypted=True),
    }
    took = _turns(ways, [bench.nested() for _ in range(TOKENS)], effort)
    yield from _rows("nested", took, twin="joserfc")
    yield Row(name="nested, PyJWT", unit="µs", missing="PyJWT has no JWE")


def _turns(ways: Mapping[str, Verify], tokens: Sequence[str], effort: Effort) -> dict[str, list[float]]:
    """Return the microseconds of a verification, one sample for each block of them."""
    took: dict[str, list[float]] = {name: [] for name in ways}
    block = effort.of(BLOCK, least=2)
    for turn in range(effort.of(BLOCKS, least=2) + 1):
        for name, verify in ways.items():
            begun = time.perf_counter()
            for number in range(block):
                verify(tokens[number % len(tokens)])
            # The first turn fills caches.
            if turn:
                took[name].append((time.perf_counter() - begun) / block * 1e6)
    return took


def _rows(
    kind: str, took: Mapping[str, Sequence[float]], *, twin: str, target: Target | None = None
) -> Iterator[Row]:
    """Return the rows, ours compared with the twin."""
    compared: dict[str, Row] = {}
    for name, samples in took.items():
        ours: dict[str, Any] = (
            {"twin": compared[twin], "target": target} if name.startswith("harness") else {}
        )
        compared[name] = measured(f"{kind}, {name}", samples, unit="µs", **ours)
        yield compared[name]


BENCHMARK = Benchmark(
    name="verification", title="strict verification of one id_token (RS256, RSA-2048)", run=run
)
