"""``harness login``: what it says before a browser opens, and how later runs hear of the session."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from harness import config_file
from harness.cli import cli, kept
from harness.cli.login import own_config
from harness.clock import SystemClock
from harness.errors import UsageError
from harness.kept_sessions import KeptSessions, Owner

ALICE = Owner(origin="https://www.acme.example", engine="chromium", account="alice")


def login(*arguments: str) -> str:
    """Run the command and return the sentence that it ends with."""
    done = CliRunner().invoke(cli, ["login", *arguments])
    return str(done.exception) if done.exception else done.stderr


def test_a_window_needs_a_display(brand_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Said before anything starts."""
    monkeypatch.setattr("sys.platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)

    assert (
        "harness login opens a window for a person, and DISPLAY is not set; run it where there is a screen"
    ) == login(str(brand_file))


def test_a_file_of_the_sample_brand_has_nobody_to_sign_in(tmp_path: Path) -> None:
    """One sentence says what is missing."""
    path = tmp_path / "sample.toml"
    path.write_text('mode = "compat"')

    with pytest.raises(UsageError, match=r"has no \[brand\] with a page on which somebody could sign in"):
        own_config(path)


def test_the_passwords_need_not_be_there(brand_file: Path) -> None:
    """A person types theirs."""
    assert ("alice",) == tuple(one.account for one in own_config(brand_file).logins)


def test_forgetting_says_how_many_there_were(brand_file: Path) -> None:
    """None is no mistake."""
    KeptSessions(brand_file).keep(ALICE, {}, now=0, until=1)

    assert f"1 session of {brand_file} removed.\n" == login(str(brand_file), "--forget")
    assert f"No sessions of {brand_file} removed.\n" == login(str(brand_file), "--forget")


def test_a_later_run_takes_the_session(brand_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In its engine and for its account, and says so."""
    now = SystemClock().now()
    KeptSessions(brand_file).keep(ALICE, {"cookies": [], "origins": []}, now=now, until=now + 60)
    config = config_file.read(brand_file, unset=("login",))

    assert [("chromium", "alice")] == list(kept.sessions(brand_file, config))
    assert "harness: alice is signed in in chromium by what harness login kept" in capsys.readouterr().err
    firefox = config.model_copy(update={"matrix": config.matrix.model_copy(update={"engines": ("firefox",)})})
    assert {} == kept.sessions(brand_file, firefox)


def test_a_session_that_is_not_good_is_said_and_left(
    brand_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence with what to do, and the steps are taken."""
    KeptSessions(brand_file).keep(ALICE, {}, now=1, until=2)

    assert {} == kept.sessions(brand_file, config_file.read(brand_file, unset=("login",)))
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("harness: the kept session of alice in chromium expired at 1970-01-01")
    assert line.endswith(f"; sign in again with harness login {brand_file} --account alice")
