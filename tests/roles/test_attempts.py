"""Who fails too often waits, whichever process has counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.clock import ManualClock
from harness.roles.attempts import ATTEMPTS, Attempts
from harness.store import Store


def test_who_has_failed_too_often_waits_for_the_oldest_to_be_a_minute_old(
    store: Store, clock: ManualClock
) -> None:
    """Every failure counts for a minute of its own."""
    attempts = Attempts(store, clock, "guessing")
    for _ in range(ATTEMPTS):
        assert 0 == attempts.begin("alice")
        clock.advance(1)

    assert 60 - ATTEMPTS == attempts.begin("alice")
    clock.advance(60 - ATTEMPTS)
    assert [0, 1] == [attempts.begin("alice"), attempts.begin("alice")]


def test_who_succeeds_has_failed_no_more_often(store: Store, clock: ManualClock) -> None:
    """However often, and without anything being forgotten of what failed before."""
    attempts = Attempts(store, clock, "guessing")
    for _ in range(ATTEMPTS - 1):
        attempts.begin("alice")
    for _ in range(ATTEMPTS):
        assert 0 == attempts.begin("alice")
        attempts.succeeded("alice")

    assert [0, 60] == [attempts.begin("alice"), attempts.begin("alice")]


def test_each_name_and_each_thing_is_counted_apart(store: Store, clock: ManualClock) -> None:
    """Nobody waits for another's mistakes."""
    guessing, other = (Attempts(store, clock, what) for what in ("guessing", "other"))
    for _ in range(ATTEMPTS):
        guessing.begin("alice")

    assert [60, 0, 0] == [guessing.begin("alice"), guessing.begin("bob"), other.begin("alice")]


def test_attempts_are_counted_in_a_block_too(store_url: str, clock: ManualClock) -> None:
    """With what else a request writes, on either database."""
    with Store(store_url, clock) as store:
        attempts = Attempts(store, clock, "guessing")
        for _ in range(ATTEMPTS):
            with store.together():
                store.events.append("idp", "login.failed")
                store.sessions.open("idp-login", {}, seconds=60)
                assert 0 == attempts.begin("alice")
        with store.together():
            assert 60 == attempts.begin("alice")
            attempts.succeeded("alice")
            assert [0, 60] == [attempts.begin("alice"), attempts.begin("alice")]

        assert [60, 0] == [attempts.begin("alice"), attempts.begin("bob")]


def test_of_attempts_at_once_no_more_than_the_limit_are_looked_at(
    store_url: str, clock: ManualClock, in_parallel: Callable[[Callable[[int], Any], int], list[Any]]
) -> None:
    """In two processes together, on either database."""
    with Store(store_url, clock) as one, Store(store_url, clock) as other:
        counts = [Attempts(store, clock, "guessing") for store in (one, other)]
        waits = in_parallel(lambda number: counts[number % 2].begin("alice"), 2 * ATTEMPTS)

    assert [0] * ATTEMPTS + [60] * ATTEMPTS == sorted(waits)
