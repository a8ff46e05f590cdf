"""Real runs that are kept, and what is told of them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.config import Sites
from harness.sample import BRAND_SECRET, CUSTOMERS, connectors

NARROW = ("check", "--surface", "embedded", "--flow", "code-pkce")
WITHOUT = """
import sys
from harness.checks import judgement
judgement.CHECKS = tuple(one for one in judgement.CHECKS if one.__name__ != "check_csp")
from harness.cli import run
sys.exit(run(sys.argv[1:]))
"""


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> Path:
    """Give a history's file of the test's own."""
    return tmp_path / "runs.db"


def harness(file: Path, *arguments: str, code: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command, or Python code with its arguments, with a history."""
    program = ("-c", code) if code else ("-m", "harness")
    return subprocess.run(
        [sys.executable, *program, *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
        env={**os.environ, "HARNESS_HISTORY": str(file)},
    )


def test_a_check_that_was_removed_is_told_of_between_two_real_runs(file: Path) -> None:
    """By the second run itself, and by harness runs diff; two runs of the same checks differ in nothing."""
    assert (0, 0) == (harness(file, *NARROW).returncode, harness(file, *NARROW).returncode)
    same = harness(file, "runs", "diff")
    assert 0 == same.returncode
    assert "1 case as before; nothing is worse" in same.stdout

    last = harness(file, *NARROW, code=WITHOUT)
    assert 0 == last.returncode
    assert "1 lost check since run" in last.stderr
    diff = harness(file, "runs", "diff")
    assert 1 == diff.returncode
    assert "! checks.obstacles.check_csp\n" in diff.stdout


def test_no_secret_of_a_real_run_is_in_the_file(file: Path) -> None:
    """Neither what the configuration knows nor what travelled."""
    done = harness(
        file, "check", "--surface", "popup", "--flow", "code,implicit", "--fault", "nonce-mismatch"
    )
    assert 1 == done.returncode
    kept = b"".join(one.read_bytes() for one in file.parent.iterdir())
    secrets = [one.client_secret.get_secret_value() for one in connectors(Sites()) if one.client_secret]
    secrets += [BRAND_SECRET, *(one.password for one in CUSTOMERS)]

    assert b"claims.nonce_mismatch" in kept
    assert [] == [one for one in secrets if one.encode() in kept]
    assert not re.search(rb"eyJ[A-Za-z0-9_-]{10}", kept)


def test_a_history_that_cannot_be_written_fails_no_run(file: Path) -> None:
    """One sentence on stderr, and the exit code of the run."""
    (file.parent / "file").write_text("", "utf-8")
    done = harness(file.parent / "file" / "runs.db", *NARROW)

    assert 0 == done.returncode
    assert 1 == done.stderr.count("this run is not kept")
