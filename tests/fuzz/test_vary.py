"""Inputs are made of seeds: different ones, within bounds, the same for the same generator."""

from __future__ import annotations

import json
from random import Random

import pytest

from e2e.fuzz import vary
from e2e.fuzz.kept import seeds
from e2e.fuzz.menu import TARGETS
from e2e.fuzz.model import Vary

SEEDS = (b'{"sub": "alice", "aud": ["a", {"b": 1}], "exp": 1795176300}', b"[1, 2]")


@pytest.mark.parametrize("make", [vary.octets(b"word"), vary.values("sub"), vary.lines(vary.values("sub"))])
def test_inputs_differ_and_are_bounded(make: Vary) -> None:
    """Most of a thousand are different ones, none is longer than any reader takes."""
    random = Random(1)
    made = [make(random, SEEDS) for _ in range(1_000)]

    assert 500 < len(set(made))
    assert vary.LONGEST >= max(map(len, made))


def test_changed_json_is_mostly_still_json() -> None:
    """So that it gets past the parser, to what reads the values."""
    random, make = Random(1), vary.values("sub")
    parsed = 0
    for _ in range(500):
        try:
            json.loads(make(random, SEEDS))
        except (ValueError, RecursionError):
            continue
        parsed += 1

    assert 250 < parsed


@pytest.mark.parametrize("name", TARGETS)
def test_every_target_can_vary_its_corpus(name: str) -> None:
    """What changes an input takes all of its seeds."""
    random = Random(1)

    assert 20 < len({TARGETS[name].vary(random, seeds(name)) for _ in range(100)})
