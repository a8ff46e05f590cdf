"""The words that the harness uses, and what others say for them: ``glossary.toml``, read once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal

from harness.catalogue.table import read
from harness.settings import Settings


class Word(Settings):
    """A word with its one meaning.

    Attributes:
        word: The word itself.
        part: Whether it is one of this harness, or one of the specifications and of browsers.
        means: What it is.
        also: What other documents call it.
        spec: Where a word of the field is defined; empty where nowhere.
        link: Where that is written.
    """

    word: str
    part: Literal["harness", "field"]
    means: str
    also: tuple[str, ...] = ()
    spec: str = ""
    link: str = ""


@cache
def glossary() -> Mapping[str, Word]:
    """Return every word by itself, in the order of the file."""
    return {word: Word(word=word, **row) for word, row in read("glossary.toml").items()}


def find(name: str) -> tuple[Word, ...]:
    """Return the words that are called so, here or in other documents; capitals do not count.

    Args:
        name: A word, or what somebody else says for it.
    """
    wanted = name.casefold()
    exact = tuple(one for one in glossary().values() if one.word.casefold() == wanted)
    return exact or tuple(
        one for one in glossary().values() if wanted in (also.casefold() for also in one.also)
    )
