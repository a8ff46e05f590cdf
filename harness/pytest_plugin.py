"""The pytest plugin: fixtures on pytest-playwright's, and one marker.

``harness_config`` is what a suite overrides; ``harness`` runs for the session; ``flow`` runs the marker's
case at set-up and is its result; ``run_flow`` runs more. Nothing is imported or started before a test
asks for it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Playwright

    from harness.browser.surfaces import SurfaceDriver, Workspace
    from harness.config import Config
    from harness.run import Harness, OpenCase

MARKER = "harness"


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
def run_flow(harness: Harness) -> Iterator[Callable[..., OpenCase]]:
    """Runs a case, ``run_flow(surface=…, flow=…, …)``; its pages stay open until the test ends."""
    from harness.matrix import Case
    from harness.run import DEFAULT_ACCOUNT

    with contextlib.ExitStack() as stack:

        def run(*, account: str | None = DEFAULT_ACCOUNT, **case: Any) -> OpenCase:
            return stack.enter_context(harness.open(Case(**case), account=account))

        yield run


@pytest.fixture
def open_surface(harness: Harness) -> Iterator[Callable[..., SurfaceDriver]]:
    """Gives a surface with nothing clicked yet, ``open_surface(surface=…, flow=…, …)``."""
    from harness.matrix import Case
    from harness.run import DEFAULT_ACCOUNT

    with contextlib.ExitStack() as stack:

        def open_(*, account: str | None = DEFAULT_ACCOUNT, **case: Any) -> SurfaceDriver:
            return stack.enter_context(harness.surface(Case(**case), account=account))

        yield open_


@pytest.fixture
def flow(request: pytest.FixtureRequest, run_flow: Callable[..., OpenCase]) -> OpenCase:
    """The result of the case that the test's marker ``harness`` names, with its pages open."""
    axes: dict[str, Any] = {}
    for marker in reversed(list(request.node.iter_markers(MARKER))):
        axes |= marker.kwargs
    if not {"surface", "flow"} <= axes.keys():
        raise pytest.UsageError(
            'flow needs a marker: @pytest.mark.harness(surface="embedded", flow="code-pkce")'
        )
    return run_flow(**axes)


@pytest.fixture
def workspace(harness: Harness) -> Iterator[Workspace]:
    """The agent's workspace in a browser of its own."""
    with harness.workspace() as opened:
        yield opened
