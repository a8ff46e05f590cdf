"""Cases in several processes: the same run as in one, whoever dies, and nothing is left of it."""

from __future__ import annotations

import json
import os
import signal
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

ROWS = (
    Case(surface="embedded", flow="implicit"),
    Case(surface="embedded", flow="code"),
    Case(surface="embedded", flow="code-pkce"),
    Case(surface="popup", flow="implicit"),
)
COMMAND = (sys.executable, "-m", "harness", "check", "--surface", "embedded", "--workers", "2")


@pytest.fixture
def temporary() -> Iterator[Path]:
    """Give a temporary folder in which nobody else has anything; a browser's sockets take a short path."""
    with tempfile.TemporaryDirectory(prefix="h") as folder:
        yield Path(folder)


def alone(temporary: Path) -> dict[str, str]:
    """Return an environment with a temporary folder."""
    return {**os.environ, "TMPDIR": str(temporary)}


def test_two_workers_leave_what_one_does(tmp_path: Path, temporary: Path) -> None:
    """Cases, timelines, pictures and recordings in the order of the matrix; the temporary folder is empty."""
    out = tmp_path / "out"
    kept = ("--out", str(out), "--trace", "--har", "--format", "json", "--flow", "implicit,code,code-pkce")
    done = subprocess.run(
        [*COMMAND, *kept], capture_output=True, text=True, check=False, env=alone(temporary)
    )

    report = json.loads(done.stdout)
    ids = [one["id"].replace("/", "-") for one in report["cases"]]
    assert 0 == done.returncode, done.stderr
    assert ["implicit", "code", "code-pkce"] == [one["flow"] for one in report["cases"]]
    for folder, suffix in (("timelines", ".jsonl"), ("pictures", ""), ("traces", ".zip"), ("har", ".har")):
        names = [f"{number:03}-{name}{suffix}" for number, name in enumerate(ids, 1)]
        assert names == sorted(path.name for path in (out / folder).iterdir())
    assert "6 recordings in" in done.stderr
    assert [] == list(temporary.iterdir())


def test_a_worker_that_dies_costs_its_case_a_retry_and_no_other_case_anything(tmp_path: Path) -> None:
    """It is flaky where it passes then; in which a process dies twice, it is told and is no result."""
    dying = Dying(tmp_path, once=(ROWS[1].id,), always=(ROWS[2].id,))

    def checked() -> Report:
        with Harness() as harness:
            return harness.check(ROWS, spread=Spread(workers=2), finish=dying)

    with ThreadPoolExecutor(1) as thread:
        report = thread.submit(checked).result()

    assert [ROWS[0].id, ROWS[1].id, ROWS[3].id] == [one.id for one in report.cases]
    assert [False, True, False] == [one.flaky for one in report.cases]
    assert (3, 2, 1, 0) == tuple(
        getattr(report.summary, name) for name in ("cases", "passed", "flaky", "failed")
    )
    assert [ROWS[2].id] == [one.id for one in report.broken]


def test_an_interruption_leaves_nothing(temporary: Path) -> None:
    """No process, which would keep the pipe open, and no folder; what had passed was told."""
    running = subprocess.Popen(
        COMMAND, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=alone(temporary)
    )
    with running:
        assert running.stderr is not None
        first = running.stderr.readline()
        running.send_signal(signal.SIGINT)
        _, told = running.communicate()

    assert "✓ embedded implicit: authenticated" in first
    assert told.endswith("harness: interrupted; everything that was started has been stopped\n")
    assert 130 == running.returncode
    assert [] == list(temporary.iterdir())


def test_what_is_repeated_is_counted(tmp_path: Path) -> None:
    """Every round passed, so that the case has; one timeline is kept."""
    out = tmp_path / "out"
    done = subprocess.run(
        [*COMMAND[:-2], "--flow", "code-pkce", "--repeat", "3", "--format", "json", "--out", str(out)],
        capture_output=True,
        text=True,
        check=False,
    )

    report = json.loads(done.stdout)
    assert 0 == done.returncode, done.stderr
    assert (3, 3, 3, 0) == tuple(report["soak"][name] for name in ("rounds", "flows", "passed", "flaky"))
    assert 1 == report["summary"]["passed"] == len(list((out / "timelines").iterdir()))
    assert report["soak"]["flow_in_page"]["p50"] <= report["soak"]["case"]["p50"]
    assert "Repeated" in (out / "report.html").read_text("utf-8")


def test_an_interruption_of_what_is_repeated_reports_what_was_counted(
    tmp_path: Path, temporary: Path
) -> None:
    """A terminal sends it to every process: nothing that was played is lost, and nothing is left."""
    out = tmp_path / "out"
    running = subprocess.Popen(
        [*COMMAND, "--flow", "implicit", "--fault", "exp-past", "--repeat", "1000", "--out", str(out)],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=alone(temporary),
        start_new_session=True,
    )
    with running:
        assert running.stderr is not None
        running.stderr.readline()
        os.killpg(running.pid, signal.SIGINT)
        said, told = running.communicate()

    soak = json.loads((out / "report.json").read_text("utf-8"))["soak"]
    assert soak["interrupted"]
    assert 1 <= soak["flows"] == soak["failed"] < 1000
    assert ", then interrupted" in said
    assert told.endswith("harness: interrupted; everything that was started has been stopped\n")
    assert 130 == running.returncode
    assert [] == list(temporary.iterdir())
