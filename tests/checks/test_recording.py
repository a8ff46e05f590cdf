"""A recording with gaps, and a page that died, are told as what they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from harness.checks import judge
from harness.checks.recording import check_recording

if TYPE_CHECKING:
    from tests.checks.conftest import Happened, Told

Seen = Callable[..., "Told"]

BRAND = "https://www.brand.test"


def test_what_could_not_be_recorded_is_told_once(happened: Happened, seen: Seen) -> None:
    """What was missed, and in whose document, in one warning."""
    started = seen("document.started", url=f"{BRAND}/account?mode=…")
    failed = [seen("recorder.failed", during="channel.sent")] * 2

    (found,) = check_recording(happened(started, *failed, seen("recorder.full", most=1000)))

    assert ("harness.recording_incomplete", "warning") == (found.code, found.severity)
    assert f"channel.sent in {BRAND}, what {BRAND} did after its first 1000 events" in found.observed


def test_a_whole_recording_is_not_worth_a_word(happened: Happened, seen: Seen) -> None:
    """Nothing was missed, nothing is found."""
    assert [] == list(check_recording(happened(seen("document.started"))))


def test_a_page_that_died_leaves_the_case_open(happened: Happened, seen: Seen, opened: Told) -> None:
    """Neither the brand nor the platform is blamed for the browser."""
    started = seen("document.started", url=f"{BRAND}/account")

    judgement = judge(happened(opened, started, seen("page.crashed")))

    assert ("undetermined", "browser.page_crashed") == (judgement.outcome, judgement.code)
    assert not judgement.passed
    assert f"the process of {BRAND} died" == judgement.findings[0].observed


def test_a_sign_in_that_had_ended_keeps_its_outcome(
    happened: Happened, seen: Seen, opened: Told, verdict: Callable[..., Told]
) -> None:
    """The crash is told beside it."""
    judgement = judge(happened(opened, seen("document.started"), verdict(), seen("page.crashed")))

    assert ("authenticated", None) == (judgement.outcome, judgement.code)
    assert ["browser.page_crashed"] == [one.code for one in judgement.findings]
