"""How runs of a series went, one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from harness.history.difference import Metric
from harness.history.model import RunHead, Standing, Trail
from harness.history.speed import METRICS, spread
from harness.report.model import Result


class Spread(Result):
    """Median and 95th percentile of a run's passed cases, in milliseconds."""

    median: float
    p95: float


class Point(Result):
    """One run of a trend.

    Attributes:
        head: The run.
        cases: How many cases came to what; one that was tried several times counts once.
        timings: How long they took; nothing where none was timed.
    """

    head: RunHead
    cases: Mapping[Standing, int]
    timings: Mapping[Metric, Spread]


def trend(trails: Sequence[Trail]) -> tuple[Point, ...]:
    """Return how runs went, in their order."""
    return tuple(_point(one) for one in trails)


def _point(trail: Trail) -> Point:
    measured = {metric: spread(metric, trail.attempts) for metric in METRICS}
    return Point(
        head=trail.head,
        cases=Counter(trail.standings().values()),
        timings={
            metric: Spread(median=round(found[0], 1), p95=round(found[1], 1))
            for metric, found in measured.items()
            if found is not None
        },
    )
