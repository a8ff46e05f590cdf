"""``harness record``: what it says before a browser opens, and what becomes of the file."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from harness import config_file
from harness.brand_file.edit import Wanted
from harness.brand_file.shown import Derived
from harness.cli import cli
from harness.cli.record import show
from harness.errors import UsageError
from harness.recording import Recorded

# The command has its module's name.
MODULE = importlib.import_module("harness.cli.record")
STEPS = ({"fill": "Password", "env": "NOT_SET_ANYWHERE"}, {"click": "Log in"})
HOST = Wanted(host="id.acme.example", why="document, for www.acme.example", needed=True)


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Stand in for the browser, and give what it was asked for."""
    asked: list[dict[str, Any]] = []

    def watch(config: object, **more: Any) -> Recorded:
        asked.append(more)
        login = Derived(steps=STEPS, variables=("NOT_SET_ANYWHERE",))
        return Recorded(login=login, hosts=(HOST,), notes=("a word for the reader",))

    monkeypatch.setattr(MODULE, "watch", watch)
    return asked


def test_a_window_needs_a_display(brand_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Said before anything starts."""
    monkeypatch.setattr("sys.platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    done = CliRunner().invoke(cli, ["record", str(brand_file)])

    assert str(done.exception).startswith("harness record opens a window for a person, and DISPLAY is not")


def test_an_account_s_name_is_checked_first(brand_file: Path, recorded: list[dict[str, Any]]) -> None:
    """Nobody signs in for nothing."""
    with pytest.raises(UsageError, match="--account 'al ice' is no account's name"):
        show(brand_file, account="al ice")
    assert [] == recorded


def test_the_file_s_own_account_and_variables_are_taken(
    brand_file: Path, recorded: list[dict[str, Any]]
) -> None:
    """The first account, and the variable that it has for a field."""
    show(brand_file, yes=True)

    (asked,) = recorded
    assert ("alice", "page", {"Password": "NOT_SET_ANYWHERE"}) == (
        asked["account"],
        asked["on"],
        asked["known"],
    )


def test_the_change_is_shown_and_then_made(
    brand_file: Path, recorded: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    """What is reached meanwhile is said first, and what is next at the end; a second time changes nothing."""
    show(brand_file, yes=True)
    said = capsys.readouterr()
    show(brand_file, yes=True)

    assert '+  { click = "Log in" },' in said.out
    assert '+  "id.acme.example",  # document, for www.acme.example' in said.out
    assert said.err.startswith("While you sign in, any host that the page asks for may be reached")
    assert "harness: a word for the reader" in said.err
    assert said.err.endswith(f"Set NOT_SET_ANYWHERE in the environment. Next: harness check {brand_file}\n")
    assert "says so already; nothing is changed" in capsys.readouterr().err
    assert ("id.acme.example",) == config_file.read(brand_file, unset=("login",)).network.allow


def test_without_a_word_nothing_is_written(
    brand_file: Path, recorded: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    """There is nobody to ask."""
    before = brand_file.read_text("utf-8")
    show(brand_file)

    assert before == brand_file.read_text("utf-8")
    assert "Nothing was written; --yes writes without asking." in capsys.readouterr().err


def test_what_makes_no_good_file_is_not_written(
    brand_file: Path, recorded: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence says why."""
    monkeypatch.setattr(MODULE.edit, "allow", lambda text, _: text.replace("implicit", "hybrid"))

    with pytest.raises(UsageError, match="what was recorded makes no good file: flow"):
        show(brand_file, yes=True)
    assert "hybrid" not in brand_file.read_text("utf-8")


def test_the_file_s_line_ends_stay(brand_file: Path, recorded: list[dict[str, Any]]) -> None:
    """Every line, old and new, ends as the file's did."""
    brand_file.write_bytes(brand_file.read_bytes().replace(b"\n", b"\r\n"))
    show(brand_file, yes=True)
    written = brand_file.read_bytes()

    assert b"Log in" in written
    assert written.count(b"\n") == written.count(b"\r\n")
