"""What is slower, by medians."""

from __future__ import annotations

import pytest

from harness.history import KeptRun
from harness.history.difference import Speed
from harness.history.model import Attempt
from harness.history.speed import speeds, spread
from harness.history.trend import trend
from tests.history.made import EMBEDDED, POPUP, refused, run, timed, trail


def in_page(before: KeptRun, after: KeptRun, *earlier: KeptRun) -> Speed:
    """Return how long the flow took in the page."""
    found = speeds(before, after, [trail(one) for one in (*earlier, before, after)])
    return next(one for one in found if one.metric == "flow_in_page")


@pytest.mark.parametrize(
    ("then", "now", "slower"),
    [(200, 400, True), (200, 290, False), (20, 40, False), (1000, 1400, False), (400, 200, False)],
)
def test_notably_slower_is_by_half_and_by_a_tenth_of_a_second(then: float, now: float, slower: bool) -> None:
    """Less is the machine's mood."""
    found = in_page(run(timed(EMBEDDED, then)), run(timed(EMBEDDED, now)))

    assert (then, now, slower) == (found.usual, found.now, found.slower)
    assert ((EMBEDDED.id,) if slower else ()) == found.cases


def test_one_slow_run_before_makes_no_fast_one_of_this() -> None:
    """Usual is the median over the runs before."""
    runs = [run(timed(EMBEDDED, one)) for one in (200, 210, 900, 190, 600)]

    assert (205, 600, True) == (
        (found := in_page(runs[-2], runs[-1], *runs[:-2])).usual,
        found.now,
        found.slower,
    )


def test_only_what_passed_in_both_is_compared() -> None:
    """A refusal is quick, and a new case is no slower one."""
    before = run(timed(EMBEDDED, 200), refused(POPUP))
    after = run(timed(EMBEDDED, 210), timed(POPUP, 5000))

    assert (200, 210) == ((found := in_page(before, after)).usual, found.now)
    assert () == speeds(run(refused(EMBEDDED)), run(refused(EMBEDDED)), ())


def test_a_login_that_was_reused_is_no_time() -> None:
    """It took none."""
    found = speeds(run(timed(EMBEDDED, 200)), run(timed(EMBEDDED, 200)), ())

    assert {"flow_in_page", "case"} == {one.metric for one in found}


def test_the_percentile_is_a_value_that_was_measured() -> None:
    """By the nearest rank."""
    attempts = [Attempt.of(timed(EMBEDDED, one)) for one in range(1, 21)]

    assert (10.5, 19) == spread("flow_in_page", attempts)
    assert (7, 7) == spread("flow_in_page", [Attempt.of(timed(EMBEDDED, 7))])
    assert spread("login", attempts) is None


def test_a_trend_counts_a_case_that_was_tried_again_once() -> None:
    """As what it amounts to."""
    first = run(timed(EMBEDDED, 200), refused(EMBEDDED), timed(POPUP, 300))
    (point,) = trend([trail(first)])

    assert {"flaky": 1, "passed": 1} == dict(point.cases)
    assert (250, 300) == (point.timings["flow_in_page"].median, point.timings["flow_in_page"].p95)
    assert "login" not in point.timings
