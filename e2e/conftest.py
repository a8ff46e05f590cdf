"""The suite uses the plugin as a user would: it overrides the configuration, and keeps no run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.config import Config

WORKER_OCTETS = 3 << 30
"""What a worker may need: itself, a driver, Chromium and Firefox, each with a dozen processes."""


def pytest_configure(config: pytest.Config) -> None:
    """Give each worker of xdist an output folder of its own: pytest-playwright empties it when it begins."""
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        config.option.output = str(Path(config.option.output, worker))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return what ``-n auto`` means here: a worker for each core, as far as memory goes."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, memory // WORKER_OCTETS))


@pytest.fixture(autouse=True)
def _no_history(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep no run of a test in the history of whoever runs the tests."""
    monkeypatch.setenv("HARNESS_HISTORY", "off")


@pytest.fixture(scope="session")
def harness_config() -> Config:
    """The sample brand, with a page method that is given up on after two seconds."""
    return Config().impatient(2)
