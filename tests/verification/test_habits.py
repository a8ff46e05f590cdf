"""The platform's own choices are the strict ones unless somebody replaces them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.protocol import pkce
from harness.verification.habits import Habits

if TYPE_CHECKING:
    from tests.verification.conftest import World


@pytest.mark.parametrize("length", [43, 128])
def test_a_verifier_is_long_enough_and_new_each_time(length: int) -> None:
    """It has the configured length, unreserved characters, and is never the same (RFC 7636 section 4.1)."""
    made = [Habits().code_verifier(length) for _ in range(2)]
    assert [len(verifier) for verifier in made] == [length, length]
    assert all(pkce.is_code_verifier(verifier) for verifier in made)
    assert made[0] != made[1]


def test_a_consumer_is_known_by_account_issuer_and_subject() -> None:
    """Whoever differs in one of them is somebody else (OpenID Connect Core section 5.7)."""
    keys = {
        Habits().profile_key(*who, {})
        for who in [("a", "i", "s"), ("b", "i", "s"), ("a", "j", "s"), ("a", "i", "t")]
    }
    assert len(keys) == 4


def test_calls_and_popups_use_the_verifier_that_habit_makes(world: World) -> None:
    """A weak one is seen in both, so that the checks can show it."""
    weak = "v" * 43
    world.habits = Habits(code_verifier=lambda length: weak)
    world.answer = lambda: {"error": "invalid_grant"}
    call = world.open("code-pkce")
    world.hand_over(call, "a c0de")
    asked = world.popup("code-pkce")
    world.come_back({"code": "another c0de", "state": asked["state"]}, "query")
    assert [call.code_challenge, asked["code_challenge"]] == [pkce.s256(weak)] * 2
    assert [form["code_verifier"] for form in world.exchanged] == [[weak], [weak]]


def test_a_verifier_that_is_none_is_not_sent(world: World) -> None:
    """A habit that makes too short a verifier is the platform's own mistake, and the code stays here."""
    world.habits = Habits(code_verifier=lambda length: "too-short")
    assert world.hand_over(world.open("code-pkce"), "c0de").code == "pkce.verifier_invalid"
    assert world.exchanged == []
