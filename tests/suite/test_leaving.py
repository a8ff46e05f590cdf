"""What a test leaves when it has ended: what was asked for, and nothing else."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.config import Config
from harness.errors import UsageError
from harness.opened import OpenCase
from harness.report.picture import Picture
from harness.suite.leaving import Leaving
from harness.suite.options import Choice
from harness.suite.told import diagnosed, properties
from harness.timeline import Facts, Header, Timeline
from tests.made import result, told

CASE = result(None, told("claims.expired"), outcome="refused", code="claims.expired")
FACTS = Facts.model_validate({name: getattr(CASE, name) for name in Facts.model_fields})
PICTURE = Picture(step="chat open", jpeg=b"\xff\xd8")


def opened(**changes: Any) -> OpenCase:
    """Return a case that has run."""
    values = {
        "case": SimpleNamespace(id=CASE.id, fault=None),
        "pictures": (PICTURE,),
        "passed": CASE.passed,
        "outcome": CASE.outcome,
        "code": CASE.code,
        "findings": CASE.findings,
        "judgement": CASE,
        "result": lambda: CASE,
        "saved": lambda run, rules: Timeline((), header=Header(run=run, rules=rules, case=FACTS)),
    }
    return cast("OpenCase", SimpleNamespace(**{**values, **changes}))


def leaving(tmp_path: Path, one: OpenCase | None = None, **choice: Any) -> Leaving:
    """Return what a test leaves in which one case has run, and a trace was recorded."""
    private = tmp_path / "private"
    private.mkdir()
    wanted = Choice(**{"report": "off", "traces": "off", "pictures": "off", **choice})
    found = Leaving(config=Config(), choice=wanted, private=private, target=tmp_path / "left")
    found.add(one or opened())
    if found.recordings is not None:
        trace = private / "trace.zip"
        trace.write_bytes(b"scrubbed")
        found.recordings.kept.append(trace)
    return found


def on(tmp_path: Path, choice: str) -> Leaving:
    """Return what a test leaves of which one thing is always kept."""
    wanted: dict[str, Any] = {choice: "on"}
    return leaving(tmp_path, **wanted)


def left(tmp_path: Path) -> set[str]:
    """Return what is there now."""
    folder = tmp_path / "left"
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


WANTED = (
    ({"report": "retain-on-failure"}, {"report.html", "report.json"}),
    ({"traces": "retain-on-failure"}, {"trace.zip"}),
    ({"pictures": "retain-on-failure"}, {"01 chat open.jpg"}),
)


@pytest.mark.parametrize(("choice", "files"), WANTED)
def test_a_failed_test_leaves_what_is_wanted_of_failures(
    tmp_path: Path, choice: dict[str, Any], files: set[str]
) -> None:
    """And nothing of what is off."""
    leaving(tmp_path, **choice).finish(failed=True)

    assert files == {name for name in left(tmp_path) if not name.startswith("timelines/")}


@pytest.mark.parametrize(("choice", "files"), WANTED)
def test_a_test_that_passed_leaves_none_of_it(
    tmp_path: Path, choice: dict[str, Any], files: set[str]
) -> None:
    """Also nothing in the private folder."""
    leaving(tmp_path, **choice).finish(failed=False)

    assert set() == left(tmp_path)
    assert not (tmp_path / "private").exists()


@pytest.mark.parametrize(("choice", "files"), WANTED)
def test_what_is_on_is_left_by_every_test(tmp_path: Path, choice: dict[str, Any], files: set[str]) -> None:
    """Whether it passed or not."""
    always: dict[str, Any] = dict.fromkeys(choice, "on")
    leaving(tmp_path, **always).finish(failed=False)

    assert files == {name for name in left(tmp_path) if not name.startswith("timelines/")}


def test_the_report_has_the_pictures_where_there_are_any(tmp_path: Path) -> None:
    """In the folders where harness judge looks for them."""
    leaving(tmp_path, report="on", pictures="on").finish(failed=True)

    assert {"timelines", "pictures"} <= {name.partition("/")[0] for name in left(tmp_path)}


@pytest.mark.parametrize(("choice", "name"), [("traces", "trace.zip"), ("pictures", "01 chat open.jpg")])
def test_what_is_left_goes_through_no_link(tmp_path: Path, choice: str, name: str) -> None:
    """It takes the place of one that somebody has put there."""
    link = tmp_path / "left" / name
    link.parent.mkdir()
    link.symlink_to(tmp_path / "elsewhere")
    on(tmp_path, choice).finish(failed=True)

    assert {name} == left(tmp_path)
    assert not link.is_symlink()
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("choice", ["report", "traces", "pictures"])
def test_the_folder_of_a_test_is_no_link(tmp_path: Path, choice: str) -> None:
    """Nothing is where it leads."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "left").symlink_to(elsewhere)
    with pytest.raises(UsageError, match="left is a link, and nothing is written through it"):
        on(tmp_path, choice).finish(failed=True)

    assert [] == list(elsewhere.iterdir())


def test_properties_name_the_case_and_each_finding() -> None:
    """Of further cases with their number."""
    first, second = dict(properties(CASE, number=1)), dict(properties(CASE, number=2))

    assert (CASE.id, "refused") == (first["harness"], first["harness.outcome"])
    assert ("claims.expired", "id_token payload") == (
        first["harness.finding.1.code"],
        first["harness.finding.1.hop"],
    )
    assert second["harness.2.code"] == first["harness.code"]


class TestWhatAFailedTestSays:
    """The diagnosis, and in a list of failures first of all what failed."""

    def report(self, tmp_path: Path, one: OpenCase) -> Any:
        """Return the report of a failed test."""
        crash = SimpleNamespace(message="AssertionError: assert 'refused' == 'authenticated'")
        report = SimpleNamespace(sections=[], longrepr=SimpleNamespace(reprcrash=crash))
        found = leaving(tmp_path, one, report="retain-on-failure")
        diagnosed(cast("pytest.TestReport", report), found, started_in=tmp_path)
        return report

    def test_it_names_hop_party_fix_and_report(self, tmp_path: Path) -> None:
        """The section is what the terminal shows."""
        ((_, said),) = self.report(tmp_path, opened()).sections

        for word in (
            "id_token payload",
            "expected  this",
            "observed  that",
            "fix       idp",
            "left/report.html",
        ):
            assert word in said

    def test_a_list_of_failures_begins_with_it(self, tmp_path: Path) -> None:
        """What the test itself said comes after."""
        message = self.report(tmp_path, opened()).longrepr.reprcrash.message

        assert message.startswith("id_token payload: claims.expired; expected this")
        assert message.endswith("'authenticated'")

    def test_where_a_fault_was_asked_for_the_test_s_own_words_stay(self, tmp_path: Path) -> None:
        """It wants the refusal, and fails for something else."""
        broken = opened(case=SimpleNamespace(id=CASE.id, fault="exp-past"))

        assert self.report(tmp_path, broken).longrepr.reprcrash.message.startswith("AssertionError")
