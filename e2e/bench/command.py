"""The command ``harness`` as a user starts it, in a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

from e2e.processes import ROOT, STOP_SECONDS
from harness.errors import HarnessBroken

VERDICTS = ("✓ ", "✗ ")
"""How the line of a case begins."""


@contextlib.contextmanager
def _running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Start the command in a process group of its own, and leave nothing of it behind."""
    with subprocess.Popen(
        (sys.executable, "-m", "harness", *arguments),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        cwd=ROOT,
        env={**os.environ, "HARNESS_HISTORY": "off", "PYTHONUTF8": "1"},
    ) as process:
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def first_verdict(*arguments: str) -> float:
    """Return the seconds from starting the command to the line of its first case; the rest is called off.

    Args:
        arguments: The command's.

    Raises:
        HarnessBroken: When no verdict comes.
    """
    begun = time.perf_counter()
    with _running(*arguments) as process:
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            if line.startswith(VERDICTS):
                took = time.perf_counter() - begun
                process.send_signal(signal.SIGINT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.communicate(timeout=STOP_SECONDS)
                return took
            said.append(line)
    raise HarnessBroken(f"harness {arguments[0]} came to no verdict: {''.join(said).strip()[-300:]}")


def summary(*arguments: str) -> dict[str, Any]:
    """Run the command to its end and return the summary of its report.

    Args:
        arguments: The command's; JSON is asked for.

    Raises:
        HarnessBroken: When it fails.
    """
    with _running(*arguments, "--format", "json") as process:
        stdout, stderr = process.communicate()
    if process.returncode != 0:
        said = stderr.strip()[-300:] or _told(stdout)
        raise HarnessBroken(f"harness {arguments[0]} ended with exit code {process.returncode}: {said}")
    read: dict[str, Any] = json.loads(stdout)["summary"]
    return read


def _told(stdout: str) -> str:
    """Return the summary of a report as text, and which rows of a self-test are wrong."""
    try:
        report = json.loads(stdout)
    except ValueError:
        return "nothing was printed"
    wrong = [row["id"] for row in report.get("rows", ()) if not row["right"] and not row["unavailable"]]
    return f"{json.dumps(report['summary'])}, wrong: {', '.join(wrong) or 'none'}"
