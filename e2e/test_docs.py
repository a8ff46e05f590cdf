"""The examples of the documentation that need a browser, run as a reader would: in an empty folder."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "docs" / "examples"

SUITES = {
    "ten lines": ("test_ten_lines.py",),
    "suite": ("suite/conftest.py", "suite/test_more_cases.py"),
    "extension": tuple(
        f"extension/{name}"
        for name in ("acme_checks.py", "codes.toml", "faults.toml", "conftest.py", "test_acme_checks.py")
    ),
}
SCRIPTS = {
    "check_sample.py": "2 of 2 passed",
    "check_async.py": '"outcome": "authenticated"',
    "look_closer.py": "identity administrator at the idp must act:",
}
OUTPUTS = {
    "check.txt": ("check",),
    "nonce-mismatch.txt": ("check", "--surface", "popup", "--flow", "implicit", "--fault", "nonce-mismatch"),
}

VARYING = re.compile(r"in [\d.]+ s \([^\n]*\)$", re.MULTILINE)
"""What is another each time: the seconds, and which browser it was."""


def run(*command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a program of Python's in a folder."""
    return subprocess.run((sys.executable, *command), cwd=folder, capture_output=True, text=True)


def copied(folder: Path, *names: str) -> None:
    """Copy examples into a folder, as a reader does."""
    for name in names:
        shutil.copy(EXAMPLES / name, folder)


@pytest.mark.parametrize("names", SUITES.values(), ids=list(SUITES))
def test_a_suite_is_green(names: tuple[str, ...], tmp_path: Path) -> None:
    """Nothing but the files of the page and what is installed."""
    copied(tmp_path, *names)

    done = run("-m", "pytest", "-q", "-p", "no:cacheprovider", folder=tmp_path)

    assert 0 == done.returncode, done.stdout


@pytest.mark.parametrize(("name", "printed"), SCRIPTS.items(), ids=list(SCRIPTS))
def test_a_script_prints_what_it_promises(name: str, printed: str, tmp_path: Path) -> None:
    """As a program of its own."""
    copied(tmp_path, name)

    done = run("-W", "error", name, folder=tmp_path)

    assert (0, True) == (done.returncode, printed in done.stdout), done.stdout + done.stderr


@pytest.mark.parametrize(("name", "words"), OUTPUTS.items(), ids=list(OUTPUTS))
def test_a_command_prints_what_the_page_shows(name: str, words: tuple[str, ...], tmp_path: Path) -> None:
    """But for the seconds and the browser's version."""
    shown = (EXAMPLES / "output" / name).read_text("utf-8")

    done = run("-m", "harness", *words, folder=tmp_path)

    assert VARYING.sub("", shown) == VARYING.sub("", done.stdout)


def test_every_example_with_a_browser_is_run() -> None:
    """What is in the folders is in the tables above."""
    named = {
        *SCRIPTS,
        *(name for names in SUITES.values() for name in names),
        *(f"output/{one}" for one in OUTPUTS),
    }
    there = {
        str(path.relative_to(EXAMPLES))
        for path in EXAMPLES.rglob("*")
        if path.suffix in (".py", ".txt") and path.parent.name != "ci"  # e2e/brands/test_ci.py runs these
    }

    assert there - {"how-it-is-built.txt", "performance.txt"} == named - {
        "extension/codes.toml",
        "extension/faults.toml",
    }
