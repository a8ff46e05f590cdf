"""What a suite chooses: each option of the command line is also a line in its configuration file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

When = Literal["on", "off", "retain-on-failure"]
WHEN = ("on", "off", "retain-on-failure")

_FILE, _REPORT, _OPEN = "harness_config", "harness_report", "harness_allow_undetermined"
_EXPECTED = "harness_expected"
_HELP = {
    _FILE: "The configuration file of your brand, or one that narrows the sample's matrix. Tests use it, and "
    "each case of its matrix is a test of its own, unless other paths than the file's are named.",
    _REPORT: "Whether a test leaves the report of its cases in --output: always, never, or when it failed "
    "(retain-on-failure, the default).",
    _EXPECTED: "Findings that are known, each with owner, reason and a day: a case of the matrix that fails "
    "for nothing else is expected to fail until then. By default what the configuration file names.",
    _OPEN: "Skip a case of the matrix that stayed undetermined, instead of failing it.",
}


@dataclass(frozen=True, kw_only=True)
class Choice:
    """When a test leaves what.

    Attributes:
        report: The report of its cases, with their timelines.
        traces: Playwright's traces, scrubbed.
        pictures: Screenshots, in the report and beside it.
    """

    report: When
    traces: When
    pictures: When

    def wants(self, what: When, *, failed: bool) -> bool:
        """Tell whether something is left by a test that has ended."""
        return what == "on" or (what == "retain-on-failure" and failed)


def add(parser: pytest.Parser) -> None:
    """Add the options and their lines in a configuration file."""
    group = parser.getgroup("harness", "Consumer authentication harness")
    group.addoption("--harness-config", metavar="FILE", help=_HELP[_FILE])
    group.addoption("--harness-report", choices=WHEN, help=_HELP[_REPORT])
    group.addoption("--harness-expected", metavar="FILE", help=_HELP[_EXPECTED])
    group.addoption("--harness-allow-undetermined", action="store_true", default=None, help=_HELP[_OPEN])
    parser.addini(_FILE, _HELP[_FILE])
    parser.addini(_REPORT, _HELP[_REPORT], default="retain-on-failure")
    parser.addini(_EXPECTED, _HELP[_EXPECTED])
    parser.addini(_OPEN, _HELP[_OPEN], type="bool", default=False)


def file(config: pytest.Config) -> Path | None:
    """Return the configuration file: an option is relative to where pytest was started, a line to its file.

    Raises:
        pytest.UsageError: When there is no such file.
    """
    return _named(config, _FILE, "harness init writes one")


def expected(config: pytest.Config) -> Path | None:
    """Return the file of expected findings, named as the configuration file is.

    Raises:
        pytest.UsageError: When there is no such file.
    """
    return _named(config, _EXPECTED, "leave it out where nothing is expected")


def _named(config: pytest.Config, name: str, advice: str) -> Path | None:
    option, line = config.getoption(name), config.getini(name)
    if option:
        path = Path(config.invocation_params.dir, option)
    elif line:
        path = Path(config.inipath.parent if config.inipath else config.rootpath, line)
    else:
        return None
    if not path.is_file():
        raise pytest.UsageError(f"--{name.replace('_', '-')}: there is no file {path}; {advice}")
    return path.resolve()


def choice(config: pytest.Config) -> Choice:
    """Return when a test leaves what; traces and screenshots are pytest-playwright's own options.

    Raises:
        pytest.UsageError: When the line in the configuration file says something else.
    """
    report = config.getoption(_REPORT) or config.getini(_REPORT)
    if report not in WHEN:
        raise pytest.UsageError(f"{_REPORT} is {report!r}; choose from {', '.join(WHEN)}")
    # Somebody may have switched pytest-playwright off for tests that need no browser.
    traces, pictures = config.getoption("--tracing", "off"), config.getoption("--screenshot", "off")
    pictures = pictures.replace("only-on-failure", "retain-on-failure")
    return Choice(report=report, traces=traces, pictures=pictures)


def allows_undetermined(config: pytest.Config) -> bool:
    """Tell whether a case that stayed undetermined may pass by."""
    return bool(config.getoption(_OPEN) or config.getini(_OPEN))
