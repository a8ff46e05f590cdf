"""A saved timeline comes back as it was, and a damaged one is refused in one sentence."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import TimelineError
from harness.report.model import Conditions, Timings
from harness.timeline import Event, Facts, Header, Timeline

CONDITIONS = Conditions(
    third_party_cookies="allowed",
    partitioning=True,
    popup_blocker=True,
    engine_version="chromium 1",
    tls_trust="a per-run authority",
)
HEADER = Header(
    run="run-1",
    rules="2026.1",
    case=Facts(
        id="embedded/code/chromium/chrome-today/strict/sign-in",
        surface="embedded",
        flow="code",
        engine="chromium",
        policy="chrome-today",
        mode="strict",
        scenario="sign-in",
        conditions=CONDITIONS,
        timings_ms=Timings(case=12.5),
    ),
)
EVENTS = (
    Event(seq=1, at=10.5, source="platform", type="call.opened", flow="f1", data={"call": "0" * 12}),
    Event(seq=2, at=10.5, source="page", type="page_method.called", flow="f1", data={"text": "grüße 😀"}),
    Event(seq=5, at=11.0, source="platform", type="verdict", flow=None, data={"problems": []}),
)
SAVED = Timeline(EVENTS, HEADER)
FILE = Path("cases/001.jsonl")


def test_what_is_read_is_what_was_saved() -> None:
    """Header, events, their order and every character."""
    assert SAVED == Timeline.loads(SAVED.dumps().encode())


def test_the_first_line_says_what_it_is() -> None:
    """The version of the form, the run, and the case with its conditions; then one event per line."""
    header, *events = SAVED.dumps().splitlines()

    assert {"schema": 1, "run": "run-1", "rules": "2026.1"}.items() <= json.loads(header).items()
    assert "allowed" == json.loads(header)["case"]["conditions"]["third_party_cookies"]
    assert [1, 2, 5] == [json.loads(event)["seq"] for event in events]


def test_a_timeline_without_a_header_is_not_saved() -> None:
    """A file that cannot say which case it was is of no use."""
    with pytest.raises(ValueError, match="header"):
        replace(SAVED, header=None).dumps()


def changed(line: int, **values: object) -> bytes:
    """Return the saved timeline with other members in one line, counted from 0."""
    lines = SAVED.dumps().splitlines()
    lines[line] = json.dumps({**json.loads(lines[line]), **values})
    return "".join(one + "\n" for one in lines).encode()


@pytest.mark.parametrize(
    ("octets", "line", "told"),
    [
        (b"", 1, "cut off"),
        (SAVED.dumps().encode()[:-20], 4, "cut off"),
        (b"not json\n", 1, "not JSON"),
        (b"[]\n", 1, "found list"),
        (SAVED.dumps().encode().replace(b'"seq": 2', b'"seq": 2, "seq": 2'), 3, "twice"),
        (changed(0, schema=2), 1, "schema: Input should be 1, found 2"),
        (changed(0, extra=1), 1, "extra"),
        (changed(1, source="nobody"), 2, "found 'nobody'"),
        (changed(1, at="yesterday"), 2, "at: Input should be a valid number, found 'yesterday'"),
        (changed(1, flow=3), 2, "flow"),
        (changed(2, type="Two Words"), 3, "type"),
        (changed(2, data=[]), 3, "data"),
        (changed(2, more=1), 3, "more"),
        (changed(3, seq=2), 4, "seq 2 at 11.0 after seq 2"),
        (changed(3, at=1.0), 4, "out of order"),
    ],
)
def test_a_damaged_file_is_refused_with_file_line_and_what_was_found(
    octets: bytes, line: int, told: str
) -> None:
    """One sentence, and no guess at what may have been meant."""
    with pytest.raises(TimelineError, match=rf"^{FILE}:{line}: .*") as refused:
        Timeline.loads(octets, file=FILE)

    assert told in str(refused.value)
    assert "\n" not in str(refused.value)
