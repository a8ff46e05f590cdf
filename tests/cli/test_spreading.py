"""How a check is spread, as a user types it."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from harness.cli import run
from harness.config import Config
from harness.executors.spread import Spread
from harness.matrix import cases
from harness.shards import Part, as_part
from tests.made import report, result

ROWS = cases(Config().matrix)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Note what a check is asked for; its cases have passed already."""
    heard: dict[str, Any] = {}

    def onboard(_: object, rows: Any, **options: Any) -> Any:
        heard.update(options, rows=rows)
        return report(*(result(case) for case in rows))

    monkeypatch.setattr(importlib.import_module("harness.cli.check"), "onboard", onboard)
    return heard


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--shard", "2"), "it takes a part and how many there are, as 2/5"),
        (("--shard", "0/5"), "it takes a part and how many there are"),
        (("--shard", "6/5"), "it takes a part and how many there are"),
        (("--shard", "1/13"), "there are 12 cases; take at most 12 parts"),
        (("--workers", "0"), "0 is not in the range"),
        (("--workers", "2", "--proxy-port", "7000"), "each of 2 workers has a proxy"),
    ],
)
def test_bad_input_gets_one_sentence(
    arguments: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says what is allowed."""
    assert 2 == run(["check", *arguments])
    said = capsys.readouterr().err
    assert told in said
    assert 1 == len(said.splitlines())


def test_workers_are_as_many_as_asked_for(asked: dict[str, Any]) -> None:
    """Never more than there are cases."""
    assert 0 == run(["check", "--workers", "3"])
    assert Spread(workers=3) == asked["spread"]

    assert 0 == run(["check", "--surface", "popup", "--flow", "code", "--workers", "3"])
    assert Spread(workers=1) == asked["spread"]


def test_with_fewer_accounts_there_are_fewer_workers(
    brand_file: Path,
    asked: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One sentence says why, and what to add."""
    monkeypatch.setenv("NOT_SET_ANYWHERE", "x")
    monkeypatch.setattr(importlib.import_module("harness.cli.check"), "_preflight", lambda *_, **__: None)

    assert 0 == run(["check", str(brand_file), "--flow", "implicit", "--workers", "3"])
    said = " ".join(capsys.readouterr().err.split())
    assert "1 worker instead of 2: nobody is signed in twice at once" in said
    assert Spread(workers=1) == asked["spread"]


def test_a_shard_runs_its_cases_and_says_which_it_is(
    asked: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """One of every five, from the second."""
    assert 0 == run(["check", "--shard", "2/5", "--format", "json"])

    said = json.loads(capsys.readouterr().out)
    assert ROWS[1::5] == asked["rows"]
    assert (2, 5, [1, 6, 11]) == tuple(said["shard"][name] for name in ("number", "of", "places"))


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """Give two files with the reports of two shards."""
    paths = tmp_path / "1.json", tmp_path / "2.json"
    for number, path in enumerate(paths, 1):
        part = Part(number, 2)
        done = report(*(result(case) for case in part.rows(ROWS)))
        path.write_text(as_part(done, part, Config(), ROWS).as_json(), "utf-8")
    return paths


def test_shards_become_one_run_in_every_form(
    two: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On stdout in the one asked for, in the folder in all."""
    assert 0 == run(["runs", "merge", *map(str, two), "--format", "json", "--out", str(tmp_path / "out")])

    said = json.loads(capsys.readouterr().out)
    assert [one.id for one in ROWS] == [one["id"] for one in said["cases"]]
    assert said == json.loads((tmp_path / "out" / "report.json").read_bytes())
    assert {"junit.xml", "report.html", "report.json", "summary.md"} == {
        path.name for path in (tmp_path / "out").iterdir()
    }


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{}", "is no report of a run"),
        ("[]", "is no report"),
        ("no", "is no report"),
        pytest.param("[" * 100_000, "is no report", id="deep"),
    ],
)
def test_what_is_no_report_is_one_sentence(
    content: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what to name instead."""
    path = tmp_path / "some.json"
    path.write_text(content, "utf-8")

    assert 2 == run(["runs", "merge", str(path)])
    said = capsys.readouterr().err
    assert told in said
    assert 1 == len(said.splitlines())


def test_a_shard_that_is_not_there_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where no history is kept in which it could be."""
    assert 2 == run(["runs", "merge", str(tmp_path / "nowhere")])
    said = capsys.readouterr().err
    assert f"there is no {tmp_path / 'nowhere'}" in said
    assert "--shard" in said
    assert 1 == len(said.splitlines())


def test_a_shard_that_is_missing_is_named(two: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is printed that could be taken for a run."""
    assert 2 == run(["runs", "merge", str(two[1])])
    printed = capsys.readouterr()
    assert "shard 1/2 is missing" in printed.err
    assert not printed.out
