from __future__ import annotations

import pytest

from e2e.bench.memory import rows


def test_growth_counts_from_where_the_server_is_warm() -> None:
    """What fills caches is no growth; what goes on growing is, by the thousand flows."""
    filling = [(0.5, 60.0), (1.0, 70.0), (2.0, 80.0)]
    flat = [(2.0 + step, 80.0) for step in range(1, 9)]
    growing = [(2.0 + step, 80.0 + step) for step in range(1, 9)]

    _, quiet = rows([*filling, *flat], 10_000)
    _, leaking = rows([*filling, *growing], 10_000)

    assert (0, True) == (quiet.median, quiet.reached)
    assert 1.0 == pytest.approx(leaking.median)
    assert leaking.reached is False


def test_without_sizes_both_rows_are_missing() -> None:
    """A system that does not tell them gets a reason in the place of a number."""
    size, growth = rows([], 10_000)

    assert "only Linux" in str(size.missing)
    assert size.missing == growth.missing
