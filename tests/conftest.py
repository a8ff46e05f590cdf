"""Keys, made once; a clock that stands still; an empty store; both databases; threads that begin together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from harness.clock import ManualClock
from harness.roles.idp.keys import new_key
from harness.store import Store
from tests import databases

DATABASES = ("sqlite", "postgresql")

postgresql, new_database = databases.postgresql, databases.new_database


@pytest.fixture(autouse=True)
def _no_history(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep no run of a test in the history of whoever runs the tests."""
    monkeypatch.setenv("HARNESS_HISTORY", "off")


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


@pytest.fixture(params=DATABASES)
def store_url(
    request: pytest.FixtureRequest, new_database: Callable[[str, Path], str], tmp_path: Path
) -> str:
    """Give the URL of an empty database, one test's own."""
    return new_database(request.param, tmp_path)


@pytest.fixture
def in_parallel() -> Callable[[Callable[[int], Any], int], list[Any]]:
    """Return what some threads get that begin together."""

    def run(work: Callable[[int], Any], count: int) -> list[Any]:
        barrier = Barrier(count)

        def begin(number: int) -> Any:
            barrier.wait()
            return work(number)

        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(begin, range(count)))

    return run
