"""Keys that only faults use, made once per process when they are first asked for."""

from __future__ import annotations

import functools
import secrets
import warnings

from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from harness.protocol.roca import PRIMES


@functools.cache
def made_key(name: str) -> Key:
    """Return a made key.

    Args:
        name: ``attacker``, ``other``, ``small``, ``e3``, ``roca``, ``ec`` or ``okp``.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # joserfc warns of the very weakness that is wanted here
        if name == "ec":
            return ECKey.generate_key("P-256")
        if name == "okp":
            return OKPKey.generate_key("Ed25519")
        if name == "roca":
            return _from(_roca())
        if name == "small":
            return _from(rsa.generate_private_key(public_exponent=65_537, key_size=1024))  # noqa: S505 - on purpose
        if name == "e3":
            return _from(rsa.generate_private_key(public_exponent=3, key_size=2048))
        return RSAKey.generate_key(2048)


def _from(key: rsa.RSAPrivateKey) -> RSAKey:
    return RSAKey(key, key)


def _roca() -> rsa.RSAPrivateKey:
    """Make a key whose primes have the structure that CVE-2017-15361 describes."""
    product = 1
    for prime in PRIMES:
        product *= prime
    p, q = (_structured_prime(product) for _ in range(2))
    e, phi = 65_537, (p - 1) * (q - 1)
    d = pow(e, -1, phi)
    numbers = rsa.RSAPrivateNumbers(
        p=p,
        q=q,
        d=d,
        dmp1=rsa.rsa_crt_dmp1(d, p),
        dmq1=rsa.rsa_crt_dmq1(d, q),
        iqmp=rsa.rsa_crt_iqmp(p, q),
        public_numbers=rsa.RSAPublicNumbers(e, p * q),
    )
    return numbers.private_key()


def _structured_prime(product: int) -> int:
    """Return a 1024-bit prime that is a power of 65537 modulo ``product``."""
    while True:
        residue = pow(65_537, secrets.randbelow(1 << 40), product)
        factor = (3 << 1022) // product + secrets.randbelow(1 << 900)
        candidate = factor * product + residue
        if candidate % 2 and candidate.bit_length() == 1024 and pow(2, candidate - 1, candidate) == 1:
            return candidate
