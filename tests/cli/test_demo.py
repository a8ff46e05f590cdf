"""The command, as far as it needs no browser."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from harness.cli import run
from harness.demo import Demo, Recorded
from harness.matrix import Case
from harness.report.model import CaseResult

from ..made import report, result

module = importlib.import_module("harness.cli.demo")
"""The module, which has the name of its command."""


@pytest.fixture(autouse=True)
def no_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a display."""
    monkeypatch.setattr(module, "has_display", lambda: False)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> list[Demo]:
    """A display on which demos end at once."""
    found: list[Demo] = []
    monkeypatch.setattr(module, "has_display", lambda: True)
    monkeypatch.setattr(module, "watch", lambda demo, ready: found.append(demo))
    return found


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "harness demo --record DIR runs without one"),
        (("brand.toml",), "harness check brand.toml --headed"),
        (("--fault", "exp-pats"), "exp-past"),
        (("--fault", "nonce-mismatch", "--surface", "embedded"), "it can on popup"),
        (("--fault", "jti-repeated"), "harness selftest --fault jti-repeated"),
        (("--policy", "no-such"), "chrome-today"),
        (("--record", "."), "is not empty"),
    ],
)
def test_what_cannot_be_shown_gets_one_sentence_that_says_what_to_do(
    arguments: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 2, nothing on stdout."""
    assert 2 == run(["demo", *arguments])

    out, err = capsys.readouterr()
    assert "" == out
    assert told in err
    assert 1 == len(err.strip().splitlines())


@pytest.mark.parametrize(
    ("arguments", "do"),
    [
        ((), "tour"),
        (("--pace", "slow"), "tour"),
        (("--once",), "play"),
        (("--surface", "popup"), "play"),
        (("--surface", "popup", "--tour"), "tour"),
    ],
)
def test_the_tour_is_what_one_gets_who_asks_for_nothing_in_particular(
    arguments: tuple[str, ...], do: str, watched: list[Demo]
) -> None:
    """Whoever names a case gets that case."""
    assert 0 == run(["demo", *arguments])

    (demo,) = watched
    assert do == demo.first.do


def test_a_fault_alone_is_played_where_it_can_occur(watched: list[Demo]) -> None:
    """Nobody has to know on which surface that is."""
    assert 0 == run(["demo", "--fault", "nonce-mismatch"])

    (demo,) = watched
    assert ("popup", "nonce-mismatch") == (demo.first.choice.surface, demo.first.choice.fault)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_ctrl_c_is_how_a_demo_ends(
    error: type[BaseException], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where it ended the browser's driver, so that closing the browser fails."""

    def watch(demo: Demo, ready: object) -> None:
        try:
            raise KeyboardInterrupt
        finally:
            if error is not KeyboardInterrupt:
                raise error("Connection closed while reading from the driver")

    monkeypatch.setattr(module, "has_display", lambda: True)
    monkeypatch.setattr(module, "watch", watch)

    assert 0 == run(["demo"])
    assert "The demo has ended.\n" == capsys.readouterr().err


def test_a_failure_of_its_own_is_no_good_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """It exits 3, as everywhere."""

    def watch(demo: Demo, ready: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(module, "has_display", lambda: True)
    monkeypatch.setattr(module, "watch", watch)

    assert 3 == run(["demo"])


def test_the_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    """What happens, how it ends, and what to do without a screen."""
    assert 0 == run(["demo", "--help"])

    told = capsys.readouterr().out
    for words in ("Ctrl-C", "--record DIR", "panel", "harness demo --surface popup --flow implicit"):
        assert words in told


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    """What is there is never overwritten."""
    (tmp_path / "note.txt").write_text("mine", "utf-8")

    assert 2 == run(["demo", "--record", str(tmp_path)])
    assert ["note.txt"] == [path.name for path in tmp_path.iterdir()]


SIGN_IN = Case(surface="embedded", flow="code-pkce")
BROKEN = Case(surface="embedded", flow="code-pkce", fault="jwt-in-code-flow")


@pytest.mark.parametrize(
    ("results", "code"),
    [
        ((result(SIGN_IN), result(BROKEN, outcome="refused")), 0),
        ((result(SIGN_IN, outcome="refused"), result(BROKEN, outcome="refused")), 1),
        ((result(SIGN_IN, outcome="undetermined"),), 1),
    ],
)
def test_a_recorded_demo_fails_where_an_ordinary_case_does(
    results: tuple[CaseResult, ...],
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What is broken on purpose may fail; either way what was recorded is there, and it is said where."""
    folder = tmp_path / "shown"

    def record(*_: object, **__: object) -> Recorded:
        (folder / "screenshots").mkdir()
        return Recorded(report=report(*results), shown=(), video=None)

    monkeypatch.setattr(module, "record", record)

    assert code == run(["demo", "--record", str(folder)])
    out, err = capsys.readouterr()
    assert ((folder / "report.html").is_file(), "report.html" in out) == (True, True)
    assert (code == 1) == ("did not pass" in err)
