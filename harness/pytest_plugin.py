"""The pytest plugin: fixtures on pytest-playwright's, one marker, and the matrix of a file as tests.

``harness_config`` is what a suite overrides; ``harness`` runs for the session; ``flow`` runs the marker's
case at set-up and is its result; ``run_flow`` runs more. Nothing is imported or started before a test
asks for it.

Cases run in pytest-playwright's ``--browser`` unless their marker or call names another engine, under that
engine's own policy unless they name one. A policy that an engine cannot reach skips the test with the reason.
``--tracing``, ``--screenshot``, ``--output``, ``--headed`` and ``--slowmo`` mean here what they mean there;
what is left of a run is scrubbed first.
"""

from __future__ import annotations

import contextlib
import tempfile
import warnings
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.errors import HarnessError, PolicyUnavailable
from harness.suite import options

if TYPE_CHECKING:
    from playwright.sync_api import Playwright

    from harness.browser.surfaces import SurfaceDriver, Workspace
    from harness.config import Config, EngineName
    from harness.extension import Extension
    from harness.matrix import Case
    from harness.opened import OpenCase
    from harness.run import Harness
    from harness.suite.leaving import Leaving

MARKER = "harness"
_LEAVING = pytest.StashKey["Leaving"]()
_FAILED = pytest.StashKey[bool]()
_CHOICE = pytest.StashKey[options.Choice]()
_FILE = pytest.StashKey[Path | None]()
_EXPECTED = pytest.StashKey[Path | None]()

