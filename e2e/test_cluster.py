"""Cases on a cluster: a real scheduler of dask.distributed and two processes, one of which is killed."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from e2e.dying import Dying
from harness import Case, Harness, Report
from harness.executors.spread import Spread

pytest.importorskip("distributed", reason="the extra cluster is not installed")

ROWS = tuple(
    Case(surface=surface, flow=flow) for surface in ("embedded", "popup") for flow in ("implicit", "code")
)


@contextlib.contextmanager
def dask(folder: Path, said: str, *arguments: str) -> Iterator[str]:
    """Start a program of dask's, give what it says it is, and end it with all that it has started."""
    root = Path(__file__).parents[1]
    environment = {**os.environ, "TMPDIR": str(folder), "PYTHONPATH": str(root)}
    program = subprocess.Popen(
        [sys.executable, "-m", "dask", *arguments, "--no-dashboard"],
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=folder,
    )
    with program, ThreadPoolExecutor(1) as thread:
        assert program.stderr is not None
        try:
            found = next(match for line in program.stderr if (match := re.search(said, line)))
            # Nobody else reads what it says, and a pipe that is full would stop it.
            thread.submit(program.stderr.read)
            yield found[1]
        finally:
            program.kill()


@pytest.fixture
def scheduler() -> Iterator[str]:
    """Give the address of a scheduler with two processes; a browser's sockets take a short path."""
    with contextlib.ExitStack() as stack:
        temporary = tempfile.TemporaryDirectory(prefix="h", ignore_cleanup_errors=True)
        folder = Path(stack.enter_context(temporary))
        listening = ("--host", "127.0.0.1", "--port", "0")
        address = stack.enter_context(dask(folder, r"Scheduler at: +(tcp://\S+)", "scheduler", *listening))
        for _ in range(2):
            worker = ("worker", address, "--no-nanny", "--nthreads", "1")
            stack.enter_context(dask(folder, r"Registered to: +(\S+)", *worker))
        yield address.replace("tcp://", "dask://")


def test_a_process_that_is_killed_loses_no_case_and_none_counts_twice(scheduler: str, tmp_path: Path) -> None:
    """The case that it had is played by the other one, and is flaky; results come in order."""

    def checked() -> Report:
        with Harness() as harness:
            return harness.check(
                ROWS,
                spread=Spread(executor=scheduler),
                finish=Dying(tmp_path, once=(ROWS[1].id,)),
                progress=lambda result: heard.append(result.id),
            )

    heard: list[str] = []
    with ThreadPoolExecutor(1) as thread:
        report = thread.submit(checked).result()

    assert [one.id for one in ROWS] == [one.id for one in report.cases] == heard
    assert [ROWS[1].id] == [one.id for one in report.cases if one.flaky]
    assert (4, 3, 0, ()) == (
        report.summary.cases,
        report.summary.passed,
        report.summary.failed,
        report.broken,
    )
