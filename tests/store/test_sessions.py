from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.clock import ManualClock
from harness.protocol.fingerprint import digest
from harness.store import Store


def test_a_session_is_found_by_its_secret(store: Store) -> None:
    """The holder of the secret finds the data of the session and of no other."""
    alice = store.sessions.open("idp", {"sub": "alice"}, seconds=60)
    bob = store.sessions.open("idp", {"sub": "bob"}, seconds=60)
    assert store.sessions.find("idp", alice) == {"sub": "alice"}
    assert store.sessions.find("idp", bob) == {"sub": "bob"}


def test_a_secret_cannot_be_guessed(store: Store) -> None:
    """A secret carries 256 bits, and two sessions never share one."""
    secrets = {store.sessions.open("idp", {}, seconds=60) for _ in range(10)}
    assert len(secrets) == 10
    assert {len(secret) for secret in secrets} == {43}


@pytest.mark.parametrize("secret", [None, "", "a guess", "é"])
def test_another_secret_finds_nothing(secret: str | None, store: Store) -> None:
    """Without the secret there is no session."""
    store.sessions.open("idp", {"sub": "alice"}, seconds=60)
    assert store.sessions.find("idp", secret) is None


def test_the_stored_hash_is_no_secret(store: Store) -> None:
    """Whoever reads the database cannot use what is kept there."""
    secret = store.sessions.open("idp", {}, seconds=60)
    assert store.sessions.find("idp", digest(secret)) is None


def test_a_session_has_a_kind(store: Store) -> None:
    """A session of one role is none of another's."""
    secret = store.sessions.open("idp", {"sub": "alice"}, seconds=60)
    assert store.sessions.find("brand", secret) is None


@pytest.mark.parametrize(("seconds", "live"), [(59.5, True), (60, False)])
def test_a_session_has_an_end(seconds: float, live: bool, store: Store, clock: ManualClock) -> None:
    """A session lives until its end and not at it."""
    secret = store.sessions.open("idp", {"sub": "alice"}, seconds=60)
    clock.advance(seconds)
    assert (store.sessions.find("idp", secret) is not None) is live


def test_ending_a_session_ends_that_one(store: Store) -> None:
    """Whoever logs out is gone, and everybody else stays."""
    alice = store.sessions.open("idp", {"sub": "alice"}, seconds=60)
    bob = store.sessions.open("idp", {"sub": "bob"}, seconds=60)
    store.sessions.end("idp", alice)
    assert store.sessions.find("idp", alice) is None
    assert store.sessions.find("idp", bob) == {"sub": "bob"}


@pytest.mark.parametrize("secret", [None, "", "a guess"])
def test_ending_no_session_does_nothing(secret: str | None, store: Store) -> None:
    """A logout without a session is no mistake."""
    alice = store.sessions.open("idp", {"sub": "alice"}, seconds=60)
    store.sessions.end("idp", secret)
    assert store.sessions.find("idp", alice) == {"sub": "alice"}


def test_a_session_can_be_added_to(store: Store) -> None:
    """New data stands beside the old, replaces what has its name, and is that session's alone."""
    alice = store.sessions.open("window", {"site": 7, "subject": None}, seconds=60)
    bob = store.sessions.open("window", {}, seconds=60)
    store.sessions.merge("window", alice, subject=["https://idp.test", "alice"])
    assert store.sessions.find("window", alice) == {"site": 7, "subject": ["https://idp.test", "alice"]}
    assert store.sessions.find("window", bob) == {}


@pytest.mark.parametrize(("kind", "seconds"), [("idp", 0), ("window", 60)])
def test_a_session_that_is_not_there_cannot_be_added_to(
    kind: str, seconds: float, store: Store, clock: ManualClock
) -> None:
    """A session of another kind, one that has ended and one that never was stay as they are."""
    secret = store.sessions.open("window", {"site": 7}, seconds=60)
    clock.advance(seconds)
    store.sessions.merge(kind, secret, site=8)
    store.sessions.merge("window", "a guess", site=8)
    clock.advance(-seconds)
    assert store.sessions.find("window", secret) == {"site": 7}


