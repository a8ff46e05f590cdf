"""``harness check`` as a user types it, as far as no browser is needed."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from harness.cli import run
from harness.history import Runs, place_of
from tests.made import report, result


class Ended:
    """Stands where the harness does, in a run that has come to its end."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def check_attendance(self) -> None:
        """Nobody is needed."""

    def __enter__(self) -> Ended:
        return self

    def __exit__(self, *_: object) -> None:
        pass


@pytest.fixture
def finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a command's cases run already, and its history be the test's own."""
    command = importlib.import_module("harness.cli.check")  # the package has the command by that name
    monkeypatch.setattr(command, "Harness", Ended)
    monkeypatch.setattr(command, "onboard", lambda *_, **__: report(result()))
    monkeypatch.setenv("HARNESS_HISTORY", str(tmp_path / "runs.db"))


def _kept() -> int:
    place = place_of()
    assert place is not None
    with Runs(place) as runs:
        return len(runs.heads())


def test_a_fault_is_for_the_sample_alone(
    brand_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing can be broken on a brand of one's own, so a result under a fault's name would be a lie."""
    monkeypatch.setenv("NOT_SET_ANYWHERE", "x")

    assert 2 == run(["check", str(brand_file), "--fault", "exp-past"])
    assert "leave it out for a brand of one's own" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--trace", "--har"])
def test_recordings_need_a_folder(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence that names the option to add."""
    assert 2 == run(["check", option])
    assert "name the folder for them with --out DIR" in capsys.readouterr().err


@pytest.mark.parametrize("kept", [(), ("--out", "somewhere"), ("--format", "json")])
def test_what_is_said_about_real_people_is_not_shown(
    kept: tuple[str, ...],
    brand_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Claims are those of invented people, wherever they would go."""
    monkeypatch.setenv("NOT_SET_ANYWHERE", "x")

    assert 2 == run(["check", str(brand_file), "--show-claims", *kept])
    said = capsys.readouterr().err
    assert 1 == len(said.splitlines())
    assert "sample brand's alone, so leave it out, or see harness demo" in said
    assert not Path("somewhere").exists()


def test_no_file_can_ask_for_claims_to_be_shown(brand_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever looks says so each time."""
    brand_file.write_text("show_claims = true\n" + brand_file.read_text("utf-8"), "utf-8")

    assert 2 == run(["check", str(brand_file)])
    assert "unknown key 'show_claims'" in capsys.readouterr().err


@pytest.mark.usefixtures("finished")
def test_a_stdout_that_is_closed_takes_no_report_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of ``harness check | head``: the folder and the history are as whole as ever."""

    class Closed:
        encoding = "utf-8"

        def write(self, _: object) -> int:
            raise BrokenPipeError(32, "Broken pipe")

        def flush(self) -> None:
            pass

    monkeypatch.setattr(sys, "stderr", sys.stderr)  # click puts others in the place of both
    monkeypatch.setattr(sys, "stdout", Closed())
    with pytest.raises(SystemExit):
        run(["check", "--out", str(tmp_path / "out")])

    assert {"junit.xml", "report.html", "report.json", "summary.md"} == {
        path.name for path in (tmp_path / "out").iterdir()
    }
    assert 1 == _kept()


@pytest.mark.parametrize("broken", ["Folder.finish", "Keeping.keep"])
@pytest.mark.usefixtures("finished")
def test_what_cannot_be_kept_is_printed_all_the_same(
    broken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A full disk or a mistake of ours at the end costs no result."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    owner, _, name = broken.partition(".")
    monkeypatch.setattr(getattr(importlib.import_module("harness.cli.check"), owner), name, fail)

    assert 3 == run(["check", "--out", str(tmp_path / "out")])
    said = capsys.readouterr()
    assert "1 of 1 cases authenticated" in said.out
    assert "No space left on device" in said.err


@pytest.mark.parametrize("option", ["out", "trace", "har", "show_claims", "headed"])
def test_nothing_is_recorded_unless_it_is_asked_for(option: str) -> None:
    """No trace, no traffic, no pictures, which need a folder, and no claim with its value."""
    command = importlib.import_module("harness.cli.check").check

    assert not command.make_context("check", []).params[option]
