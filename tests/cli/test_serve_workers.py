"""``harness serve --workers`` as a process: however it ends, nothing of it is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.cli import run

LONG = 60
"""Seconds after which something is left for good."""


@contextmanager
def served(database: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Give the command in a group of its own, as a terminal starts it, once its workers answer."""
    with subprocess.Popen(
        [sys.executable, "-m", "harness", "serve", "--workers", "2"],
        env={**os.environ, "HARNESS_DATABASE": database, "TMPDIR": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stderr is not None
        assert any(line.startswith("2 workers answer: processes ") for line in process.stderr)
        yield process


def ctrl_c(process: subprocess.Popen[str]) -> None:
    """Interrupt everything in the terminal."""
    os.killpg(process.pid, signal.SIGINT)


@pytest.mark.parametrize(
    ("end", "status", "told"),
    [
        (ctrl_c, 0, "Stopped.\n"),
        (subprocess.Popen.terminate, 0, "Stopped.\n"),
        (subprocess.Popen.kill, -signal.SIGKILL, ""),
    ],
)
def test_the_workers_end_with_the_command(
    end: Callable[[subprocess.Popen[str]], None],
    status: int,
    told: str,
    new_database: Callable[[str, Path], str],
    tmp_path: Path,
) -> None:
    """Asked to or killed: its output ends, which every process that was left would hold open."""
    with served(new_database("postgresql", tmp_path), tmp_path) as process:
        end(process)
        _, errors = process.communicate(timeout=LONG)

    assert (status, told) == (process.returncode, errors)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["--workers", "4"],
            "--workers 4 needs a PostgreSQL database, because a file tells no other process what has "
            "changed; name one with --database or in HARNESS_DATABASE, or leave --workers out",
        ),
        (
            ["--workers", "4", "--database", "sqlite:///harness.db"],
            "--database or HARNESS_DATABASE names sqlite; it takes postgresql://user@host/database",
        ),
        (
            ["--database", "harness.db"],
            "--database or HARNESS_DATABASE is no URL of a database; it takes postgresql://user@host/database",
        ),
        (
            ["--database", "postgresql://ci:hunter@22@db.example/runs"],
            "--database or HARNESS_DATABASE is no URL of a database: an @ in a password is written %40; it "
            "takes postgresql://user@host/database",
        ),
        (
            ["--workers", "2", "--fault", "exp-past"],
            "--fault exp-past is put into one process, and --workers asks for 2; leave out one of the two "
            "options",
        ),
        (["--workers", "0"], "0 is not in the range 1<=x<=64."),
    ],
)
def test_what_cannot_be_shared_is_refused_in_one_sentence(
    arguments: list[str],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Before anything is started."""
    monkeypatch.delenv("HARNESS_DATABASE", raising=False)
    assert 2 == run(["serve", *arguments])

    (told,) = capsys.readouterr().err.splitlines()
    assert told.endswith(sentence)


def test_a_database_that_cannot_be_reached_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """With what the driver says, in one sentence."""
    url = f"postgresql://alice:hunter22@/shop?host={tmp_path}&password=hunter23"
    monkeypatch.setenv("HARNESS_DATABASE", url)
    assert 2 == run(["serve", "--workers", "2"])

    (told,) = capsys.readouterr().err.splitlines()
    assert told.startswith("harness: the database postgresql://alice:***@/shop cannot be used: ")
    assert "hunter" not in told
