"""What leaves a run holds no secret, and a secret that is a word of ours spoils nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.checks import judge
from harness.errors import TimelineError
from harness.last_gate import sealed_report, sealed_timeline
from harness.redact import HIDDEN, Redactor
from harness.report.model import Report
from harness.timeline import Timeline
from tests.made import report, result, told

TIMELINES = sorted((Path(__file__).parent / "timelines").glob("*.jsonl"))
WORDS = ("embedded", "chromium", "findings", "harness", "browser", "strict", "secret", "document", "members")


@pytest.mark.parametrize("word", WORDS)
def test_a_report_stays_one_without_the_secret_in_what_was_said(word: str) -> None:
    """Codes, axes and names of members are the same in every run, and tell nobody the secret."""
    before = report(result(None, told("brand.secret_exposed", observed=f"the {word} of it")))
    after = Report.model_validate(sealed_report(before.model_dump(), Redactor([word])))

    assert f"the {HIDDEN} of it" == after.cases[0].findings[0].observed
    assert "brand.secret_exposed" == after.cases[0].findings[0].code
    assert before.cases[0].id == after.cases[0].id


@pytest.mark.parametrize("path", TIMELINES, ids=lambda path: path.stem)
def test_a_timeline_is_judged_as_before(path: Path) -> None:
    """Whatever word of ours is the secret, the checks read the same events."""
    timeline = Timeline.loads(path.read_bytes())
    before = judge(timeline)
    for word in WORDS:
        after = judge(sealed_timeline(timeline, Redactor([word])))

        assert (before.outcome, before.code) == (after.outcome, after.code), word
        assert [one.code for one in before.findings] == [one.code for one in after.findings], word


@pytest.mark.parametrize("word", WORDS)
def test_an_event_keeps_our_words_and_loses_them_in_what_was_said(word: str) -> None:
    """A value that is a word of ours as a whole stays, unless it stands where sentences do."""
    timeline = Timeline.loads(TIMELINES[0].read_bytes())
    said = {
        "text": word,
        "url": f"https://shop.test/{word}/x",
        "kind": "client_secret",
        "problems": [{"code": "brand.secret_exposed", "severity": "error", "observed": word}],
        "members": ["document", f"a {word}"],
    }
    event = replace(timeline.events[-1], type="secret.served", source="browser", data=said)
    sealed = sealed_timeline(replace(timeline, events=(event,)), Redactor([word])).events[0]

    assert ("secret.served", "browser") == (sealed.type, sealed.source)
    assert {
        "text": HIDDEN,
        "url": f"https://shop.test/{HIDDEN}/x",
        "kind": "client_secret",
        "problems": [{"code": "brand.secret_exposed", "severity": "error", "observed": HIDDEN}],
        "members": ["document", f"a {HIDDEN}"],
    } == sealed.data


def test_a_secret_of_nobody_s_words_is_in_no_value_at_all() -> None:
    """Wherever it stands in an event, and in what the browser calls itself."""
    secret = 'pä"ss\\1234'
    timeline = Timeline.loads(TIMELINES[0].read_bytes())
    assert timeline.header is not None
    data = {"kind": secret, "type": f"a {secret}", "deep": [{"reason": secret}], "text": json.dumps(secret)}
    conditions = timeline.header.case.conditions.model_copy(update={"engine_version": secret})
    case = timeline.header.case.model_copy(update={"conditions": conditions})
    careless = Timeline(
        (replace(timeline.events[-1], data=data),), timeline.header.model_copy(update={"case": case})
    )
    sealed = sealed_timeline(careless, Redactor([secret]))

    assert sealed.header is not None
    assert HIDDEN == sealed.header.case.conditions.engine_version
    assert {
        "kind": HIDDEN,
        "type": f"a {HIDDEN}",
        "deep": [{"reason": HIDDEN}],
        "text": f'"{HIDDEN}"',
    } == sealed.events[0].data


def test_what_cannot_be_read_again_is_told_with_its_file() -> None:
    """The events of a file are in order."""
    timeline = Timeline.loads(TIMELINES[0].read_bytes())
    twice = replace(timeline, events=(timeline.events[0], timeline.events[0]))

    with pytest.raises(TimelineError, match="out of order"):
        sealed_timeline(twice, Redactor(), file=Path("x.jsonl"))
