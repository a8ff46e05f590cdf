from __future__ import annotations

import pytest

from e2e.bench.figures import median, percentile, slope


@pytest.mark.parametrize(("samples", "middle"), [([3], 3), ([5, 1, 3], 3), ([4, 1, 3, 2], 2.5)])
def test_the_median_is_the_middle(samples: list[float], middle: float) -> None:
    """Order makes no difference; of an even number it is the mean of both middle ones."""
    assert middle == median(samples)


@pytest.mark.parametrize(
    ("samples", "percent", "found"),
    [([7], 95, 7), (range(1, 101), 95, 95), (range(1, 21), 95, 19), ([3, 1, 2], 100, 3), ([3, 1, 2], 1, 1)],
)
def test_a_percentile_is_one_of_the_samples(samples: list[float], percent: float, found: float) -> None:
    """It is the smallest one that so many per cent do not exceed; nothing is interpolated."""
    assert found == percentile(samples, percent)


@pytest.mark.parametrize(
    ("points", "found"),
    [
        ([(0, 1), (1, 3), (2, 5)], 2),
        ([(0, 4), (1, 4), (5, 4)], 0),
        ([(0, 1), (1, 2), (2, 1)], 0),
        ([(1, 5)], 0),
        ([(1, 5), (1, 7)], 0),
    ],
)
def test_a_slope_is_that_of_the_straight_line(points: list[tuple[float, float]], found: float) -> None:
    """Growth is what a line through all points says; where there is no line, nothing grows."""
    assert found == pytest.approx(slope(points))
