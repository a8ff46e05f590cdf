from __future__ import annotations

import math

import pytest

from harness.protocol.roca import PRIMES, has_roca_fingerprint

PRIMORIAL = math.prod(n for n in range(2, 168) if all(n % smaller for smaller in range(2, n)))
"""The product of the first 39 primes, as the faulty library used it for its shortest keys."""


def faulty_prime(factor: int, power: int) -> int:
    """Return a number of the form that the faulty library searched for primes."""
    return factor * PRIMORIAL + pow(65_537, power, PRIMORIAL)


@pytest.mark.parametrize(
    "modulus",
    [
        pytest.param(1, id="one"),
        pytest.param(65_537**128, id="a power of the generator"),
        pytest.param(faulty_prime(3**500, 12_345) * faulty_prime(5**340, 54_321), id="two faulty factors"),
    ],
)
def test_the_faulty_librarys_moduli_are_recognised(modulus: int) -> None:
    """A modulus whose factors are powers of 65537 modulo the small primes has the fingerprint."""
    assert has_roca_fingerprint(modulus)


@pytest.mark.parametrize("prime", PRIMES)
def test_every_prime_must_agree(prime: int) -> None:
    """One residue outside its subgroup clears the modulus."""
    assert not has_roca_fingerprint(65_537**128 * prime)


@pytest.mark.parametrize(
    "modulus",
    [
        pytest.param(0, id="nothing"),
        pytest.param(2, id="two"),
        pytest.param(2**2047 + 1, id="2048 bits"),
        pytest.param(2**2048 - 1, id="all ones"),
        pytest.param(faulty_prime(3**500, 12_345) + 2, id="a neighbour"),
    ],
)
def test_other_moduli_are_sound(modulus: int) -> None:
    """A number that no faulty library made has no fingerprint."""
    assert not has_roca_fingerprint(modulus)
