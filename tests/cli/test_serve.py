"""``harness serve`` as a user types it, as far as nothing is served."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from harness.cli import run
from harness.console import Console
from harness.console.history import HistoryPages
from harness.errors import UsageError
from harness.history import Runs, place_of
from tests.history import made

PORT = 8123


@pytest.fixture(autouse=True)
def _no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the file say where runs are kept."""
    monkeypatch.delenv("HARNESS_HISTORY", raising=False)


def shown(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the list of earlier runs that the command would serve."""
    pages: list[HistoryPages] = []

    def serving(*parts: Any, **_: object) -> None:
        pages.extend(one for one in parts if isinstance(one, HistoryPages))
        raise UsageError("that is enough")

    monkeypatch.setattr(importlib.import_module("harness.cli.serve"), "serving", serving)
    assert 2 == run(["serve", *arguments])
    console = Console(*pages, port=PORT)
    client = TestClient(console.asgi(), base_url=f"http://harness.localhost:{PORT}")
    client.get(console.url)
    return client.get("/runs").text


def test_earlier_runs_are_those_of_the_file(brand_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it keeps them, although no secret of it is known here."""
    place = place_of(named=str(brand_file.parent / "elsewhere.db"))
    assert place is not None
    with Runs(place, make=True) as runs:
        runs.keep(made.run(subject="brand.toml of the shop"), newest=1)
    brand_file.write_text(brand_file.read_text("utf-8") + '\n[history]\npath = "elsewhere.db"\n', "utf-8")

    assert "brand.toml of the shop" in shown([str(brand_file)], monkeypatch)


def test_where_the_file_keeps_none_that_is_said(brand_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Instead of runs of somebody else."""
    brand_file.write_text(brand_file.read_text("utf-8") + "\n[history]\nkeep = 0\n", "utf-8")

    assert "the file says keep = 0" in shown([str(brand_file)], monkeypatch)


def test_a_file_with_a_mistake_is_served_all_the_same(
    brand_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The walkthrough is there to mend it."""
    brand_file.write_text(brand_file.read_text("utf-8") + "\n[history]\nkeep = 'all'\n", "utf-8")

    assert "No run is kept yet" in shown([str(brand_file)], monkeypatch)


def test_the_help_says_whose_flow_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody waits for what they do by hand."""
    assert 0 == run(["serve", "--help"])

    told = " ".join(capsys.readouterr().out.split())
    assert "the flow of each case that the walkthrough runs, not of what you do by hand in the shop" in told
