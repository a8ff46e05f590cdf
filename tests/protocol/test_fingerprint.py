from __future__ import annotations

from harness.protocol.fingerprint import digest, fingerprint

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_digest_is_the_whole_sha_256() -> None:
    """The store's key for a secret is its whole SHA-256 in hexadecimal."""
    assert digest("") == EMPTY


def test_a_fingerprint_is_the_start_of_the_digest() -> None:
    """A fingerprint is the first 12 digits, so that it never gives the value away."""
    assert fingerprint("") == EMPTY[:12]
    assert fingerprint("code of alice") == digest("code of alice")[:12]


def test_every_text_has_a_fingerprint() -> None:
    """A lone surrogate, which no UTF-8 can carry, still has names that tell it from others."""
    assert fingerprint("\ud800") != fingerprint("\ud801")
    assert digest("\ud800") != digest("\ud801")
