from __future__ import annotations

import pytest

from harness.protocol import base64url
from harness.protocol.sealing import Sealer

KEY = bytes(range(32))
SEALER = Sealer(KEY)


def test_what_was_sealed_is_unsealed_in_its_context() -> None:
    """The secret comes out again, whatever the order of the context's names."""
    sealed = SEALER.seal("alice's verifier é", call="1", session="2")
    assert SEALER.unseal(sealed, session="2", call="1") == "alice's verifier é"


def test_every_worker_with_the_key_unseals() -> None:
    """The key alone decides, so that another worker of the server can answer."""
    assert Sealer(KEY).unseal(SEALER.seal("secret", call="1"), call="1") == "secret"


def test_a_sealer_without_a_key_has_one_of_its_own() -> None:
    """Two sealers that were given no key do not read each other."""
    assert Sealer().unseal(Sealer().seal("secret")) is None


@pytest.mark.parametrize(
    "context",
    [{}, {"call": "2"}, {"call": "1", "session": "2"}, {"Call": "1"}, {"call": ""}],
)
def test_another_context_unseals_nothing(context: dict[str, str]) -> None:
    """A sealed value is bound to every name and value of its context."""
    assert SEALER.unseal(SEALER.seal("secret", call="1"), **context) is None


@pytest.mark.parametrize("sealed", ["", "A", "AAAA", "A" * 16, "A" * 64, "not base64url!", "é", "AB"])
def test_what_was_never_sealed_unseals_nothing(sealed: str) -> None:
    """Any other text, however short, is no sealed value and no crash."""
    assert SEALER.unseal(sealed, call="1") is None


@pytest.mark.parametrize("position", [0, 11, 12, 17, 18, -1])
def test_a_changed_octet_unseals_nothing(position: int) -> None:
    """Nonce, ciphertext and tag can none of them be changed."""
    octets = bytearray(base64url.decode(SEALER.seal("secret", call="1")))
    octets[position] ^= 1
    assert SEALER.unseal(base64url.encode(bytes(octets)), call="1") is None


def test_sealing_twice_gives_two_texts() -> None:
    """Nobody sees whether two sealed values hold the same secret."""
    assert SEALER.seal("secret", call="1") != SEALER.seal("secret", call="1")
