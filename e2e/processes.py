"""Servers in processes of their own, and what the system counts of them."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import dataclass
from pathlib import Path

READY_SECONDS = 30
STOP_SECONDS = 10
ROOT = Path(__file__).parent.parent
"""Where ``e2e`` is importable from."""


class NotStarted(Exception):
    """A server did not get ready; the text says what it printed."""


@dataclass(frozen=True, kw_only=True)
class Process:
    """A running server.

    Attributes:
        pid: Its process.
        said: The line that said it was ready, matched.
    """

    pid: int
    said: re.Match[str]

    def cpu_seconds(self) -> float | None:
        """Return the processor time that it has used, where the system tells."""
        return cpu_seconds(self.pid)

    def rss_mib(self) -> float | None:
        """Return how much of it is in memory, in MiB, where the system tells."""
        return rss_mib(self.pid)


def cpu_seconds(pid: int) -> float | None:
    """Return the processor time of a process's threads so far, ``None`` where ``/proc`` is not there."""
    with contextlib.suppress(OSError):
        # The name in parentheses may hold blanks: proc(5).
        after_name = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")
    return None


def rss_mib(pid: int) -> float | None:
    """Return the resident set of a process in MiB, ``None`` where ``/proc`` is not there."""
    with contextlib.suppress(OSError):
        pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)
    return None


@contextlib.contextmanager
def served(module: str, *arguments: str) -> Iterator[Process]:
    """Run one of the modules in ``e2e.bench.served`` until the block ends; its port is ``said[1]``.

    Args:
        module: The module's name.
        arguments: What it is given.

    Raises:
        NotStarted: When it does not get ready.
    """
    command = (sys.executable, "-m", f"e2e.bench.served.{module}", *arguments)
    with started(command, r"^listening on (\d+)$", cwd=ROOT) as process:
        yield process


@contextlib.contextmanager
def started(
    command: Sequence[str | Path],
    ready: str,
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    hear: Callable[[str], None] = lambda _: None,
) -> Iterator[Process]:
    """Run a command in a process group of its own until the block ends; nothing is polled.

    Args:
        command: The command; its standard input stays open for as long as the block lasts.
        ready: What a line matches that says that it is ready.
        cwd: In which folder.
        env: What its environment has beside this one's.
        hear: Is told every line that it prints.

    Raises:
        NotStarted: When it does not get ready.
    """
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        cwd=cwd,
        env={**os.environ, **(env or {})},
    ) as process:
        said: list[str] = []
        matched: Future[re.Match[str]] = Future()
        reader = threading.Thread(target=_read, args=(process, re.compile(ready), said, matched, hear))
        reader.start()
        try:
            yield Process(pid=process.pid, said=_match(matched, command, said))
        finally:
            _stop(process)
            reader.join()


def _match(matched: Future[re.Match[str]], command: Sequence[str | Path], said: list[str]) -> re.Match[str]:
    try:
        return matched.result(READY_SECONDS)
    except (EOFError, NotInTime):
        printed = "".join(said).strip() or "nothing"
        raise NotStarted(f"{Path(command[0]).name} did not get ready; it printed: {printed[-400:]}") from None


def _read(
    process: subprocess.Popen[str],
    ready: re.Pattern[str],
    said: list[str],
    matched: Future[re.Match[str]],
    hear: Callable[[str], None],
) -> None:
    """Read all that a process prints, so that it never waits for a reader."""
    assert process.stdout is not None
    for line in process.stdout:
        hear(line)
        if matched.done():
            continue
        said.append(line)
        if match := ready.search(line):
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
