"""``harness runs`` as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.checks import judgement
from harness.cli import run as harness
from harness.history import KeptRun, Runs, place_of
from tests.history.made import EMBEDDED, NOON, POPUP, refused, run

Capture = pytest.CaptureFixture[str]


@pytest.fixture(name="file")
def _file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Name a history of the test's own."""
    path = tmp_path / "runs.db"
    monkeypatch.setenv("HARNESS_HISTORY", str(path))
    return path


def keep(*kept: KeptRun) -> None:
    """Keep runs where the test has its history."""
    place = place_of()
    assert place is not None
    with Runs(place, make=True) as runs:
        for one in kept:
            runs.keep(one, newest=200)


def test_an_empty_history_is_no_error(file: Path, capsys: Capture) -> None:
    """Nothing on stdout, the way on on stderr, and an empty list for a program."""
    assert 0 == harness(["runs", "list"])
    told = capsys.readouterr()
    assert ("", True) == (told.out, "harness check keeps every run" in told.err)

    assert 0 == harness(["runs", "list", "--format", "json"])
    assert {"schema": 1, "runs": []} == json.loads(capsys.readouterr().out)
    assert not file.exists()


@pytest.mark.usefixtures("file")
def test_the_list_is_the_newest_first_and_says_where_it_ends(capsys: Capture) -> None:
    """With as many as are asked for."""
    keep(run(name="first"), run(name="second"), run(name="third"))

    assert 0 == harness(["runs", "list", "--limit", "2"])
    told = capsys.readouterr()
    assert ["third", "second"] == [line.split()[0] for line in told.out.splitlines()[1:]]
    assert "there are more" in told.err


@pytest.mark.usefixtures("file")
def test_a_run_is_shown_by_its_first_letters(capsys: Capture) -> None:
    """The latest where none is named; as text and as JSON."""
    keep(run(name="abc"), run(refused(POPUP), name="xyz"))

    assert 0 == harness(["runs", "show"])
    assert "refused, claims.expired" in capsys.readouterr().out
    assert 0 == harness(["runs", "show", "ab", "--format", "json"])
    assert ("abc", "abc") == (
        (values := json.loads(capsys.readouterr().out))["id"],
        values["report"]["run"],
    )


@pytest.mark.usefixtures("file")
def test_a_lost_check_is_shown_and_exits_one(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """The suite is as green as before, and that is why."""
    keep(run())
    without = tuple(one for one in judgement.CHECKS if one.__name__ != "check_csp")
    monkeypatch.setattr(judgement, "CHECKS", without)
    keep(run())

    assert 1 == harness(["runs", "diff"])
    told = capsys.readouterr().out
    assert "1 lost check\n  ! checks.obstacles.check_csp" in told
    assert "it looked for browser.csp_blocked" in told


@pytest.mark.usefixtures("file")
def test_a_new_failure_exits_one_and_its_mending_zero(capsys: Capture) -> None:
    """In the direction that is asked for."""
    keep(run(name="good"), run(refused(EMBEDDED), name="bad"))

    assert 1 == harness(["runs", "diff", "good", "--format", "json"])
    (failure,) = json.loads(capsys.readouterr().out)["new_failures"]
    assert "refused, claims.expired" == failure["after"]
    assert 0 == harness(["runs", "diff", "bad", "good"])
    assert "1 fixed" in capsys.readouterr().out


@pytest.mark.usefixtures("file")
def test_only_runs_of_one_series_are_compared_unless_both_are_named(capsys: Capture) -> None:
    """A run with other options says nothing about this one."""
    keep(run(name="plain"), run(refused(POPUP), name="popup", narrowing=("--surface popup",)))

    assert 2 == harness(["runs", "diff"])
    assert "the only run of sample brand --surface popup" in capsys.readouterr().err
    assert 1 == harness(["runs", "diff", "plain", "popup"])
    assert "not of one series" in capsys.readouterr().out


@pytest.mark.usefixtures("file")
def test_a_purge_asks_first(capsys: Capture) -> None:
    """Where nobody can answer, --yes does."""
    keep(run(name="old", at=NOON), run(name="new", at=NOON + 60))

    assert 2 == harness(["runs", "purge", "--keep", "1"])
    assert "this would remove 1 of 2 runs" in capsys.readouterr().err
    assert 0 == harness(["runs", "purge", "--keep", "1", "--yes"])
    assert 0 == harness(["runs", "list", "--format", "json"])
    assert ["new"] == [one["id"] for one in json.loads(capsys.readouterr().out)["runs"]]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("show",), "no run is kept"),
        (("diff",), "no run is kept"),
        (("purge",), "--older-than, --keep or both, or --all alone"),
        (("purge", "--all", "--keep", "2"), "--all alone"),
        (("purge", "--older-than", "soon"), "as 30d"),
        (("list", "--limit", "0"), "--limit"),
        (("list", "--history", "redis://x"), "it takes a file, postgresql://"),
        (("lsit",), "choose from diff, list, merge, purge, show"),
    ],
)
@pytest.mark.usefixtures("file")
def test_bad_input_gets_one_sentence(arguments: tuple[str, ...], told: str, capsys: Capture) -> None:
    """Exit 2, nothing on stdout, one line on stderr."""
    assert 2 == harness(["runs", *arguments])
    said = capsys.readouterr()

    assert ("", 1) == (said.out, len(said.err.strip().splitlines()))
    assert told in said.err


def test_a_history_that_is_switched_off_says_so(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """With the way to name one all the same."""
    monkeypatch.setenv("HARNESS_HISTORY", "off")

    assert 2 == harness(["runs", "list"])
    assert "HARNESS_HISTORY is off; name a file with --history" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["list", "show", "diff", "purge"])
def test_every_help_shows_how_it_is_called(command: str, capsys: Capture) -> None:
    """With an example to copy."""
    assert 0 == harness(["runs", command, "--help"])
    assert f"\n  harness runs {command}" in capsys.readouterr().out


@pytest.mark.usefixtures("file")
def test_a_terminal_obeys_nothing_that_somebody_said(capsys: Capture) -> None:
    """What moves the cursor or turns the writing is named instead, in every command."""
    evil = "\x1b[2J\u202e"
    hostile = {"subject": f"brand{evil}.toml", "said": {"learned": evil, "unseen": (f"page: {evil}",)}}
    keep(run(name="first", subject=f"brand{evil}.toml"), run(name="second", **hostile))
    for command in (["list"], ["show"], ["diff", "first", "second"]):
        harness(["runs", *command])
        shown = capsys.readouterr().out

        assert "brand" in shown
        assert not {"\x1b", "\u202e"} & set(shown)
