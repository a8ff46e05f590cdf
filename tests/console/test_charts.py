"""Where the marks of a chart go."""

from __future__ import annotations

import pytest

from harness.console.charts import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Column, Spread, bars, lines

DAYS = ("2026-11-01", "2026-11-20")


def test_the_parts_of_a_bar_stand_on_each_other() -> None:
    """From the ground up, in the order of their kinds; what is none has no part."""
    column = Column(numbers=(("passed", 3), ("flaky", 0), ("failed", 1)), words="3 passed, 1 failed")
    passed, failed = bars((column,), DAYS).parts

    assert ("passed", "failed") == (passed.kind, failed.kind)
    assert HEIGHT - BOTTOM == pytest.approx(passed.y + passed.height)
    assert passed.y == pytest.approx(failed.y + failed.height, abs=0.2)
    assert passed.height == pytest.approx(3 * failed.height, abs=0.3)


@pytest.mark.parametrize("number", [1, 2, 30])
def test_nothing_leaves_the_chart(number: int) -> None:
    """However many runs there are, and whatever the numbers."""
    chart = bars([Column(numbers=(("passed", 12),), words="12")] * number, DAYS)
    spreads = [Spread(low=0.4 * one, high=1234.5 * one, words="") for one in range(1, number + 1)]
    dots = [dot for line in lines(spreads, DAYS).lines for dot in line.dots]

    assert all(LEFT <= part.x and part.x + part.width <= WIDTH - RIGHT for part in chart.parts)
    assert all(TOP <= part.y and part.y + part.height <= HEIGHT - BOTTOM + 0.1 for part in chart.parts)
    assert all(LEFT <= dot.x <= WIDTH - RIGHT and TOP <= dot.y <= HEIGHT - BOTTOM for dot in dots)


@pytest.mark.parametrize(
    ("top", "words"),
    [
        (0.9, ["0", "0.5", "1"]),
        (240, ["0", "100", "200", "300"]),
        (2716, ["0", "1,000", "2,000", "3,000"]),
    ],
)
def test_the_numbers_at_the_side_are_round(top: float, words: list[str]) -> None:
    """From zero to the first that is not exceeded."""
    chart = lines((Spread(low=top, high=top, words=""),), DAYS)

    assert words == [tick.words for tick in chart.ticks]


def test_cases_are_counted_in_whole_numbers() -> None:
    """There is no half of one."""
    chart = bars((Column(numbers=(("passed", 1),), words="1 passed"),), DAYS)

    assert ["0", "1"] == [tick.words for tick in chart.ticks]


def test_a_run_without_a_time_leaves_a_gap() -> None:
    """The line goes on with the next one."""
    some = Spread(low=1, high=2, words="")
    chart = lines((some, None, some), DAYS)

    assert [2, 2] == [len(line.dots) for line in chart.lines]
    assert chart.band.startswith("M")


def test_without_any_run_there_is_an_empty_chart() -> None:
    """And no error."""
    assert () == bars((), DAYS).parts
