"""A place for runs on both databases, and the file of a brand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.history import Place, Runs, place_of
from tests.cli.conftest import brand_file as brand_file  # a fixture, by its name


@pytest.fixture
def place(store_url: str) -> Place:
    """Give a place of kept runs, one test's own."""
    found = place_of(named=store_url)
    assert found is not None
    return found


@pytest.fixture
def runs(place: Place) -> Iterator[Runs]:
    """Give an empty history on either database."""
    with Runs(place, make=True) as runs:
        yield runs


@pytest.fixture
def file(tmp_path: Path) -> Place:
    """Give a place in a file."""
    found = place_of(named=str(tmp_path / "kept" / "runs.db"))
    assert found is not None
    return found
