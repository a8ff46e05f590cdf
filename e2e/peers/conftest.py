"""Software that nobody here wrote, started by the suite as ordinary processes and stopped with it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

READY_SECONDS = 30
STOP_SECONDS = 10
HERE = Path(__file__).parent / "node"

Start = Callable[[Sequence[str | Path], str], contextlib.AbstractContextManager[re.Match[str]]]
Node = Callable[[str, Mapping[str, Any]], contextlib.AbstractContextManager[int]]


@pytest.fixture(scope="session")
def started() -> Start:
    """Start a command in a ``with`` block: it is ready when it prints a line that matches the pattern."""
    return _started


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Node:
    """Start a server of the folder ``node`` with its settings in a ``with`` block, which is given its port.

    Node is the one that Playwright brings, which is new enough for oidc-provider.
    """
    if not (HERE / "node_modules" / "oidc-provider").is_dir():
        pytest.skip("npm's oidc-provider is not here: npm ci --prefix e2e/peers/node")
    found = shutil.which(str(files("playwright") / "driver" / "node")) or shutil.which("node")
    if found is None:
        pytest.skip("there is no node here: apt-get install nodejs")

    @contextlib.contextmanager
    def served(script: str, settings: Mapping[str, Any]) -> Iterator[int]:
        file = tmp_path_factory.mktemp("node") / "settings.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(settings), "utf-8")
        with _started((found, HERE / script, file), r"^listening on (\d+)$") as match:
            yield int(match[1])

    return served


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
