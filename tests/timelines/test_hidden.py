"""What the recorder sees, it sees for a reason: without any one type of event some case is judged otherwise."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

import harness
from harness.checks import Judgement, judge
from harness.event_types import EVENT_TYPES
from harness.judging import SUFFIX, files, judge_again
from harness.redact import looks_secret
from harness.sample import BRAND_SECRET, CUSTOMERS, PLATFORM_SECRET
from harness.timeline import Timeline

FOLDER = Path(__file__).parent
SAVED: Mapping[str, Timeline] = {
    path.name.removesuffix(SUFFIX): Timeline.loads(path.read_bytes(), file=path) for path in files([FOLDER])
}
CHECKS = Path(harness.__file__).parent / "checks"
ELSEWHERE = {"backend.failed", "logout", "probe.answered"}
"""Events of the servers' that no browser brings about; the tests of their checks hold them."""


def read_by_checks() -> Iterator[str]:
    """Yield the types of events that checks ask for by name."""
    for path in CHECKS.glob("*.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "of":
                yield from (str(one.value) for one in call.args if isinstance(one, ast.Constant))


TYPES = tuple(sorted({*EVENT_TYPES, *read_by_checks()} - ELSEWHERE))


def without(timeline: Timeline, hidden: str) -> Judgement | None:
    """Judge a timeline without the events of one type; ``None`` where nothing can be judged then."""
    try:
        return judge(replace(timeline, events=tuple(one for one in timeline if one.type != hidden)))
    except (KeyError, IndexError):
        return None


@pytest.mark.parametrize("hidden", TYPES)
def test_hiding_a_type_of_event_changes_a_judgement(hidden: str) -> None:
    """Outcome, code or findings of a recorded case are others when the type is not seen."""
    assert [
        name for name, timeline in SAVED.items() if timeline.of(hidden) and judge(timeline) != without(timeline, hidden)
    ]


@pytest.mark.parametrize("name", SAVED)
def test_every_recorded_event_counts(name: str) -> None:
    """An extract holds nothing without which its judgement would be the same."""
    timeline = SAVED[name]

    assert [] == [
        event.type
        for event in timeline
        if judge(timeline) == _judged(replace(timeline, events=tuple(one for one in timeline if one != event)))
    ]


def _judged(timeline: Timeline) -> Judgement | None:
    try:
        return judge(timeline)
    except (KeyError, IndexError):
        return None
