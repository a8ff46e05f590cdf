"""Whose clock goes wrong, by the time that servers say it is."""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks.found import Found
from harness.timeline import Timeline

MOST = 60
"""Seconds by which clocks may differ."""


def check_clocks(timeline: Timeline) -> Iterator[Found]:
    """Servers say what time it is, and this machine agrees (RFC 9110 section 6.6.1)."""
    ahead = {one.data["host"]: one.data["ahead"] for one in timeline.of("clock.seen")}
    off = {host: seconds for host, seconds in ahead.items() if abs(seconds) > MOST}
    if off:
        yield Found(
            code="harness.clock_skew",
            severity="warning",
            expected=f"clocks within {MOST} s of this machine's",
            observed=", ".join(
                f"{host} {abs(seconds)} s {'ahead' if seconds > 0 else 'behind'}"
                for host, seconds in off.items()
            ),
            fix=f"Set this machine's clock by NTP, or that of {' and of '.join(off)}",
        )
