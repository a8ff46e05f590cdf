"""How many workers there are where nobody says so."""

from __future__ import annotations

import pytest

from harness.config import EngineName
from harness.executors.spread import MOST, usual_workers
from harness.matrix import Case


@pytest.mark.parametrize(
    ("engines", "cases", "cores", "workers"),
    [
        (("chromium",), 12, 2, 1),
        (("chromium",), 100, 2, 1),
        (("chromium",), 100, 8, 4),
        (("firefox",), 100, 2, 2),
        (("chromium", "firefox"), 100, 2, 1),
        (("firefox",), 12, 8, 1),
        (("firefox",), 10_000, 200, MOST),
        ((), 0, 8, 1),
    ],
)
def test_workers_follow_processors_engines_and_cases(
    engines: tuple[EngineName, ...], cases: int, cores: int, workers: int
) -> None:
    """Chromium takes two processors, Firefox one, and a dozen cases are what a start is worth."""
    rows = [
        Case(surface="embedded", flow="code", engine=engine)
        for engine in engines
        for _ in range(cases // len(engines))
    ]

    assert workers == usual_workers(rows, cores)
