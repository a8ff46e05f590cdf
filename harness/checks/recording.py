"""How much of the case was seen: a recording with gaps may have missed what a check looks for."""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks.found import Found
from harness.checks.seen import origin
from harness.timeline import Event, Timeline


def check_recording(timeline: Timeline) -> Iterator[Found]:
    """Everything that a page did is on the timeline; what is not there was not judged."""
    missed = {f"{one.data['during']} in {_place(timeline, one)}" for one in timeline.of("recorder.failed")}
    missed |= {
        f"what {_place(timeline, one)} did after its first {one.data['most']} events"
        for one in timeline.of("recorder.full")
    }
    if missed:
        yield Found(
            code="harness.recording_incomplete",
            severity="warning",
            expected="everything that the pages did",
            observed=f"without {', '.join(sorted(missed))}",
        )


def check_crashed(timeline: Timeline) -> Iterator[Found]:
    """A page's process lives until the case ends."""
    for crashed in timeline.of("page.crashed"):
        yield Found(
            code="browser.page_crashed",
            severity="error",
            expected="a page that lives until the case ends",
            observed=f"the process of {_shown(timeline, crashed)} died",
            ends="undetermined",
            at=crashed.at,
        )


def _place(timeline: Timeline, event: Event) -> str:
    """Return the origin of the document that an event came from."""
    for started in timeline.of("document.started"):
        if started.data["document"] == event.data["document"]:
            return origin(started.data["url"]) or "a document"
    return "a document"


def _shown(timeline: Timeline, event: Event) -> str:
    """Return the origin that a page showed last before an event."""
    shown = [
        origin(one.data["url"])
        for one in timeline.of("document.started")
        if one.data["page"] == event.data["page"] and one.data["top"] and one.seq < event.seq
    ]
    return next((one for one in reversed(shown) if one), "a page")
