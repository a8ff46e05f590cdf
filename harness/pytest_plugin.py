"""The pytest plugin: fixtures on pytest-playwright's, and one marker.

``harness_config`` is what a suite overrides; ``harness`` runs for the session; ``flow`` runs the marker's
case at set-up and is its result; ``run_flow`` runs more. Nothing is imported or started before a test
asks for it.

Cases run in pytest-playwright's ``--browser`` unless their marker or call names another engine, under that
engine's own policy unless they name one. A policy that an engine cannot reach skips the test with the reason.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Playwright

    from harness.browser.surfaces import SurfaceDriver, Workspace
    from harness.config import Config, EngineName
    from harness.matrix import Case
    from harness.opened import OpenCase
    from harness.run import Harness

MARKER = "harness"
_OPENED = pytest.StashKey[list["OpenCase"]]()


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line(
        "markers",
        "harness(surface, flow, engine, policy, mode, scenario, fault): the case that fixture flow runs",
    )


@pytest.fixture(scope="session")
def harness_config() -> Config:
    """The configuration: override it in a conftest.py to point the harness elsewhere."""
    from harness.config import Config

    return Config()


@pytest.fixture(scope="session")
def harness(harness_config: Config, playwright: Playwright, pytestconfig: pytest.Config) -> Iterator[Harness]:
    """The running harness, on pytest-playwright's driver."""
    from harness.run import Harness

    with Harness(harness_config, playwright=playwright, headed=pytestconfig.getoption("--headed")) as running:
        yield running


@pytest.fixture
def run_flow(
    harness: Harness, browser_name: EngineName, request: pytest.FixtureRequest
) -> Iterator[Callable[..., OpenCase]]:
    """Runs a case, ``run_flow(surface=…, flow=…, …)``; its pages stay open until the test ends."""
    from harness.run import FIRST_ACCOUNT

    with contextlib.ExitStack() as stack:

        def run(*, account: str | None = FIRST_ACCOUNT, **axes: Any) -> OpenCase:
            with _skipping_what_cannot_be_reached():
                opened = stack.enter_context(harness.open(_case(browser_name, axes), account=account))
            request.node.stash.setdefault(_OPENED, []).append(opened)
            return opened

        yield run


@pytest.fixture
def open_surface(harness: Harness, browser_name: EngineName) -> Iterator[Callable[..., SurfaceDriver]]:
    """Gives a surface with nothing clicked yet, ``open_surface(surface=…, flow=…, …)``."""
    from harness.run import FIRST_ACCOUNT

    with contextlib.ExitStack() as stack:

        def open_(*, account: str | None = FIRST_ACCOUNT, **axes: Any) -> SurfaceDriver:
            with _skipping_what_cannot_be_reached():
                return stack.enter_context(harness.surface(_case(browser_name, axes), account=account))

        yield open_


@pytest.fixture
def flow(request: pytest.FixtureRequest, run_flow: Callable[..., OpenCase]) -> OpenCase:
    """The result of the case that the test's marker ``harness`` names, with its pages open."""
    axes: dict[str, Any] = {}
    for marker in reversed(list(request.node.iter_markers(MARKER))):
        if marker.args:
            raise pytest.UsageError(f"the marker {MARKER} takes keywords only, surface=… and flow=…")
        axes |= marker.kwargs
    return run_flow(**axes)


def _case(engine: EngineName, axes: dict[str, Any]) -> Case:
    """Return the case that keywords name, in pytest-playwright's ``--browser`` unless they say otherwise."""
    from dataclasses import fields

    from harness.errors import UsageError
    from harness.matrix import Case

    known = [field.name for field in fields(Case)]
    if unknown := sorted(set(axes) - set(known)):
        raise UsageError(f"a case has no {', '.join(unknown)}; it has {', '.join(known)}")
    if missing := [name for name in ("surface", "flow") if name not in axes]:
        raise UsageError(f"a case needs {' and '.join(missing)}, for example surface='embedded', flow='code'")
    return Case(**{"engine": engine, **axes})


@contextlib.contextmanager
def _skipping_what_cannot_be_reached() -> Iterator[None]:
    """Skip the test whose conditions cannot be reached, with the reason: it has neither passed nor failed."""
    from harness.errors import PolicyUnavailable

    try:
        yield
    except PolicyUnavailable as error:
        pytest.skip(str(error))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Put the diagnosis of every case of a failed test into its report."""
    report: Any = yield
    if report.failed:
        from harness.report import text

        for opened in item.stash.get(_OPENED, []):
            report.sections.append(("harness", text.diagnosis(opened.case.id, opened.judgement)))
    return report


@pytest.fixture
def workspace(harness: Harness, browser_name: EngineName) -> Iterator[Workspace]:
    """The agent's workspace in a context of its own, in pytest-playwright's ``--browser``."""
    with harness.workspace(engine=browser_name) as opened:
        yield opened
