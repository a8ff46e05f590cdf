"""What the ``Date`` of the answers says about clocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from harness.checks.clocks import MOST
from harness.checks.found import Found
from harness.preflight.asking import Heard
from harness.preflight.model import Line
from harness.preflight.said import Said


def judge_clocks(heard: Iterable[Heard]) -> Iterator[Said]:
    """Hold each host's clock against this machine's, by the first answer that says what time it is.

    Source: RFC 9110 section 6.6.1; what a cache kept is as much older as RFC 9111 section 5.1 says.
    """
    ahead = _ahead(heard)
    if not ahead:
        return
    off = {host: seconds for host, seconds in ahead.items() if abs(seconds) > MOST}
    if not off:
        most = max(abs(seconds) for seconds in ahead.values())
        yield Line(subject="clocks", mark="yes", said=f"within {most:.0f} s of this machine's")
        return
    said = ", ".join(
        f"{host} {abs(seconds):.0f} s {'ahead' if seconds > 0 else 'behind'}" for host, seconds in off.items()
    )
    own = len(off) == len(ahead)
    yield Line(subject="clocks", mark="warning", said=said)
    yield Found(
        code="harness.clock_skew",
        severity="warning",
        expected=f"clocks within {MOST} s of this machine's",
        observed=said,
        fix="Set this machine's clock by NTP: every host differs from it"
        if own and len(off) > 1
        else f"Set the clock of {' and of '.join(off)} by NTP, or this machine's",
    )


def _ahead(heard: Iterable[Heard]) -> Mapping[str, float]:
    """Return the seconds by which each host's clock is ahead of this machine's."""
    found: dict[str, float] = {}
    for one in heard:
        host = urlsplit(one.url).hostname or ""
        if host in found or not (said := one.header("date")):
            continue
        try:
            age = float(one.header("age") or 0)
            found[host] = parsedate_to_datetime(said).timestamp() + age - one.at
        except (ValueError, OverflowError):
            continue
    return found
