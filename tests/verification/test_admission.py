"""Who is taken in when many come at once, and what is left when nobody is: on both databases."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.clock import ManualClock
from harness.config import Config, Flow
from harness.protocol import jose
from harness.store import Store
from harness.verification.decision import Verdict

if TYPE_CHECKING:
    from tests.verification.conftest import World

ISSUER = Config().connector("implicit").issuer
MANY = 50
Race = Callable[[list[tuple[str, str]], Flow], list[Verdict]]


@pytest.fixture
def store(store_url: str, clock: ManualClock) -> Iterator[Store]:
    """Give an empty store on either database."""
    with Store(store_url, clock) as store:
        yield store


@pytest.fixture
def race(world: World, in_parallel: Callable[[Callable[[int], Any], int], list[Any]]) -> Race:
    """Hand over credentials all at once, each in its window, and return the verdicts."""

    def run(handed: list[tuple[str, str]], flow: Flow = "implicit") -> list[Verdict]:
        calls = [world.open(flow, session=window) for window, _ in handed]

        def hand_over(number: int) -> Verdict:
            window, token = handed[number]
            return world.hand_over(calls[number], token, window)

        return in_parallel(hand_over, len(handed))

    return run


def windows(world: World, count: int = MANY) -> list[str]:
    """Open windows."""
    return [world.store.sessions.open("window", {}, seconds=600) for _ in range(count)]


def subject_of(world: World, window: str) -> Any:
    """Return whose window it is."""
    return (world.store.sessions.find("window", window) or {}).get("subject")


def the_winner(verdicts: list[Verdict], refused: str) -> int:
    """Return the number of the one that was authenticated, when all others were refused with one code."""
    assert {None: 1, refused: MANY - 1} == Counter(verdict.code for verdict in verdicts)
    (winner,) = [number for number, one in enumerate(verdicts) if one.outcome == "authenticated"]
    return winner


@pytest.mark.parametrize("flow", ["implicit", "implicit-jwe"])
def test_of_fifty_sessions_with_one_id_token_one_is_taken_in(flow: Flow, world: World, race: Race) -> None:
    """A token is one session's, in which wrapping it may come, and the others are left as they were."""
    key, opened = world.signing_key, windows(world)
    signed = jose.sign({"alg": "RS256", "kid": key.kid}, world.claims(flow), key, algorithm="RS256")
    tokens = [world.encrypted(signed) if flow == "implicit-jwe" else signed for _ in opened]
    winner = the_winner(race(list(zip(opened, tokens, strict=True)), flow), "platform.token_replayed")

    subjects = [subject_of(world, window) for window in opened]
    assert ["fernhill", ISSUER, "alice"] == subjects[winner]
    assert MANY - 1 == subjects.count(None)
    assert [1] == [known.engagements for known in world.store.people.profiles()]
    again = world.hand_over(world.open(flow, session=opened[winner]), tokens[winner], opened[winner])
    assert "authenticated" == again.outcome


def test_of_fifty_sessions_with_one_code_one_is_taken_in(world: World, race: Race) -> None:
    """A code goes to the token endpoint once, whoever else has it."""
    world.answer = lambda: {"id_token": world.token("code")}
    handed = [(window, "c0de") for window in windows(world)]
    the_winner(race(handed, "code"), "platform.code_replayed")

    assert 1 == len(world.exchanged)
    assert [1] == [known.engagements for known in world.store.people.profiles()]


def test_of_fifty_tokens_with_one_jti_one_is_taken_in(world: World, race: Race) -> None:
    """A ``jti`` is one token's, whichever comes first."""
    handed = [(window, world.token(jti="one", more=n)) for n, window in enumerate(windows(world))]
    winner = the_winner(race(handed, "implicit"), "platform.token_replayed")

    window, token = handed[winner]
    assert "authenticated" == world.hand_over(world.open(session=window), token, window).outcome


def test_of_fifty_subjects_in_one_window_one_is_taken_in(world: World, race: Race) -> None:
    """A window is one consumer's; the others' tokens are not used up and good in a window of their own."""
    shared, own = windows(world, 2)
    tokens = [world.token(sub=f"consumer {n}", jti=f"{n}") for n in range(MANY)]
    winner = the_winner(race([(shared, token) for token in tokens], "implicit"), "platform.subject_changed")

    assert ["fernhill", ISSUER, f"consumer {winner}"] == subject_of(world, shared)
    assert [f"consumer {winner}"] == [known.sub for known in world.store.people.profiles()]
    loser = tokens[winner - 1]
    assert "authenticated" == world.hand_over(world.open(session=own), loser, own).outcome


def test_one_session_may_present_its_token_fifty_times_at_once(world: World, race: Race) -> None:
    """A window that presents its own token in parallel is refused nowhere, and is one profile."""
    (window,) = windows(world, 1)
    verdicts = race([(window, world.token(jti="one"))] * MANY, "implicit")

    assert {"authenticated"} == {verdict.outcome for verdict in verdicts}
    assert [MANY] == [known.engagements for known in world.store.people.profiles()]


def test_many_consumers_in_their_own_windows_do_not_wait_for_each_other_for_ever(
    world: World, race: Race
) -> None:
    """Consumers of whom every two share a profile and every two share a window are all taken in."""
    opened = windows(world, MANY // 2)
    handed = [(opened[n // 2], world.token(sub=f"consumer {n // 4}", jti=f"{n}")) for n in range(MANY)]
    verdicts = race(handed, "implicit")

    assert {"authenticated"} == {verdict.outcome for verdict in verdicts}
    assert MANY == sum(known.engagements for known in world.store.people.profiles())


@pytest.mark.parametrize("reason", ["platform.token_replayed", "platform.subject_changed"])
def test_who_is_refused_leaves_nothing(reason: str, world: World) -> None:
    """A window in which a consumer was refused is as it was before, and so is the token."""
    first, second = windows(world, 2)
    alices, bobs = world.token(), world.token(sub="bob")
    window, token = {
        "platform.token_replayed": (second, alices),
        "platform.subject_changed": (first, bobs),
    }[reason]
    assert "authenticated" == world.hand_over(world.open(session=first), alices, first).outcome
    before = [subject_of(world, one) for one in (first, second)]
    assert reason == world.hand_over(world.open(session=window), token, window).code

    assert before == [subject_of(world, one) for one in (first, second)]
    assert ["alice"] == [known.sub for known in world.store.people.profiles()]
    assert "authenticated" == world.hand_over(world.open(session=second), bobs, second).outcome


def test_a_process_that_is_killed_leaves_nothing_half_done(store_url: str, clock: ManualClock) -> None:
    """Killed before any statement of an admission, or before its commit, it leaves no trace of it."""
    script = Path(__file__).with_name("dying.py")
    command = [sys.executable, str(script), store_url, str(clock.now())]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    *killed, (_, whole) = (line.split("\t") for line in said)
    words = [word for word, _ in killed]

    assert {'{"rows": [0, 0, 0, 0], "window": []}'} == {left for _, left in killed}
    assert {"rows": [3, 1, 1, 1], "window": ["credential", "renewal", "subject"]} == json.loads(whole)
    assert "COMMIT" == words[-1]
    assert 3 == words.count("INSERT INTO seen")
    tables = ("transactions", "profiles", "engagements")
    assert {"UPDATE sessions SET", *(f"INSERT INTO {table}" for table in tables)} <= set(words)
