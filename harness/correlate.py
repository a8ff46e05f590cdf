"""One timeline of what servers and browser saw: one clock, one order, one flow per transaction."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any

from harness.timeline import Event

MARKS = ("state", "nonce", "call", "credential", "code_challenge")
"""The members of a server's event that hold a fingerprint by which others are found."""

_FINGERPRINT = re.compile(r"(?<![0-9a-f])[0-9a-f]{12}(?![0-9a-f])")


def merge(*logs: Iterable[Event]) -> tuple[Event, ...]:
    """Return the events of several logs in one order, each with its flow where it can be known.

    The order is that of ``at``; of two events at one moment, that of arrival, log after log. An event that
    carries the fingerprint of a flow's state, nonce, call or credential belongs to that flow.

    Args:
        logs: The servers' log first.
    """
    ordered = sorted(chain(*logs), key=lambda event: event.at)
    found = _with_flows(ordered)
    return tuple(replace(event, seq=number) for number, event in enumerate(found, 1))


def _with_flows(events: list[Event]) -> list[Event]:
    """Give events their flow, until no fingerprint leads any further."""
    while True:
        flows = _flows(events)
        known = [_placed(event, flows) for event in events]
        if known == events:
            return _with_calls(events)
        events = known


def _flows(events: Iterable[Event]) -> Mapping[str, str | None]:
    """Return which flow each fingerprint names; ``None`` where it was seen in several."""
    flows: dict[str, str | None] = {}
    for event in events:
        if event.flow is None or event.source in ("page", "browser"):
            continue
        for mark in _marks(event):
            flows[mark] = event.flow if flows.get(mark, event.flow) == event.flow else None
    return flows


def _marks(event: Event) -> Iterator[str]:
    return (value for name in MARKS if isinstance(value := event.data.get(name), str))


def _placed(event: Event, flows: Mapping[str, str | None]) -> Event:
    if event.flow is not None:
        return event
    own = _FINGERPRINT.findall(json.dumps(event.data))
    candidates = {flow for mark in own if (flow := flows.get(mark)) is not None}
    return replace(event, flow=candidates.pop()) if len(candidates) == 1 else event


def _with_calls(events: list[Event]) -> list[Event]:
    """Give all that one call of the page method brought the flow of the one event that shows it."""
    flows = {call: event.flow for event in events if event.flow and (call := _call(event))}
    return [
        event if event.flow or not (call := _call(event)) else replace(event, flow=flows.get(call))
        for event in events
    ]


def _call(event: Event) -> tuple[Any, Any] | None:
    document, call = event.data.get("document"), event.data.get("call")
    return (document, call) if event.type.startswith("page_method.") and document and call else None
