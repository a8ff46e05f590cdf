from __future__ import annotations

from typing import Any

import pytest

from harness.protocol.problem import Problem, Refusal, describe


def test_a_refusal_carries_its_problem_and_notes() -> None:
    """What is raised names the code, what was asked for and seen, and what was noticed on the way."""
    note = Problem(code="jwks.member_ignored", expected="a key", observed="text", severity="info")
    refusal = Refusal("jwks.empty", expected="a key", observed="none", notes=(note,))
    assert refusal.problem == Problem(code="jwks.empty", expected="a key", observed="none")
    assert (refusal.notes, str(refusal)) == ((note,), "jwks.empty")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (7, "7"),
        (None, "None"),
        (["a", 1], "['a', 1]"),
        ("é\n\x1b", "'\\xe9\\n\\x1b'"),
        ("\ud800", "'\\ud800'"),
        ("a" * 78, f"'{'a' * 78}'"),
        ("a" * 79, f"'{'a' * 78}…"),
    ],
)
def test_a_foreign_value_is_shown_safely(value: Any, text: str) -> None:
    """Nothing but printable ASCII is shown of a foreign value, at most 80 characters of it."""
    assert describe(value) == text
    assert len(describe(value)) <= 80


def test_the_limit_of_a_description_can_be_set() -> None:
    """A shorter limit clips earlier."""
    assert describe("alice and bob", limit=8) == "'alice …"
