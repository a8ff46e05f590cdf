"""Clocks are compared by what servers say."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.checks.clocks import MOST, check_clocks
from harness.timeline import Timeline

Happened = Callable[..., Timeline]


def seen(happened: Happened, *ahead: int) -> Timeline:
    """Return a timeline on which one server after the other has said what time it is."""
    told = ({"host": f"server-{number}.test", "ahead": seconds} for number, seconds in enumerate(ahead, 1))
    return happened(*(("platform", "clock.seen", data) for data in told))


def test_a_minute_makes_no_difference(happened: Happened) -> None:
    """Nothing is said of clocks that agree, nor where nobody said what time it is."""
    assert [] == list(check_clocks(seen(happened, MOST, -MOST, 0)))
    assert [] == list(check_clocks(seen(happened)))


@pytest.mark.parametrize(
    ("ahead", "observed"), [(-120, "server-1.test 120 s behind"), (61, "server-1.test 61 s ahead")]
)
def test_more_than_a_minute_is_a_warning_that_names_the_server(
    ahead: int, observed: str, happened: Happened
) -> None:
    """Which of the two clocks is wrong nobody can tell."""
    (found,) = check_clocks(seen(happened, ahead, 0))

    assert ("harness.clock_skew", "warning", observed) == (found.code, found.severity, found.observed)
