"""What ``harness check`` keeps of its runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlalchemy import create_engine, update

from harness.checks import judgement
from harness.cli import keeping
from harness.cli.check import check
from harness.cli.keeping import Keeping
from harness.config import Config, History
from harness.errors import UsageError
from harness.history import Runs, place_of
from harness.history.tables import runs as runs_table
from harness.report.model import CaseResult, Report
from harness.timeline import Facts, Header, Timeline
from tests.history.made import EMBEDDED, refused
from tests.made import report, result

Capture = pytest.CaptureFixture[str]


@pytest.fixture(name="file")
def _file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Name a history of the test's own."""
    path = tmp_path / "kept" / "runs.db"
    monkeypatch.setenv("HARNESS_HISTORY", str(path))
    return path


def finish(arguments: list[str], ended: Report, config: Config | None = None) -> None:
    """Do what the command does around a run that came to this."""
    context = check.make_context("check", arguments)
    past = Keeping(config or Config(), context)
    hear = past.hearing(lambda _: None)
    for case in ended.cases:
        facts = Facts.model_validate(case.model_dump(include=set(Facts.model_fields)))
        hear(Timeline((), Header(run=ended.run, rules=ended.rules, case=facts)))
    past.keep(ended, preflight=False)


def ended(name: str, *cases: CaseResult) -> Report:
    """Return a report of a run with a name."""
    return report(*(cases or (result(EMBEDDED),))).model_copy(update={"run": name})


def titles() -> list[str]:
    """Return the titles of the kept runs, the oldest first."""
    place = place_of()
    assert place is not None
    with Runs(place) as runs:
        return [one.title for one in runs.heads()][::-1]


@pytest.mark.usefixtures("file")
def test_the_options_that_narrow_a_run_are_in_its_title() -> None:
    """Others are in its command only."""
    finish(["--flow", "code-pkce,code", "--surface", "popup", "--headed"], ended("a"))
    finish(["--flow", "code", "--flow", "code-pkce", "--format", "json", "--surface", "popup"], ended("b"))
    place = place_of()
    assert place is not None
    with Runs(place) as runs:
        first, second = runs.find("a"), runs.find("b")

    assert "sample brand --surface popup --flow code,code-pkce" == first.title
    assert first.series == second.series
    assert "harness check --surface popup --flow code,code-pkce --headed" == first.about.command


@pytest.mark.usefixtures("file")
def test_a_file_is_called_by_its_name(tmp_path: Path) -> None:
    """Wherever it lies, so that a checkout elsewhere goes on with its series."""
    for folder in ("one", "another"):
        finish([str(tmp_path / folder / "brand.toml"), "--fault", "exp-past"], ended(folder))

    assert ["brand.toml --fault exp-past"] * 2 == titles()


@pytest.mark.usefixtures("file")
def test_what_is_worse_is_told_at_once(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line on stderr; where nothing is, nothing is said."""
    finish([], ended("a"))
    finish([], ended("b"))
    assert "" == capsys.readouterr().err

    monkeypatch.setattr(judgement, "CHECKS", judgement.CHECKS[1:])
    finish([], ended("c", refused(EMBEDDED)))
    assert (
        "harness: 1 new failure, 1 lost check since run b; harness runs diff tells more\n"
        == capsys.readouterr().err
    )


def test_a_run_that_cannot_be_kept_is_one_warning(file: Path, capsys: Capture) -> None:
    """A disk that is full or read-only fails no run."""
    file.parent.write_text("no folder", "utf-8")
    finish([], ended("a"))
    said = capsys.readouterr()

    assert ("", 1) == (said.out, len(said.err.splitlines()))
    assert said.err.startswith(f"harness: this run is not kept; the history in {file} cannot be used: ")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_of_somebody_else_is_one_warning(file: Path, capsys: Capture) -> None:
    """Permissions as well."""
    file.parent.mkdir(mode=0o500)
    finish([], ended("a"))

    assert "this run is not kept" in capsys.readouterr().err


def test_nothing_is_kept_where_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the variable, or by the file."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("HARNESS_HISTORY", "off")
    finish([], ended("a"))
    monkeypatch.delenv("HARNESS_HISTORY")
    finish([], ended("b"), Config(history=History(keep=0)))

    assert [] == list(tmp_path.iterdir())


def test_the_file_says_how_many_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each series the newest."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv("HARNESS_HISTORY")
    for name in ("a", "b", "c"):
        finish([], ended(name), Config(history=History(keep=2)))

    assert 2 == len(titles())


@pytest.mark.parametrize("step", ["keep", "before"])
@pytest.mark.usefixtures("file")
def test_whatever_cannot_be_used_is_one_warning(
    step: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a history that is taken away meanwhile: the run's report is not to be lost for it."""

    def gone(*_: object, **__: object) -> None:
        raise UsageError("no run is kept there")

    monkeypatch.setattr(Runs, step, gone)
    finish([], ended("a"))

    assert 1 == len(capsys.readouterr().err.splitlines())


@pytest.mark.usefixtures("file")
def test_runs_that_cannot_be_compared_are_one_warning(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new one is kept all the same."""

    def unlike(*_: object) -> None:
        raise UsageError("these two cannot be compared")

    finish([], ended("a"))
    monkeypatch.setattr(keeping, "compare", unlike)
    finish([], ended("b"))

    assert "harness: this run is not compared; these two cannot be compared\n" == capsys.readouterr().err
    assert 2 == len(titles())


@pytest.mark.usefixtures("file")
def test_a_run_before_that_cannot_be_read_is_one_warning(capsys: Capture) -> None:
    """The new one is kept all the same."""
    finish([], ended("a"))
    place = place_of()
    assert place is not None
    engine = create_engine(place.url)
    with engine.begin() as connection:
        connection.execute(update(runs_table).values(verdict="splendid"))
    engine.dispose()
    finish([], ended("b"))

    assert "this run is not compared; " in capsys.readouterr().err
    with Runs(place) as runs:
        assert "b" == runs.find("b").id
