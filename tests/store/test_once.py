from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from harness.clock import ManualClock
from harness.store import Store
from harness.store.once import TakeFailure, Taken

ISSUER = "https://login.brand.test"
TAKERS = 50


def in_parallel(work: Callable[[int], Any]) -> list[Any]:
    """Return what 50 threads get that begin together."""
    barrier = Barrier(TAKERS)

    def begin(number: int) -> Any:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(TAKERS) as pool:
        return list(pool.map(begin, range(TAKERS)))


def test_a_code_is_taken_once(store: Store) -> None:
    """The first taker gets what the code stands for, and every later one hears that it was used."""
    store.once.put_code(ISSUER, "c0de", {"sub": "alice"}, seconds=60)
    assert store.once.take_code(ISSUER, "c0de") == Taken(data={"sub": "alice"})
    assert [store.once.take_code(ISSUER, "c0de") for _ in range(2)] == ["used", "used"]


@pytest.mark.parametrize(("seconds", "outcome"), [(59.5, Taken(data={})), (60, "expired"), (61, "expired")])
def test_a_code_has_an_end(
    seconds: float, outcome: Taken | TakeFailure, store: Store, clock: ManualClock
) -> None:
    """A code can be taken before its end and not at it."""
    store.once.put_code(ISSUER, "c0de", {}, seconds=60)
    clock.advance(seconds)
    assert store.once.take_code(ISSUER, "c0de") == outcome


def test_a_used_code_stays_used(store: Store, clock: ManualClock) -> None:
    """A code that was used is reported as used even after its end."""
    store.once.put_code(ISSUER, "c0de", {}, seconds=60)
    store.once.take_code(ISSUER, "c0de")
    clock.advance(3_600)
    assert store.once.take_code(ISSUER, "c0de") == "used"


def test_a_code_belongs_to_its_issuer(store: Store) -> None:
    """Another issuer neither knows the code nor spends it."""
    store.once.put_code(ISSUER, "c0de", {}, seconds=60)
    assert store.once.take_code("https://idp.test", "c0de") == "unknown"
    assert store.once.take_code(ISSUER, "C0DE") == "unknown"
    assert isinstance(store.once.take_code(ISSUER, "c0de"), Taken)


def test_of_fifty_takers_of_a_code_one_wins(store: Store) -> None:
    """However many take one code together, exactly one gets it."""
    store.once.put_code(ISSUER, "c0de", {"sub": "alice"}, seconds=60)
    outcomes = in_parallel(lambda _: store.once.take_code(ISSUER, "c0de"))
    assert outcomes.count(Taken(data={"sub": "alice"})) == 1
    assert outcomes.count("used") == TAKERS - 1


def test_of_fifty_takers_of_a_transaction_one_wins(store: Store) -> None:
    """However many take one transaction together, exactly one gets it."""
    store.once.put_transaction("popup", "state", "flow-1", {}, seconds=60)
    outcomes = in_parallel(lambda _: store.once.take_transaction("popup", "state"))
    assert outcomes.count(Taken(data={}, flow="flow-1")) == 1
    assert outcomes.count("used") == TAKERS - 1


def test_of_fifty_sessions_one_may_use_a_credential(store: Store) -> None:
    """However many sessions present one credential together, it belongs to exactly one."""
    outcomes = in_parallel(lambda number: store.once.first_use("token", f"session {number}", seconds=60))
    assert outcomes.count(True) == 1
    winner = f"session {outcomes.index(True)}"
    assert store.once.first_use("token", winner, seconds=60)


def test_two_servers_share_one_use(tmp_path: Path, clock: ManualClock) -> None:
    """A code that one worker takes is used for the other worker on the same database."""
    url = f"sqlite:///{tmp_path / 'shared.db'}"
    with Store(url, clock) as one, Store(url, clock) as two:
        one.once.put_code(ISSUER, "c0de", {}, seconds=60)
        assert isinstance(two.once.take_code(ISSUER, "c0de"), Taken)
        assert one.once.take_code(ISSUER, "c0de") == "used"


def test_a_transaction_is_seen_before_it_is_taken(store: Store) -> None:
    """Looking at a transaction does not spend it, and it can be seen after it was taken."""
    store.once.put_transaction("popup", "state", "flow-1", {"nonce": "n"}, seconds=60)
    seen = Taken(data={"nonce": "n"}, flow="flow-1")
    assert store.once.peek_transaction("popup", "state") == seen
    assert store.once.take_transaction("popup", "state") == seen
    assert store.once.peek_transaction("popup", "state") == seen
    assert store.once.take_transaction("popup", "state") == "used"


def test_a_transaction_has_a_kind(store: Store) -> None:
    """A call's id is no popup's state."""
    store.once.put_transaction("call", "key", "flow-1", {}, seconds=60)
    assert store.once.peek_transaction("popup", "key") is None
    assert store.once.take_transaction("popup", "key") == "unknown"
    assert isinstance(store.once.take_transaction("call", "key"), Taken)


def test_a_transaction_has_an_end(store: Store, clock: ManualClock) -> None:
    """A transaction cannot be taken when its time is over."""
    store.once.put_transaction("popup", "state", "flow-1", {}, seconds=300)
    clock.advance(300)
    assert store.once.take_transaction("popup", "state") == "expired"


def test_a_credential_belongs_to_the_session_that_used_it_first(store: Store) -> None:
    """The same session may use a credential again and another one may not."""
    assert store.once.first_use("token", "alice's", seconds=60)
    assert store.once.first_use("token", "alice's", seconds=60)
    assert not store.once.first_use("token", "bob's", seconds=60)
    assert store.once.first_use("another token", "bob's", seconds=60)


def test_no_secret_is_written(tmp_path: Path, clock: ManualClock) -> None:
    """The database holds hashes of codes, states, credentials and sessions, never the values."""
    with Store(f"sqlite:///{tmp_path / 'secrets.db'}", clock) as store:
        store.once.put_code(ISSUER, "secret-code", {}, seconds=60)
        store.once.put_transaction("popup", "secret-state", "flow-1", {}, seconds=60)
        store.once.first_use("secret-token", "secret-session", seconds=60)
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert ISSUER.encode() in written
    assert b"secret-" not in written
