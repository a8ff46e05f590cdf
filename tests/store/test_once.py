from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from harness.clock import ManualClock
from harness.store import Store
from harness.store.once import TakeFailure, Taken

ISSUER = "https://login.brand.test"
TAKERS = 50
Take = Callable[[int], Any]
Race = Callable[[Take], list[Any]]


def at(workers: tuple[Store, ...], number: int) -> Store:
    """Return the worker that a taker has come to."""
    return workers[number % len(workers)]


@pytest.fixture
def race(in_parallel: Callable[[Callable[[int], Any], int], list[Any]]) -> Callable[[Take], list[Any]]:
    """Return what 50 takers get that begin together, numbered."""
    return lambda take: in_parallel(take, TAKERS)


@pytest.fixture
def workers(store_url: str, clock: ManualClock) -> Iterator[tuple[Store, ...]]:
    """Give the stores of three workers on one database."""
    with Store(store_url, clock) as one, Store(store_url, clock) as two, Store(store_url, clock) as three:
        yield one, two, three


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


def test_of_fifty_takers_of_a_code_one_wins(race: Race, workers: tuple[Store, ...]) -> None:
    """However many take one code together, at whichever workers, exactly one gets it."""
    workers[0].once.put_code(ISSUER, "c0de", {"sub": "alice"}, seconds=60)
    outcomes = race(lambda number: at(workers, number).once.take_code(ISSUER, "c0de"))
    assert outcomes.count(Taken(data={"sub": "alice"})) == 1
    assert outcomes.count("used") == TAKERS - 1


def test_of_fifty_takers_of_a_state_one_wins(race: Race, workers: tuple[Store, ...]) -> None:
    """However many take one transaction together, exactly one gets it and it waits for nobody else."""
    workers[0].once.put_transaction("popup", "state", "flow-1", {}, seconds=60, binding="alice's")
    outcomes = race(lambda number: at(workers, number).once.take_transaction("popup", "state"))
    assert outcomes.count(Taken(data={}, flow="flow-1")) == 1
    assert outcomes.count("used") == TAKERS - 1
    assert not any(store.once.is_waiting("popup", "alice's") for store in workers)


def test_of_fifty_sessions_one_may_use_an_id_token(race: Race, workers: tuple[Store, ...]) -> None:
    """However many sessions present one id_token together, it belongs to exactly one."""
    outcomes = race(
        lambda number: at(workers, number).once.first_use("token", f"session {number}", seconds=60)
    )
    assert outcomes.count(True) == 1
    assert outcomes.count(False) == TAKERS - 1
    winner = outcomes.index(True)
    for number in range(TAKERS):
        assert workers[0].once.first_use("token", f"session {number}", seconds=60) is (number == winner)


def test_one_session_may_use_its_id_token_fifty_times_at_once(race: Race, workers: tuple[Store, ...]) -> None:
    """A window that presents its own token in parallel is refused nowhere."""
    outcomes = race(lambda number: at(workers, number).once.first_use("token", "alice's", seconds=60))
    assert outcomes == [True] * TAKERS


def test_fifty_states_are_fifty_records(race: Race, workers: tuple[Store, ...]) -> None:
    """Whoever takes a record of their own together with others gets it."""

    def put_and_take(number: int) -> Any:
        once = at(workers, number).once
        once.put_transaction("popup", f"state {number}", f"flow-{number}", {"n": number}, seconds=60)
        return once.take_transaction("popup", f"state {number}")

    assert race(put_and_take) == [
        Taken(data={"n": number}, flow=f"flow-{number}") for number in range(TAKERS)
    ]


def test_two_servers_share_one_use(workers: tuple[Store, ...]) -> None:
    """A code that one worker takes is used for the other worker on the same database."""
    one, two, _ = workers
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


def test_a_browser_waits_while_its_transaction_is_open(store: Store, clock: ManualClock) -> None:
    """From its beginning to its end, and not after it was taken, a transaction is waited for."""
    assert not store.once.is_waiting("popup", "alice's")
    store.once.put_transaction("popup", "one", "flow-1", {}, seconds=60, binding="alice's")
    assert store.once.is_waiting("popup", "alice's")
    clock.advance(59.5)
    assert store.once.is_waiting("popup", "alice's")
    clock.advance(0.5)
    assert not store.once.is_waiting("popup", "alice's")
    store.once.put_transaction("popup", "two", "flow-2", {}, seconds=60, binding="alice's")
    assert store.once.is_waiting("popup", "alice's")
    store.once.take_transaction("popup", "two")
    assert not store.once.is_waiting("popup", "alice's")


@pytest.mark.parametrize(("kind", "binding"), [("popup", "bob's"), ("call", "alice's"), ("popup", "")])
def test_a_browser_waits_for_its_own_only(kind: str, binding: str, store: Store) -> None:
    """Another browser's transaction, one of another kind and one of nobody are not waited for."""
    store.once.put_transaction("popup", "one", "flow-1", {}, seconds=60, binding="alice's")
    store.once.put_transaction("popup", "two", "flow-2", {}, seconds=60)
    assert not store.once.is_waiting(kind, binding)


def test_one_of_two_popups_is_still_waited_for(store: Store) -> None:
    """A browser with two open popups waits until both have come back."""
    for state in ("one", "two"):
        store.once.put_transaction("popup", state, f"flow-{state}", {}, seconds=60, binding="alice's")
    store.once.take_transaction("popup", "one")
    assert store.once.is_waiting("popup", "alice's")
    store.once.take_transaction("popup", "two")
    assert not store.once.is_waiting("popup", "alice's")


