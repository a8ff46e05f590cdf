"""kill -9 of the browser, of a worker of ``harness check`` and of the command, at each stage of a flow.

What holds is in ``docs/robustness.md``.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.temporary import sweep
from tests.killing.ear import PATIENCE, STAGES, Ear, Held, kill

CHECK = (sys.executable, "-m", "harness", "check", "--surface", "embedded", "--format", "json")
LONG = 2 * PATIENCE


@pytest.fixture
def temporary() -> Iterator[Path]:
    """Give a temporary folder in which nobody else has anything; a browser's sockets take a short path."""
    with tempfile.TemporaryDirectory(prefix="h") as folder:
        yield Path(folder)


@pytest.fixture
def ear() -> Iterator[Ear]:
    """Give what hears of the stages."""
    with Ear() as listening:
        yield listening


def scenario(stage: str) -> tuple[str, ...]:
    """Return the arguments with which a flow gets as far as a stage: a message is said when one expires."""
    return ("--flow", "code-pkce", *(("--scenario", "expired") if stage == "message sent" else ()))


@contextlib.contextmanager
def held(ear: Ear, temporary: Path, stage: str, *more: str) -> Iterator[tuple[subprocess.Popen[str], Held]]:
    """Run a check that is held at a stage; the block kills something."""
    command = [*CHECK, *scenario(stage), *more]
    ear.arm(stage)
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary), **ear.environment},
    ) as running:
        try:
            caught = ear.wait()
            yield running, caught
        finally:
            ear.disarm()
            if running.poll() is None:
                running.kill()


def report(running: subprocess.Popen[str]) -> tuple[dict[str, Any], str]:
    """Return a check's report and what it has said, when nobody has its output open any more."""
    printed, told = running.communicate(timeout=LONG)
    found: dict[str, Any] = json.loads(printed)
    return found, told


def browsers(pid: int) -> Iterator[int]:
    """Yield the browsers among what a process has started, and nobody else's."""
    for child in Path(f"/proc/{pid}/task").glob("*/children"):
        for one in map(int, child.read_text("ascii").split()):
            arguments = Path(f"/proc/{one}/cmdline").read_bytes().split(b"\0")
            if any(one.startswith(b"--user-data-dir=") for one in arguments):
                yield one
            else:
                yield from browsers(one)


@pytest.mark.parametrize("stage", STAGES)
def test_a_killed_browser(stage: str, ear: Ear, temporary: Path) -> None:
    """The case is played again in another browser, so that it is flaky; nothing of the first one stays."""
    with held(ear, temporary, stage) as (running, caught):
        (browser,) = browsers(caught.pid)
        kill(browser)
        caught.release()
        found, told = report(running)

    (case,) = found["cases"]
    assert (0, "authenticated", True) == (running.returncode, case["outcome"], case["flaky"])
    assert "Traceback" not in told
    assert [] == list(temporary.iterdir())


@pytest.mark.parametrize("stage", STAGES)
def test_a_killed_worker_of_a_check(stage: str, ear: Ear, temporary: Path) -> None:
    """Its case is played again by another one, and the other case is none the worse."""
    with held(ear, temporary, stage, "--flow", "implicit", "--workers", "2") as (running, caught):
        assert running.pid != caught.pid
        caught.kill()
        found, told = report(running)

    assert 0 == running.returncode
    assert [False, True] == sorted(case["flaky"] for case in found["cases"])
    assert {"authenticated"} == {case["outcome"] for case in found["cases"]}
    assert "Traceback" not in told
    assert [] == list(temporary.iterdir())


@pytest.mark.parametrize("stage", STAGES)
def test_a_killed_check(stage: str, ear: Ear, temporary: Path) -> None:
    """Its browser ends with it, and what is left goes with the next folder that anybody makes."""
    with held(ear, temporary, stage) as (running, caught):
        assert running.pid == caught.pid
        caught.kill()
        assert ("", -signal.SIGKILL) == (running.communicate(timeout=LONG)[0], running.returncode)
    sweep(temporary)

    assert [] == list(temporary.iterdir())


def test_the_check_after_a_killed_one(ear: Ear, temporary: Path) -> None:
    """It removes what the killed one has left, and passes."""
    with held(ear, temporary, "verified") as (running, caught):
        caught.kill()
        running.communicate(timeout=LONG)
    (left,) = temporary.glob("harness-*")
    again = subprocess.run(
        [*CHECK, "--flow", "code-pkce"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TMPDIR": str(temporary)},
    )

    assert 0 == again.returncode, again.stderr
    assert not left.exists()
    assert [] == list(temporary.iterdir())


def test_sigterm_amid_a_check(ear: Ear, temporary: Path) -> None:
    """One sentence says that all has been stopped, and it has."""
    with held(ear, temporary, "verified") as (running, caught):
        running.send_signal(signal.SIGTERM)
        caught.release()
        _, told = running.communicate(timeout=LONG)

    sentence = "harness: interrupted; everything that was started has been stopped"
    assert (130, sentence) == (running.returncode, told.strip())
    assert [] == list(temporary.iterdir())
