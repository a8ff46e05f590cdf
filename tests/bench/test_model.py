from __future__ import annotations

import json

import pytest

from e2e.bench.model import Effort, Results, Row, Section, Target, measured

TWIN = measured("twin", [10.0, 12.0, 11.0])


def test_a_row_is_held_against_its_twin() -> None:
    """The ratio is the one of the medians."""
    row = measured("ours", [22.0, 11.0, 33.0], twin=TWIN)

    assert (22.0, 33.0, 3) == (row.median, row.p95, row.samples)
    assert ("twin", 2.0) == (row.twin, row.ratio)


@pytest.mark.parametrize(
    ("target", "reached"),
    [
        (Target(limit=2.0), True),
        (Target(limit=1.9), False),
        (Target(limit=22, of="median"), True),
        (Target(limit=21, of="median"), False),
        (None, None),
    ],
)
def test_a_target_is_of_the_ratio_or_of_the_median(target: Target | None, reached: bool | None) -> None:
    """What is exactly as much is good; where nothing is to be reached, nothing is said."""
    assert reached is measured("ours", [22.0], twin=TWIN, target=target).reached


def test_what_could_not_be_measured_reaches_nothing_and_misses_nothing() -> None:
    """A row without samples says why, and is no failure."""
    row = Row(name="peer", missing="it is not here", target=Target(limit=1.0))

    assert (None, None) == (row.median, row.reached)
    assert "no sample was taken" == measured("ours", []).missing


def test_a_twin_that_is_missing_gives_no_ratio() -> None:
    """The other row is measured all the same."""
    row = measured("ours", [1.0], twin=Row(name="peer", missing="it is not here"))

    assert (1.0, None) == (row.median, row.ratio)


@pytest.mark.parametrize(("share", "count"), [(1.0, 40), (0.1, 4), (0.001, 2)])
def test_less_effort_takes_fewer_samples(share: float, count: int) -> None:
    """There are always as many as it takes to show that it runs."""
    assert count == Effort(share=share).of(40, least=2)


def test_the_results_are_json() -> None:
    """Machine, date, and each row with whether its target is reached."""
    row = measured("ours", [22.0], twin=TWIN, target=Target(limit=1.5))
    section = Section(name="flows", title="flows", rows=(TWIN, row), seconds=1.25)
    results = Results(date="2026-11-21T12:00:00+00:00", machine={"cores": 2}, share=1.0, sections=(section,))

    read = json.loads(json.dumps(results.as_json()))

    assert (1, {"cores": 2}, 1.2) == (read["schema"], read["machine"], read["seconds"])
    (benchmark,) = read["benchmarks"]
    assert ["twin", "ours"] == [one["name"] for one in benchmark["rows"]]
    assert (False, 1.5) == (benchmark["rows"][1]["reached"], benchmark["rows"][1]["target"]["limit"])
