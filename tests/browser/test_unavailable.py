"""What cannot be reached neither passes nor fails: it is listed with its reason, and the run goes on."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Playwright

from harness import Case, Harness, Report
from harness.cli.output import exit_code
from harness.errors import EngineUnavailable, UsageError
from harness.pytest_plugin import _skipping_what_cannot_be_reached
from harness.report import text

Machine = Callable[..., Playwright]

UNREACHED = (
    Case(surface="embedded", flow="code", policy="firefox-default"),
    Case(surface="popup", flow="code", policy="firefox-default"),
    Case(surface="embedded", flow="code", engine="firefox", policy="chrome-today"),
)


@pytest.fixture
def report(machine: Machine) -> Report:
    """Give the report of a run in which nothing could be reached."""
    with Harness(playwright=machine("chromium", "firefox", "certutil")) as harness:
        return harness.check(UNREACHED)


def test_each_vector_is_listed_once_with_its_reason(report: Report) -> None:
    """However many cases it has; no case was counted."""
    assert [("chromium", "firefox-default"), ("firefox", "chrome-today")] == [
        (one.engine, one.policy) for one in report.unavailable
    ]
    assert all(one.reason for one in report.unavailable)
    assert (0, 0, 0) == (report.summary.cases, report.summary.passed, report.summary.failed)


def test_the_renderings_list_it(report: Report) -> None:
    """For a person and for a program, in lines of at most 80 columns."""
    said = text.render(report)

    assert "chromium firefox-default: Chromium partitions only" in said
    assert max(map(len, said.splitlines())) <= text.WIDTH
    assert ["chrome-today"] == [one["policy"] for one in json.loads(report.as_json())["unavailable"][1:]]


def test_a_run_of_nothing_is_not_a_success(report: Report, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2: what was asked for is not here."""
    assert 2 == exit_code(report, allow_undetermined=True)
    assert "can run here" in capsys.readouterr().err


def test_an_engine_that_is_not_here_stops_the_run_before_it_starts(machine: Machine) -> None:
    """A requested engine is no condition: it is exit 2, whatever else could run."""
    with (
        Harness(playwright=machine("chromium")) as harness,
        pytest.raises(EngineUnavailable, match="playwright install webkit"),
    ):
        harness.check((*UNREACHED[:1], Case(surface="app", flow="code", engine="webkit")))


def test_a_policy_that_does_not_exist_stops_the_run_before_it_starts(machine: Machine) -> None:
    """A configuration file may have misspelt it."""
    with (
        Harness(playwright=machine("chromium")) as harness,
        pytest.raises(UsageError, match="chrome-yesterday"),
    ):
        harness.check((*UNREACHED[:1], Case(surface="app", flow="code", policy="chrome-yesterday")))


def test_in_a_suite_it_skips_with_the_reason(machine: Machine) -> None:
    """A test whose conditions cannot be reached has not failed."""
    with (
        Harness(playwright=machine("chromium")) as harness,
        pytest.raises(pytest.skip.Exception, match="Chromium partitions only"),
        _skipping_what_cannot_be_reached(),
    ):
        harness.run(UNREACHED[0])
