"""What a suite's expected findings came to: gathered from its tests' reports, xdist's workers' too."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness import config_file, expectations
from harness.config import ExpectedFinding
from harness.errors import HarnessError
from harness.expectations.holding import AXES, Seen, standing
from harness.report.model import Expectation
from harness.suite.told import NAME

_CASE = re.compile(rf"{NAME}(\.\d+)?")


@dataclass(kw_only=True, eq=False)  # older versions of pytest keep plugins in a set
class Standing:
    """Hears of every test's cases and says which expected findings are stale or overdue.

    Attributes:
        file: The file of expected findings, if one was named.
        config_file: The configuration file, which may name one.
    """

    file: Path | None
    config_file: Path | None
    _seen: list[Seen] = field(default_factory=list)
    _failed: tuple[Expectation, ...] = ()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what a test says of its cases."""
        if report.when == "call":
            told = dict(report.user_properties)
            self._seen += (_case(told, name) for name in told if _CASE.fullmatch(name))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail the suite where an expectation does not hold any more."""
        try:
            self._failed = tuple(one for one in standing(self._entries(), self._seen) if one.failed)
        except HarnessError:
            return  # whoever needs the file has said so
        if self._failed and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say which."""
        if self._failed:
            terminalreporter.section("harness: expected findings")
            for one in self._failed:
                terminalreporter.line(f"{one.place}: {one.sentence}", red=True)

    def _entries(self) -> tuple[ExpectedFinding, ...]:
        if self.file is not None:
            return expectations.read(self.file)
        if self.config_file is None or not self._seen:
            return ()
        return config_file.read(self.config_file).expected


def _case(told: dict[str, object], name: str) -> Seen:
    """Return a case as its properties tell of it."""
    codes = re.compile(rf"{re.escape(name)}\.finding\.\d+\.code")
    return Seen(
        axes={axis: str(told[f"{name}.{axis}"]) for axis in AXES},
        outcome=str(told[f"{name}.outcome"]),
        codes=frozenset(str(value) for key, value in told.items() if codes.fullmatch(key)),
    )
