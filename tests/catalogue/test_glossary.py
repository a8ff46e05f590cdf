"""The glossary: every word of the harness, once, and what others say for it."""

from __future__ import annotations

from typing import get_args

import pytest

from harness.catalogue.glossary import Word, find, glossary
from harness.config import FLOWS, MODES, SCENARIOS, SURFACES
from harness.report.model import Outcome

WORDS = tuple(glossary().values())


def test_every_axis_and_its_values_are_words() -> None:
    """Whoever reads a report can look them up; scenarios and outcomes under their own word."""
    assert {
        *SURFACES,
        *FLOWS,
        *MODES,
        "surface",
        "flow",
        "mode",
        "policy",
        "scenario",
        "fault",
    } <= glossary().keys()
    assert all(one in glossary()["scenario"].means for one in SCENARIOS)
    assert all(one in glossary()["outcome"].means for one in get_args(Outcome))


@pytest.mark.parametrize("word", WORDS, ids=list(glossary()))
def test_a_word_says_what_it_is_in_a_sentence(word: Word) -> None:
    """And where a specification defines it."""
    assert word.means.endswith((".", "…"))
    assert bool(word.spec) == bool(word.link)
    assert not word.link or word.link.startswith("https://")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("server flow", "code"),
        ("client flow", "implicit"),
        ("Envelope Flow", "implicit"),
        ("relying party", "platform"),
        ("identity provider", "authorization server"),
        ("resource owner", "consumer"),
        ("pkce", "PKCE"),
    ],
)
def test_what_other_documents_say_leads_to_our_word(said: str, meant: str) -> None:
    """Whoever comes from the platform's documents, or from OAuth's, finds it."""
    assert [meant] == [one.word for one in find(said)]


def test_what_nobody_says_is_no_word() -> None:
    """Nothing is guessed."""
    assert () == find("frobnicate")


def test_no_word_means_two_things() -> None:
    """A word of ours is no other word's synonym, unless it is what others say for that one."""
    assert len({word.casefold() for word in glossary()}) == len(glossary())
