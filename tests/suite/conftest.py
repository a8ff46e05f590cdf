"""Suites of other people: pytest in a process and a folder of its own, as they would start it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How pytest ended.

    Attributes:
        code: Its exit code.
        said: What it printed.
    """

    code: int
    said: str


Suite = Callable[..., Ended]


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    """Run pytest on files in an empty folder: ``suite("-q", **{"test_one.py": "…"})``."""

    def run(*arguments: str, **files: str) -> Ended:
        for name, text in files.items():
            (tmp_path / name).write_text(text, "utf-8")
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
        # The suite's own addopts and plugins of ours are none of theirs.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        return Ended(code=done.returncode, said=done.stdout + done.stderr)

    return run
