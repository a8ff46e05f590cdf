"""A suite of somebody else's, as they would start it: what it sees, what it is told, and what it leaves."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as Tree

import pytest

from tests.leaks import below, leaks

CONFTEST = """
import pathlib
import pytest


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "locale": "de-DE", "ignore_https_errors": True}
"""

TESTS = """
import pytest


@pytest.mark.harness(surface="embedded", flow="code-pkce")
class TestAShop:
    def test_good(self, flow, workspace):
        assert flow.outcome == "authenticated"
        assert flow.driven.surface.page.evaluate("navigator.language") == "de-DE"
        workspace.choose("Alice Abel")

    @pytest.mark.harness(fault="callback-never-called")
    def test_broken(self, flow):
        assert flow.outcome == "authenticated"


def test_two_cases(run_flow):
    assert run_flow(surface="app", flow="code").passed
    assert not run_flow(surface="app", flow="implicit", fault="exp-past").passed


def test_misspelt(run_flow):
    run_flow(surface="app", flow="coed")
"""

OPTIONS = ("--tracing", "retain-on-failure", "--screenshot", "only-on-failure", "--junitxml", "junit.xml")


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A suite that has ended.

    Attributes:
        folder: Where it was started.
        code: Pytest's exit code.
        said: What it printed.
    """

    folder: Path
    code: int
    said: str

    def left(self, test: str) -> set[str]:
        """Return the names of what a test left."""
        found = [one for one in (self.folder / "test-results").glob("*") if one.name.endswith(test)]
        return {path.name for folder in found for path in folder.iterdir()}

    def properties(self, test: str) -> dict[str, str]:
        """Return what JUnit XML says beside a test."""
        cases = Tree.parse(self.folder / "junit.xml").iter("testcase")  # noqa: S314 - written by pytest
        (case,) = (one for one in cases if one.get("name") == test)
        return {str(one.get("name")): str(one.get("value")) for one in case.iter("property")}


def started(folder: Path, *arguments: str, **files: str) -> Ended:
    """Run pytest in a folder."""
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, "utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return Ended(folder=folder, code=done.returncode, said=done.stdout + done.stderr)


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """Give a suite that has ended, two of whose tests fail."""
    return started(tmp_path_factory.mktemp("suite"), *OPTIONS, conftest=CONFTEST, test_shop=TESTS)


def test_what_is_broken_is_red_and_all_else_green(ended: Ended) -> None:
    """A case that is to be refused, and is, is a success of the suite's."""
    assert 1 == ended.code
    assert "2 failed, 2 passed" in ended.said


def test_a_failure_names_hop_party_fix_and_report(ended: Ended) -> None:
    """On the terminal, beside the test's own assertion."""
    said = " ".join(ended.said.split())

    assert "assert 'refused' == 'authenticated'" in said
    wanted = ("(brand page; ", "brand page, client-side developer: ", "expected", "observed", "fix")
    assert [] == [words for words in wanted if words not in said]
    assert "report: test-results/" in said


def test_a_mistake_in_a_call_is_its_sentence_alone(ended: Ended) -> None:
    """Nobody has to read through our frames."""
    assert "flow does not know 'coed'; choose from" in ended.said
    assert "harness/matrix.py" not in ended.said


def test_a_failed_test_leaves_report_pictures_and_trace(ended: Ended) -> None:
    """In pytest-playwright's folder; one that passed leaves nothing."""
    assert {"report.html", "report.json", "timelines", "trace.zip"} <= ended.left("test-broken-chromium")
    assert any(name.endswith(".jpg") for name in ended.left("test-broken-chromium"))
    assert set() == ended.left("test-good-chromium")


def test_junit_xml_has_the_findings_of_every_case(ended: Ended) -> None:
    """And where to find what was left."""
    broken, both = ended.properties("test_broken[chromium]"), ended.properties("test_two_cases[chromium]")

    assert "sdk.callback_timeout" == broken["harness.finding.1.code"]
    assert {"playwright_trace", "playwright_screenshot", "harness_report"} <= set(broken)
    assert ("authenticated", "refused") == (both["harness.outcome"], both["harness.2.outcome"])


def test_nothing_of_it_holds_a_secret(ended: Ended) -> None:
    """Trace, report and timelines are scrubbed; the sample's passwords and secrets are known."""
    from harness.config import Config
    from harness.opened import known_secrets

    secrets = {f"secret {number}": value for number, value in enumerate(known_secrets(Config()))}

    assert [] == leaks(secrets, (*below(ended.folder / "test-results"), ("said", ended.said.encode())))


KEPT = """
from pathlib import Path


def pytest_runtest_protocol(item):
    if hasattr(item.config, "workerinput"):
        folder = Path(item.config.getoption("--output"))
        folder.mkdir(exist_ok=True)
        (folder / item.config.workerinput["workerid"]).touch()
"""
ONE_EACH = """
import pytest


@pytest.mark.parametrize("number", range(4))
def test_something(number, delete_output_dir):
    pass
"""


def test_a_worker_leaves_what_others_have_left(tmp_path: Path) -> None:
    """Pytest-playwright has each empty the folder; what was there before the run is gone all the same."""
    before = tmp_path / "test-results" / "before"
    before.parent.mkdir()
    before.touch()
    ended = started(tmp_path, "-n", "2", conftest=KEPT, test_them=ONE_EACH)

    assert 0 == ended.code, ended.said
    assert {"gw0", "gw1"} == {path.name for path in before.parent.iterdir()}


AWAITED = """
import asyncio
from harness import Config, Harness


async def main():
    with Harness(Config()) as harness:
        report = await harness.acheck(surface="app", flow="code")
    print([(case.id, case.outcome) for case in report.cases])


asyncio.run(main())
"""


def test_a_program_with_an_event_loop_awaits_a_check(tmp_path: Path) -> None:
    """Playwright's synchronous driver does not work where a loop runs; it has a thread of its own."""
    done = subprocess.run(
        [sys.executable, "-c", AWAITED], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert "[('app/code/chromium/chrome-today/strict/sign-in', 'authenticated')]" == done.stdout.strip()
    assert "" == done.stderr
