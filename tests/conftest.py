"""Keys, made once; a clock that stands still; an empty store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from joserfc.jwk import RSAKey

from harness.clock import ManualClock
from harness.roles.idp.keys import new_key
from harness.store import Store


@pytest.fixture(scope="session")
def signing_key() -> RSAKey:
    """Give the issuer's signing key."""
    return new_key("sig", "RS256")


@pytest.fixture(scope="session")
def foreign_key() -> RSAKey:
    """Give a signing key that nobody here trusts."""
    return new_key("sig", "RS256")


@pytest.fixture(scope="session")
def encryption_key() -> RSAKey:
    """Give the platform's encryption key."""
    return new_key("enc", "RSA-OAEP-256")


@pytest.fixture
def clock() -> ManualClock:
    """Give a clock that stands at 2026-11-20T12:00:00Z."""
    return ManualClock(1_795_176_000)


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Iterator[Store]:
    """Give an empty store in a file of its own."""
    with Store(f"sqlite:///{tmp_path / 'harness.db'}", clock) as store:
        yield store
