"""Software that nobody here wrote, started by the suite as ordinary processes and stopped with it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from pathlib import Path

import pytest

READY_SECONDS = 30
STOP_SECONDS = 10

Start = Callable[[Sequence[str | Path], str], contextlib.AbstractContextManager[re.Match[str]]]


@pytest.fixture(scope="session")
def started() -> Start:
    """Start a command in a ``with`` block: it is ready when it prints a line that matches the pattern."""
    return _started


@contextlib.contextmanager
def _started(command: Sequence[str | Path], ready: str) -> Iterator[re.Match[str]]:
    """Run a command in a process group of its own until the block ends; nothing is polled.

    Its standard input stays open for as long as the test process lives.
    """
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        said: list[str] = []
        matched: Future[re.Match[str]] = Future()
        reader = threading.Thread(target=_read, args=(process, re.compile(ready), said, matched))
        reader.start()
        try:
            yield matched.result(READY_SECONDS)
        except (EOFError, NotInTime):
            if matched.done() and matched.exception() is None:
                raise  # the test's own
            pytest.fail(f"{command[0]} did not get ready; it printed:\n{''.join(said)}")
        finally:
            _stop(process)
            reader.join()


def _read(
    process: subprocess.Popen[str], ready: re.Pattern[str], said: list[str], matched: Future[re.Match[str]]
) -> None:
    """Read all that a process prints, so that it never waits for a reader."""
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line)
        print(line, end="")  # pytest shows it beside a test that failed
        if not matched.done() and (match := ready.search(line)):
            matched.set_result(match)
    if not matched.done():
        matched.set_exception(EOFError())


def _stop(process: subprocess.Popen[str]) -> None:
    """End a process and whatever it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
