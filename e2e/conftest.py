"""The suite uses the plugin as a user would: it overrides the configuration, and keeps no run."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable

import pytest
from playwright.sync_api import Playwright, expect

from harness.browser import engines
from harness.browser.trial import tried
from harness.config import Config, EngineName
from harness.errors import EngineUnavailable

WORKER_OCTETS = 3 << 30
"""What a worker may need: itself, a driver, Chromium and Firefox, each with a dozen processes."""


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


@pytest.fixture(scope="session", autouse=True)
def _patient_expectations(harness_config: Config) -> None:
    """Wait for what is expected as long as for anything else in a case: Playwright gives up after 5 s."""
    expect.set_options(timeout=harness_config.deadlines.case * 1000)


@pytest.fixture(scope="session")
def harness_config() -> Config:
    """The sample brand, with a page method that is given up on after two seconds."""
    return Config().impatient(2)


@pytest.fixture(scope="session")
def missing_engine(playwright: Playwright) -> Callable[[EngineName], str | None]:
    """Tells why an engine cannot be driven here, ``missing_engine("firefox")``; ``None`` where it can."""

    @functools.cache
    def missing(engine: EngineName) -> str | None:
        try:
            tried(playwright, engines.find(playwright, engine))
        except EngineUnavailable as error:
            return str(error)
        return None

    return missing


@pytest.fixture(scope="session")
def need_engine(missing_engine: Callable[[EngineName], str | None]) -> Callable[[EngineName], None]:
    """Skips the test whose engine cannot be driven here, with the sentence that mends it."""

    def need(engine: EngineName) -> None:
        # Without Chromium nothing would be tested, so that is no reason to skip.
        if engine != "chromium" and (reason := missing_engine(engine)):
            pytest.skip(reason)

    return need


@pytest.fixture(autouse=True)
def _engine_of_the_browser_option(request: pytest.FixtureRequest) -> None:
    """Skip what asks for pytest-playwright's ``--browser`` where that cannot be driven."""
    if "browser_name" in request.fixturenames:
        request.getfixturevalue("need_engine")(request.getfixturevalue("browser_name"))
