"""The fingerprint of RSA keys from a faulty library (CVE-2017-15361, "ROCA").

Moduli that the library made are, modulo each of these small primes, powers of 65537. For random moduli
that holds for all of them with a probability below 2^-27.
"""

from __future__ import annotations

_GENERATOR = 65_537
PRIMES = (11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157)


def _powers(prime: int) -> frozenset[int]:
    """Return the subgroup of 65537 modulo ``prime``."""
    powers, value = set(), 1
    while value not in powers:
        powers.add(value)
        value = value * _GENERATOR % prime
    return frozenset(powers)


_SUBGROUPS = tuple((prime, _powers(prime)) for prime in PRIMES)


def has_roca_fingerprint(modulus: int) -> bool:
    """Tell whether ``modulus`` lies in the subgroup for every small prime."""
    return all(modulus % prime in subgroup for prime, subgroup in _SUBGROUPS)
