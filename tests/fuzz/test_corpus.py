"""What was fuzzed once is read as ever: every input of every corpus, in each run of the tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from e2e.fuzz.engine import attempt, watched
from e2e.fuzz.kept import ACCEPTED, FOLDER, FOUND, REFUSED, entries, save, seeds
from e2e.fuzz.menu import TARGETS
from e2e.fuzz.model import Found, Read

LARGEST = 8 * 1024
"""Octets of an input: the corpus goes with every release."""

INPUTS = [pytest.param(name, path, id=f"{name}/{path.name}") for name in TARGETS for path in entries(name)]


@pytest.fixture
def reader() -> Iterator[Callable[[str], Read]]:
    """Give a target's reader, made once for all of its inputs."""
    with watched():
        yield _reader


@cache
def _reader(name: str) -> Read:
    return TARGETS[name].prepare()


@pytest.mark.parametrize(("name", "path"), INPUTS)
def test_an_input_is_read_as_its_name_says(name: str, path: Path, reader: Callable[[str], Read]) -> None:
    """It is accepted, or refused as documented; what was found once only has to be one of both."""
    word, defect = attempt(TARGETS[name], reader(name), path.read_bytes())
    became = ACCEPTED if word is None else REFUSED

    assert defect is None
    assert path.name.partition("-")[0] in (became, FOUND)


@pytest.mark.parametrize("name", TARGETS)
def test_a_corpus_has_what_is_accepted_and_what_is_refused(name: str) -> None:
    """A target that accepts nothing would look only at the first check."""
    beginnings = {path.name.partition("-")[0] for path in entries(name)}

    assert {ACCEPTED, REFUSED} <= beginnings
    assert {ACCEPTED, REFUSED, FOUND} >= beginnings


def test_every_corpus_has_a_target_and_is_small() -> None:
    """Nothing lies there that nobody reads."""
    assert TARGETS.keys() == {one.name for one in FOLDER.iterdir()}
    assert [] == [path for name in TARGETS for path in entries(name) if path.stat().st_size > LARGEST]


def test_what_is_found_is_kept(tmp_path: Path) -> None:
    """Under a name of its own, so that it is replayed until it is mended, and ever after."""
    found = Found(target="json", kind="exception", said="TypeError", octets=b"[")

    path = save(found, tmp_path)

    assert (path,) == entries("json", tmp_path)
    assert path.name.startswith(f"{FOUND}-")
    assert (b"[",) == seeds("json", tmp_path)