def test_a_claim_is_for_one_value(store: Store) -> None:
    """The first value stays; claiming it again is true, and claiming another one is not."""
    alice = store.sessions.open("window", {"site": 7}, seconds=60)
    bob = store.sessions.open("window", {}, seconds=60)
    assert store.sessions.claim("window", alice, subject=["https://idp.test", "alice"])
    assert store.sessions.claim("window", alice, subject=["https://idp.test", "alice"])
    assert not store.sessions.claim("window", alice, subject=["https://idp.test", "bob"])
    assert store.sessions.claim("window", bob, subject=["https://idp.test", "bob"])
    assert {"site": 7, "subject": ["https://idp.test", "alice"]} == store.sessions.find("window", alice)


@pytest.mark.parametrize(("kind", "seconds"), [("idp", 0), ("window", 60)])
def test_a_session_that_is_not_there_can_be_claimed_by_anybody(
    kind: str, seconds: float, store: Store, clock: ManualClock
) -> None:
    """A session of another kind, one that has ended and one that never was hold nothing and stay so."""
    secret = store.sessions.open("window", {"site": 7}, seconds=60)
    clock.advance(seconds)
    assert store.sessions.claim(kind, secret, site=8)
    assert store.sessions.claim("window", "a guess", site=8)
    clock.advance(-seconds)
    assert {"site": 7} == store.sessions.find("window", secret)
    assert store.sessions.find("window", "a guess") is None


def test_of_fifty_claims_for_a_session_one_wins(
    store: Store, in_parallel: Callable[[Callable[[int], bool], int], list[bool]]
) -> None:
    """However many claim one session together, each for another subject, exactly one gets it."""
    window = store.sessions.open("window", {}, seconds=60)
    won = in_parallel(lambda number: store.sessions.claim("window", window, subject=number), 50)
    assert 1 == won.count(True)
    assert {"subject": won.index(True)} == store.sessions.find("window", window)


def test_the_secret_is_not_written(store: Store, written: Callable[[], str]) -> None:
    """The database holds the secret's hash and not the secret."""
    secret = store.sessions.open("idp", {}, seconds=60)
    assert digest(secret) in written()
    assert secret not in written()


def test_a_session_is_kept_under_a_secret_of_somebody_elses_making(store: Store, clock: ManualClock) -> None:
    """Keeping it again changes nothing while it lives, and starts it anew when it has expired."""
    store.sessions.keep("window", "a digest", seconds=60)
    store.sessions.merge("window", "a digest", subject="alice")
    store.sessions.keep("window", "a digest", seconds=60)
    assert {"subject": "alice"} == store.sessions.find("window", "a digest")

    clock.advance(61)
    store.sessions.keep("window", "a digest", seconds=60)
    assert {} == store.sessions.find("window", "a digest")


def test_a_kept_session_has_one_kind(store: Store) -> None:
    """A secret that is kept for another kind is a session of that kind only."""
    store.sessions.keep("window", "a digest", seconds=60)
    store.sessions.merge("window", "a digest", subject="alice")
    store.sessions.keep("agent", "a digest", seconds=60)
    assert store.sessions.find("window", "a digest") is None
    assert {} == store.sessions.find("agent", "a digest")


def test_a_session_is_ended_as_what_it_is(store: Store) -> None:
    """Whoever names it as another kind ends nothing."""
    alice = store.sessions.open("idp", {"sub": "alice"}, seconds=60)
    store.sessions.end("brand", alice)
    assert store.sessions.find("idp", alice) == {"sub": "alice"}


def test_a_session_is_taken_once(store: Store, clock: ManualClock) -> None:
    """With what it holds; not as another kind, and not when it is over."""
    alice = store.sessions.open("handover", {"name": "alice"}, seconds=60)
    over = store.sessions.open("handover", {}, seconds=1)
    clock.advance(1)

    assert store.sessions.take("window", alice) is None
    assert store.sessions.take("handover", alice) == {"name": "alice"}
    assert store.sessions.take("handover", alice) is None
    assert store.sessions.take("handover", over) is None
    assert store.sessions.take("handover", None) is None


def test_of_fifty_takers_of_a_session_one_wins(
    store: Store, in_parallel: Callable[[Callable[[int], Any], int], list[Any]]
) -> None:
    """However many come at the same moment."""
    alice = store.sessions.open("handover", {"name": "alice"}, seconds=60)
    taken = in_parallel(lambda _: store.sessions.take("handover", alice), 50)

    assert [{"name": "alice"}] == [one for one in taken if one is not None]
