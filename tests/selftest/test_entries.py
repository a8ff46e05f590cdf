"""Which entries are run: each form and each surface of a fault once, and the modes in turn."""

from __future__ import annotations

import itertools

import pytest

from harness.selftest import Entry, covering, entries

EVERY = tuple(entries())
COVERING = tuple(covering(EVERY))

Shown = dict[tuple[str, int], list[Entry]]


def by_expectation(chosen: tuple[Entry, ...]) -> Shown:
    """Return entries by fault and by which of its expectations they are of."""
    found: Shown = {}
    for one in chosen:
        found.setdefault((one.row.id, one.row.expect.index(one.expectation)), []).append(one)
    return found


def test_every_expectation_is_met() -> None:
    """Those of faults that only a browser shows too."""
    assert by_expectation(EVERY).keys() == by_expectation(COVERING).keys()


BY_EXPECTATION = by_expectation(EVERY)


@pytest.mark.parametrize("place", BY_EXPECTATION, ids=lambda place: f"{place[0]}-{place[1]}")
def test_each_form_and_each_surface_is_shown(place: tuple[str, int]) -> None:
    """With no more runs than that takes."""
    every, shown = BY_EXPECTATION[place], by_expectation(COVERING)[place]
    forms = [variation for one in shown for variation in one.variations]
    surfaces = {one.case.surface for one in every}

    assert surfaces == {one.case.surface for one in shown}
    assert [] == list(itertools.filterfalse(forms.__contains__, every[0].variations))
    of_each = len(every[0].variations)
    assert len(forms) == (len(surfaces) * of_each if every[0].row.own_side else max(len(surfaces), of_each))


def test_both_modes_take_turns() -> None:
    """Where they come to the same; nearly as many faults are shown in the one as in the other."""
    both = [one for one in COVERING if one.expectation.mode == "both"]
    strict = sum(one.case.mode == "strict" for one in both)

    assert abs(2 * strict - len(both)) <= len(both) / 10
