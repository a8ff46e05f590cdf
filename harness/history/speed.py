"""How long runs take: medians, and percentiles for a trend. What is slower is told, and never fails."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence

from harness.history.difference import Metric, Speed
from harness.history.model import Attempt, KeptRun, Trail

FACTOR, LEAST_MS = 1.5, 100.0
"""Notably slower is half as long again, and by a tenth of a second: less is the machine's mood."""

METRICS: Mapping[Metric, Callable[[Attempt], float]] = {
    "flow_in_page": lambda one: one.flow_in_page,
    "case": lambda one: one.whole,
    "login": lambda one: one.login,
}
"""What is timed. A login that was reused, and a sign-in that no page timed, is no time at all: 0."""


def speeds(before: KeptRun, after: KeptRun, trails: Sequence[Trail]) -> tuple[Speed, ...]:
    """Return how long a run took, against the earlier ones of its series.

    Args:
        before: The run that is compared with; where no trail is older than the later run, it alone counts.
        after: The later run.
        trails: The last runs of the series.
    """
    earlier = [one.attempts for one in trails if one.head.id != after.id]
    earlier = earlier or [tuple(Attempt.of(case) for case in before.report.cases)]
    now = tuple(Attempt.of(case) for case in after.report.cases)
    return tuple(one for metric in METRICS for one in _speed(metric, earlier, now))


def _speed(metric: Metric, earlier: Sequence[Sequence[Attempt]], now: Sequence[Attempt]) -> Iterator[Speed]:
    used, is_ = _medians(metric, earlier), _medians(metric, [now])
    both = [name for name in is_ if name in used]
    if both:
        usual, median = (statistics.median(one[name] for name in both) for one in (used, is_))
        yield Speed(
            metric=metric,
            usual=round(usual, 1),
            now=round(median, 1),
            slower=_slower(usual, median),
            cases=tuple(name for name in both if _slower(used[name], is_[name])),
        )


def _medians(metric: Metric, runs: Sequence[Sequence[Attempt]]) -> Mapping[str, float]:
    """Return each case's median over runs, where it passed."""
    found: dict[str, list[float]] = {}
    for attempts in runs:
        for one in attempts:
            if one.passed and METRICS[metric](one) > 0:
                found.setdefault(one.case_id, []).append(METRICS[metric](one))
    return {name: statistics.median(values) for name, values in found.items()}


def _slower(usual: float, now: float) -> bool:
    return now >= usual * FACTOR and now - usual >= LEAST_MS


def spread(metric: Metric, attempts: Sequence[Attempt]) -> tuple[float, float] | None:
    """Return the median and the 95th percentile of a run's passed cases in milliseconds, if it has any.

    The percentile is the smallest value that 95 of 100 do not exceed (nearest rank): one that was measured.
    """
    values = sorted(METRICS[metric](one) for one in attempts if one.passed and METRICS[metric](one) > 0)
    if not values:
        return None
    return statistics.median(values), values[math.ceil(0.95 * len(values)) - 1]
