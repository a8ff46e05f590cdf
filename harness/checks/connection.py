"""Whether the consumer's browser has a connection for as long as the sign-in takes."""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks.found import Found
from harness.timeline import Timeline


def check_offline(timeline: Timeline) -> Iterator[Found]:
    """The browser stays online until there is a verdict (HTML section 9.3, browser state)."""
    verdicts = [one.seq for one in timeline.of("verdict")]
    for changed in timeline.of("connection.changed"):
        if not changed.data["online"] and not any(seq < changed.seq for seq in verdicts):
            yield Found(
                code="net.offline",
                severity="info",
                expected="a browser that is online until the sign-in has ended",
                observed="a browser that went offline before",
                ends="not_authenticated",
                at=changed.at,
            )
            return
