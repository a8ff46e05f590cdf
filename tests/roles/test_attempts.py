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
        assert 0 == attempts.wait("alice")
        attempts.failed("alice")
        clock.advance(1)

    assert 60 - ATTEMPTS == attempts.wait("alice")
    clock.advance(60 - ATTEMPTS)
    assert 0 == attempts.wait("alice")
    attempts.failed("alice")
    assert 1 == attempts.wait("alice")


def test_each_name_and_each_thing_is_counted_apart(store: Store, clock: ManualClock) -> None:
    """Nobody waits for another's mistakes."""
    guessing, other = (Attempts(store, clock, what) for what in ("guessing", "other"))
    for _ in range(ATTEMPTS):
        guessing.failed("alice")

    assert [60, 0, 0] == [guessing.wait("alice"), guessing.wait("bob"), other.wait("alice")]


def test_failures_at_once_all_count(
    store_url: str, clock: ManualClock, in_parallel: Callable[[Callable[[int], Any], int], list[Any]]
) -> None:
    """In two processes together, on either database."""
    with Store(store_url, clock) as one, Store(store_url, clock) as other:
        counts = [Attempts(store, clock, "guessing") for store in (one, other)]
        in_parallel(lambda number: counts[number % 2].failed("alice"), ATTEMPTS)

        assert [60, 60] == [count.wait("alice") for count in counts]
