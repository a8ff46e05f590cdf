"""``harness check`` as a user types it, as far as no browser is needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli import run


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


@pytest.mark.parametrize("kept", [("--out", "somewhere"), ("--format", "json")])
def test_what_is_said_about_real_people_is_for_the_screen_alone(
    kept: tuple[str, str],
    brand_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A file or a program's input outlives the look that somebody took."""
    monkeypatch.setenv("NOT_SET_ANYWHERE", "x")

    assert 2 == run(["check", str(brand_file), "--show-claims", *kept])
    assert "which is for the screen alone" in capsys.readouterr().err
    assert not Path("somewhere").exists()


def test_no_file_can_ask_for_claims_to_be_shown(brand_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever looks says so each time."""
    brand_file.write_text("show_claims = true\n" + brand_file.read_text("utf-8"), "utf-8")

    assert 2 == run(["check", str(brand_file)])
    assert "unknown key 'show_claims'" in capsys.readouterr().err