def test_the_newest_open_transaction_of_a_browser_is_taken_first(store: Store, clock: ManualClock) -> None:
    """Without a key a browser's transactions are taken from the newest to the oldest, once each."""
    assert store.once.peek_waiting("popup", "alice's") is None
    for number in range(2):
        store.once.put_transaction("popup", str(number), f"{number}", {}, seconds=60, binding="alice's")
        clock.advance(1)
    assert store.once.peek_waiting("popup", "alice's") == Taken(data={}, flow="1")
    taken = [store.once.take_waiting("popup", "alice's") for _ in range(3)]
    assert taken == [Taken(data={}, flow="1"), Taken(data={}, flow="0"), None]


@pytest.mark.parametrize(("kind", "binding"), [("call", "alice's"), ("popup", "bob's")])
def test_nobody_takes_what_is_not_theirs(kind: str, binding: str, store: Store) -> None:
    """Another kind and another browser have no transaction, and take none."""
    store.once.put_transaction("popup", "one", "flow-1", {}, seconds=60, binding="alice's")
    assert store.once.peek_waiting(kind, binding) is None
    assert store.once.take_waiting(kind, binding) is None
    assert store.once.take_waiting("popup", "alice's") == Taken(data={}, flow="flow-1")


def test_a_waiting_transaction_has_an_end(store: Store, clock: ManualClock) -> None:
    """A transaction whose time is over cannot be taken without its key either."""
    store.once.put_transaction("popup", "one", "flow-1", {}, seconds=60, binding="alice's")
    clock.advance(60)
    assert store.once.take_waiting("popup", "alice's") is None


def test_of_fifty_takers_of_a_waiting_transaction_one_wins(race: Race, workers: tuple[Store, ...]) -> None:
    """However many take a browser's one transaction together, exactly one gets it."""
    workers[0].once.put_transaction("popup", "one", "flow-1", {}, seconds=60, binding="alice's")
    outcomes = race(lambda number: at(workers, number).once.take_waiting("popup", "alice's"))
    assert outcomes.count(Taken(data={}, flow="flow-1")) == 1
    assert outcomes.count(None) == TAKERS - 1


def test_of_fifty_takers_of_three_waiting_transactions_three_win(
    race: Race, workers: tuple[Store, ...]
) -> None:
    """Who comes too late for the newest transaction of a browser takes an older one, while there is one."""
    for number in range(3):
        workers[0].once.put_transaction("popup", str(number), f"{number}", {}, seconds=60, binding="alice's")
    outcomes = race(lambda number: at(workers, number).once.take_waiting("popup", "alice's"))
    assert {"0", "1", "2"} == {taken.flow for taken in outcomes if taken}
    assert outcomes.count(None) == TAKERS - 3


def test_what_is_remembered_comes_back_as_it_was(store: Store) -> None:
    """JSON of every kind is the same after the database, in either one."""
    data = {
        "text": "é \u0000 \ud800 'quoted' \\u0041",
        "numbers": [0, -1, 2**53 - 1, 1.5, 1e300],
        "others": [None, True, False, {}, []],
    }
    store.once.put_transaction("popup", "state", "flow-1", data, seconds=60)
    assert store.once.take_transaction("popup", "state") == Taken(data=data, flow="flow-1")


def test_a_credential_belongs_to_the_session_that_used_it_first(store: Store) -> None:
    """The same session may use a credential again and another one may not."""
    assert store.once.first_use("token", "alice's", seconds=60)
    assert store.once.first_use("token", "alice's", seconds=60)
    assert not store.once.first_use("token", "bob's", seconds=60)
    assert store.once.first_use("another token", "bob's", seconds=60)


def test_a_credential_is_free_again_when_its_time_is_over(store: Store, clock: ManualClock) -> None:
    """Before its end a credential is one session's, and from it on the first one's that comes."""
    assert store.once.first_use("token", "alice's", seconds=60)
    clock.advance(59.5)
    assert not store.once.first_use("token", "bob's", seconds=60)
    clock.advance(0.5)
    assert store.once.first_use("token", "bob's", seconds=60)
    assert not store.once.first_use("token", "alice's", seconds=60)


def test_no_secret_is_written(store: Store, written: Callable[[], str]) -> None:
    """The database holds hashes of codes, states, credentials and sessions, never the values."""
    store.once.put_code(ISSUER, "secret-code", {}, seconds=60)
    store.once.put_transaction("popup", "secret-state", "flow-1", {}, seconds=60)
    store.once.first_use("secret-token", "secret-session", seconds=60)
    assert ISSUER in written()
    assert "secret-" not in written()


def test_every_open_transaction_of_a_browser_is_seen(store: Store, clock: ManualClock) -> None:
    """What was taken, what has ended, another kind and another browser's are not among them."""
    for number, (kind, binding) in enumerate(
        [
            ("popup", "alice's"),
            ("popup", "alice's"),
            ("popup", "alice's"),
            ("call", "alice's"),
            ("popup", "bob's"),
        ]
    ):
        seconds = 30 if number == 0 else 60
        store.once.put_transaction(
            kind, str(number), f"{number}", {"n": number}, seconds=seconds, binding=binding
        )
    store.once.take_transaction("popup", "1")
    clock.advance(30)
    assert store.once.waiting("popup", "alice's") == (Taken(data={"n": 2}, flow="2"),)
    assert store.once.waiting("popup", "carol's") == ()


def test_looking_at_open_transactions_takes_none(store: Store) -> None:
    """They can be taken as before."""
    store.once.put_transaction("popup", "state", "flow-1", {}, seconds=60, binding="alice's")
    assert store.once.waiting("popup", "alice's") == store.once.waiting("popup", "alice's")
    assert store.once.take_transaction("popup", "state") == Taken(data={}, flow="flow-1")
