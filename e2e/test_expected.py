"""Known findings in a real run: what they excuse, in a suite and on the command line, and what fails it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

NARROW = """expected = "expected.toml"

[connector]
flow = "implicit"
issuer = "https://login.brand.test"
authorization_endpoint = "https://login.brand.test/authorize"
client_id = "platform-implicit"
jwks_uri = "https://login.brand.test/jwks"
algorithms = ["ES256"]

[matrix]
surfaces = ["app"]
flows = ["implicit"]
"""
ENTRY = """[[expected]]
code = "{}"
owner = "identity team"
reason = "the server signs with the older algorithm"
until = {}
"""


def started(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a module of Python in a folder."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env={**environment, "HARNESS_HISTORY": "off"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    (tmp_path / "narrow.toml").write_text(NARROW, "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("code", "until", "ended", "states"),
    [
        ("jwt.alg_not_allowed", "2099-12-31", 0, ["met"]),
        ("jwt.alg_not_allowed", "2020-01-01", 1, ["overdue"]),
        ("sdk.callback_timeout", "2099-12-31", 1, ["stale"]),
    ],
)
def test_a_run_fails_for_what_was_not_expected_and_for_what_is_not_any_more(
    folder: Path, code: str, until: str, ended: int, states: list[str]
) -> None:
    """The same case with each entry; its JSON says which it was."""
    (folder / "expected.toml").write_text(ENTRY.format(code, until), "utf-8")
    done = started(folder, "harness", "check", "narrow.toml", "--format", "json")

    assert ended == done.returncode, done.stderr
    assert states == [one["state"] for one in json.loads(done.stdout)["expectations"]]


def test_a_case_of_a_suite_is_expected_to_fail(folder: Path) -> None:
    """As pytest says it: nothing failed."""
    (folder / "expected.toml").write_text(ENTRY.format("jwt.alg_not_allowed", "2099-12-31"), "utf-8")
    done = started(folder, "pytest", "-p", "no:cacheprovider", "--harness-config", "narrow.toml")

    assert 0 == done.returncode, done.stdout
    assert "1 xfailed" in done.stdout


def test_a_stale_entry_fails_a_suite(folder: Path) -> None:
    """With its file, its line and what to do; another file may be named than the configuration's own."""
    (folder / "narrow.toml").write_text(NARROW.replace('algorithms = ["ES256"]\n', ""), "utf-8")
    (folder / "expected.toml").write_text("", "utf-8")
    (folder / "stale.toml").write_text(ENTRY.format("jwt.alg_not_allowed", "2099-12-31"), "utf-8")
    options = ("--harness-config", "narrow.toml", "--harness-expected", "stale.toml")
    done = started(folder, "pytest", "-p", "no:cacheprovider", *options)

    assert 1 == done.returncode, done.stdout
    assert "1 passed" in done.stdout
    assert "stale.toml:1: jwt.alg_not_allowed (identity team) is expected and did not occur" in done.stdout
