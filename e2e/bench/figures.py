"""What a benchmark makes of its samples: pure functions of numbers."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence


def median(samples: Sequence[float]) -> float:
    """Return the middle of the samples, the mean of both middle ones where their number is even."""
    return statistics.median(samples)


def percentile(samples: Sequence[float], percent: float) -> float:
    """Return the smallest sample that at least so many per cent of the samples do not exceed.

    Args:
        samples: The samples, in any order; at least one.
        percent: From above 0 to 100.
    """
    rank = math.ceil(len(samples) * percent / 100)
    return sorted(samples)[max(rank, 1) - 1]


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return the slope of the straight line through points, by least squares; 0 where there is no line.

    Args:
        points: Pairs of x and y.
    """
    if len({x for x, _ in points}) < 2:
        return 0.0
    xs, ys = zip(*points, strict=True)
    return statistics.linear_regression(xs, ys).slope