Play = Callable[["Case", str | None], "OpenCase"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    options.add(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and have the configuration file collected where nothing else was named."""
    config.addinivalue_line(
        "markers",
        "harness(surface, flow, engine, policy, mode, scenario, fault): the case that fixture flow runs",
    )
    config.stash[_CHOICE] = options.choice(config)
    path = config.stash[_FILE] = options.file(config)
    config.stash[_EXPECTED] = options.expected(config)
    if path is not None and config.args_source is not pytest.Config.ArgsSource.ARGS:
        config.args.append(str(path))
    if hasattr(config, "workerinput"):
        config.pluginmanager.import_plugin("harness.suite.one_output")
    elif path is not None or config.stash[_EXPECTED] is not None:
        from harness.suite.stale import Standing

        config.pluginmanager.register(Standing(file=config.stash[_EXPECTED], config_file=path))


def pytest_report_header(config: pytest.Config) -> str | None:
    """Say which configuration tests use."""
    path = config.stash[_FILE]
    return f"harness: {path}" if path else None


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the cases of the configuration file's matrix."""
    if file_path != parent.config.stash[_FILE]:
        return None
    from harness.suite.matrix import MatrixFile

    return MatrixFile.from_parent(parent, path=file_path)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    """Empty ``--output`` once, before there are workers."""
    import shutil

    shutil.rmtree(config.getoption("--output"), ignore_errors=True)


@pytest.fixture(scope="session")
def harness_config(pytestconfig: pytest.Config) -> Config:
    """The configuration: ``--harness-config``, else the sample brand's; override it in a conftest.py."""
    from harness import config_file
    from harness.config import Config

    path = pytestconfig.stash[_FILE]
    return config_file.read(path) if path else Config()


@pytest.fixture(scope="session")
def harness_extensions() -> tuple[Extension, ...]:
    """Checks and faults of one's own: override it in a conftest.py; by default those of what is installed."""
    from harness.extension import installed

    return installed()


@pytest.fixture(scope="session")
def harness(
    harness_config: Config,
    harness_extensions: tuple[Extension, ...],
    playwright: Playwright,
    browser_type_launch_args: Mapping[str, Any],
    connect_options: Mapping[str, Any] | None,
    request: pytest.FixtureRequest,
) -> Iterator[Harness]:
    """The running harness, on pytest-playwright's driver, with its browsers as that plugin's fixtures say."""
    from harness import expectations
    from harness.browser.wishes import Wishes
    from harness.cli import kept
    from harness.run import Harness

    with warnings.catch_warnings():
        # It needs pytest-playwright's own base_url, which pytest 9.2 warns of; the suite cannot mend that.
        warnings.filterwarnings("ignore", "Session-scoped fixtures defined as instance methods")
        context_args = request.getfixturevalue("browser_context_args")
    if (expected := request.config.stash[_EXPECTED]) is not None:
        harness_config = harness_config.model_copy(update={"expected": expectations.read(expected)})
    with Harness(
        harness_config,
        playwright=playwright,
        wishes=Wishes.told(browser_type_launch_args, context_args),
        connect=(connect_options or {}).get("endpoint") or (connect_options or {}).get("ws_endpoint"),
        sessions=kept.sessions(request.config.stash[_FILE], harness_config),
        extensions=harness_extensions,
    ) as running:
        yield running


@pytest.fixture(scope="session")
def _harness_private(pytestconfig: pytest.Config) -> Path:
    """A folder for what a test may leave; it goes with the last test, which is told of after its fixtures."""
    from harness import temporary

    stack = contextlib.ExitStack()
    pytestconfig.add_cleanup(stack.close)
    return stack.enter_context(temporary.folder("suite-"))


@pytest.fixture
def _harness_leaving(
    harness: Harness,
    output_path: str,
    _harness_private: Path,
    request: pytest.FixtureRequest,
) -> Iterator[Leaving]:
    """What this test leaves; its contexts are opened and closed in between."""
    from harness.suite.leaving import Leaving

    private = Path(tempfile.mkdtemp(dir=_harness_private))
    choice = request.config.stash[_CHOICE]
    leaving = Leaving(config=harness.config, choice=choice, private=private, target=Path(output_path))
    request.node.stash[_LEAVING] = leaving
    with harness.recorded("trace", leaving.recordings):
        yield leaving


@pytest.fixture
def _harness_play(
    harness: Harness, _harness_leaving: Leaving, request: pytest.FixtureRequest
) -> Iterator[Play]:
    """Plays a case; its pages stay open until the test ends."""
    from harness.suite import told

    with contextlib.ExitStack() as stack:

        def play(case: Case, account: str | None) -> OpenCase:
            with _skipping_what_cannot_be_reached():
                if (reason := harness.unplayable(case)) is not None:
                    pytest.skip(reason)
                learned = harness.learn((case,))
                if learned is not None and not learned.telling:
                    pytest.fail(f"undetermined: {learned.sentence}", pytrace=False)
                camera = _harness_leaving.camera()
                opened = stack.enter_context(harness.open(case, account=account, camera=camera))
            context = opened.driven.surface.context if opened.driven is not None else None
            stack.callback(_harness_leaving.look, camera, context, opened)
            result = _harness_leaving.add(opened)
            number = len(_harness_leaving.opened)
            request.node.user_properties += told.properties(result, number=number)
            return opened

        yield play


@pytest.fixture
def run_flow(_harness_play: Play, browser_name: EngineName) -> Callable[..., OpenCase]:
    """Runs a case, ``run_flow(surface=…, flow=…, …)``; its pages stay open until the test ends."""
    from harness.consumers import FIRST_ACCOUNT
    from harness.suite.asked import case_of

    def run(*, account: str | None = FIRST_ACCOUNT, **axes: Any) -> OpenCase:
        return _harness_play(case_of(browser_name, axes), account)

    return run


@pytest.fixture
def open_surface(
    harness: Harness, _harness_leaving: Leaving, browser_name: EngineName
) -> Iterator[Callable[..., SurfaceDriver]]:
    """Gives a surface with nothing clicked yet, ``open_surface(surface=…, flow=…, …)``."""
    from harness.consumers import FIRST_ACCOUNT
    from harness.suite.asked import case_of

    with contextlib.ExitStack() as stack:

        def open_(*, account: str | None = FIRST_ACCOUNT, **axes: Any) -> SurfaceDriver:
            with _skipping_what_cannot_be_reached():
                case = case_of(browser_name, axes)
                surface = stack.enter_context(harness.surface(case, account=account))
            stack.callback(_harness_leaving.look, _harness_leaving.camera(), surface.context)
            return surface

        yield open_


@pytest.fixture
def flow(request: pytest.FixtureRequest, run_flow: Callable[..., OpenCase]) -> OpenCase:
    """The result of the case that the test's marker ``harness`` names, with its pages open."""
    from harness.suite.asked import axes_of

    return run_flow(**axes_of(request.node))


@pytest.fixture
def workspace(harness: Harness, _harness_leaving: Leaving, browser_name: EngineName) -> Iterator[Workspace]:
    """The agent's workspace in a context of its own, in pytest-playwright's ``--browser``."""
    with harness.workspace(engine=browser_name, recorded=True) as opened:
        yield opened
        _harness_leaving.look(_harness_leaving.camera(), opened.page.context)


@pytest.fixture
def _harness_verdict(
    harness: Harness, _harness_play: Play, pytestconfig: pytest.Config
) -> Callable[[Case], None]:
    """Plays a case of the matrix, and fails the test where the case does."""
    from harness.consumers import FIRST_ACCOUNT
    from harness.expectations import marked
    from harness.suite import told

    def verdict(case: Case) -> None:
        opened = _harness_play(case, FIRST_ACCOUNT)
        if opened.outcome == "undetermined" and options.allows_undetermined(pytestconfig):
            pytest.skip(told.headline(opened))
        if marked(opened.result(), harness.config.expected).as_expected:
            pytest.xfail(f"failed as expected; {told.headline(opened)}")
        if not opened.passed:
            pytest.fail(told.headline(opened), pytrace=False)

    return verdict


@contextlib.contextmanager
def _skipping_what_cannot_be_reached() -> Iterator[None]:
    """Skip the test whose conditions cannot be reached, with the reason: it has neither passed nor failed."""
    try:
        yield
    except PolicyUnavailable as error:
        pytest.skip(str(error))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put the diagnosis of every case of a failed test into its report, and leave what the test leaves."""
    report = yield
    failed = report.failed or (report.when != "setup" and item.stash.get(_FAILED, False))
    item.stash[_FAILED] = failed
    if report.failed and call.excinfo is not None and isinstance(call.excinfo.value, HarnessError):
        # Where it came from is nothing that whoever reads the sentence could mend.
        report.longrepr = call.excinfo.getrepr(style="value")
    if (leaving := item.stash.get(_LEAVING, None)) is None:
        return report
    from harness.suite import told

    started_in = item.config.invocation_params.dir
    if report.failed and leaving.opened:
        told.diagnosed(report, leaving, started_in=started_in)
    if report.when == "teardown":
        del item.stash[_LEAVING]
        kept = leaving.finish(failed=failed)
        report.user_properties += [(kind, told.shown(path, started_in)) for kind, path in kept]
    return report
