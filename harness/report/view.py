"""What the page of a report shows of each case, ready to be written down."""

from __future__ import annotations

import base64
import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.report.matrix import State, state, word
from harness.report.model import CaseResult, Conditions
from harness.report.picture import Picture
from harness.report.plain import line, spelled
from harness.report.sequence import Diagram, diagram
from harness.report.text import short_name
from harness.report.waterfall import Lane, Waterfall, lane_of, waterfall
from harness.timeline import Event, Timeline

_AXES = ("surface", "flow", "engine", "policy", "mode", "scenario", "fault")
_NOT_IN_AN_ANCHOR = re.compile(r"[^A-Za-z0-9_.-]+")

CONDITIONS: Mapping[str, str] = {
    "engine_version": "Engine",
    "device": "Device",
    "third_party_cookies": "Third-party cookies",
    "partitioned_cookies": "Partitioned cookies",
    "partitioning": "Storage partitioned",
    "frame_storage": "Storage in frames",
    "popup_blocker": "Popup blocker",
    "tls_trust": "TLS trust",
    "idp_placement": "Login's site",
}
"""The conditions of a case by their names for people."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One event of a timeline, as text."""

    milliseconds: float
    source: str
    type: str
    data: str


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A picture as a page embeds it."""

    step: str
    url: str


@dataclass(frozen=True, kw_only=True)
class CaseView:
    """A case.

    Attributes:
        anchor: Its id in the page.
        own: Whether it is of a brand of one's own.
        result: Its result.
        name: Its name for people.
        state: Which way it went.
        word: The same in words.
        command: What repeats it.
        conditions: What held, by names for people.
        waterfall: On what it spent its time; ``None`` where its timeline is not at hand.
        failed_at: Where on that it failed.
        lines: Its timeline.
        pictures: Its pictures.
        sequence: Who said what to whom; ``None`` where its timeline is not at hand.
    """

    anchor: str
    own: bool
    result: CaseResult
    name: str
    state: State
    word: str
    command: str
    conditions: tuple[tuple[str, str], ...]
    waterfall: Waterfall | None
    failed_at: Lane | None
    lines: tuple[Line, ...]
    pictures: tuple[Shown, ...]
    sequence: Diagram | None


def view(
    result: CaseResult,
    anchor: str,
    *,
    timeline: Timeline | None,
    pictures: tuple[Picture, ...],
    file: str | None,
    own: bool = False,
) -> CaseView:
    """Return what is shown of a case."""
    return CaseView(
        anchor=anchor,
        own=own,
        result=result,
        name=short_name(result),
        state=state(result),
        word=word(result),
        command=command(result, file),
        conditions=conditions(result.conditions),
        waterfall=waterfall(timeline) if timeline else None,
        failed_at=_failed_at(result),
        lines=_lines(timeline) if timeline else (),
        pictures=tuple(_shown(one) for one in pictures),
        sequence=_drawn(timeline, result) if timeline else None,
    )


def anchors(cases: tuple[CaseResult, ...]) -> dict[int, str]:
    """Return an id for each case by its place in the run: the case's own, numbered where it came again."""
    seen: dict[str, int] = {}
    found = {}
    for place, case in enumerate(cases):
        name = "case-" + _NOT_IN_AN_ANCHOR.sub("-", case.id)
        seen[name] = seen.get(name, 0) + 1
        found[place] = name if seen[name] == 1 else f"{name}-{seen[name]}"
    return found


def command(result: CaseResult, file: str | None) -> str:
    """Return the command that repeats a case and nothing else.

    Args:
        result: The case.
        file: The configuration file; ``None`` for the sample brand, whose login can be put elsewhere.
    """
    words = ["harness", "check", *([file] if file else [])]
    for axis in _AXES:
        if (value := getattr(result, axis)) is not None:
            words += [f"--{axis}", value]
    if result.conditions.device == "phone" and result.surface != "app":
        words += ["--device", "phone"]
    if file is None and result.conditions.idp_placement == "cross-site":
        words += ["--placement", "cross-site"]
    return shlex.join(words)


def conditions(held: Conditions) -> tuple[tuple[str, str], ...]:
    """Return what held in the browser, in words."""
    values = held.model_dump(mode="json")
    return tuple((name, spelled(values[field])) for field, name in CONDITIONS.items())


def _drawn(timeline: Timeline, result: CaseResult) -> Diagram | None:
    try:
        return diagram(timeline, result.findings, code=result.code)
    except KeyError:
        # One that an earlier version saved may lack what is drawn now; the rest of the report is good.
        return None


def _failed_at(result: CaseResult) -> Lane | None:
    if result.passed:
        return None
    hop = next((one.hop for one in result.findings if one.code == result.code), None)
    return lane_of(hop) if hop else None


def _lines(timeline: Timeline) -> tuple[Line, ...]:
    began = timeline.events[0].at if timeline.events else 0
    return tuple(_line(one, began) for one in timeline)


def _line(event: Event, began: float) -> Line:
    facts = ", ".join(
        f"{line(name)}: {_fact(value)}"
        for name, value in event.data.items()
        if value not in (None, "", [], {})
    )
    return Line(milliseconds=(event.at - began) * 1000, source=event.source, type=event.type, data=facts)


def _fact(value: Any) -> str:
    return line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _shown(picture: Picture) -> Shown:
    octets = base64.b64encode(picture.jpeg).decode("ascii")
    return Shown(step=line(picture.step), url=f"data:image/jpeg;base64,{octets}")
