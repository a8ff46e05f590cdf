"""Which entries are run: each form of a fault, without a browser on each surface, and the modes in turn."""

from __future__ import annotations

import collections
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
def test_each_form_is_shown_and_without_a_browser_each_surface(place: tuple[str, int]) -> None:
    """With no more runs than that takes."""
    every, shown = BY_EXPECTATION[place], by_expectation(COVERING)[place]
    forms = [variation for one in shown for variation in one.variations]
    surfaces = {one.case.surface for one in every}
    of_each = len(every[0].variations)

    assert [] == list(itertools.filterfalse(forms.__contains__, every[0].variations))
    if every[0].in_browser:
        assert len(forms) == of_each
        return
    assert surfaces == {one.case.surface for one in shown}
    assert len(forms) == (len(surfaces) * of_each if every[0].row.own_side else max(len(surfaces), of_each))


def test_in_a_browser_the_surfaces_take_turns() -> None:
    """Embedded and popup are seen nearly as often as each other."""
    seen = collections.Counter(one.case.surface for one in COVERING if one.in_browser)

    assert seen["embedded"] < 2 * seen["popup"] < 4 * seen["embedded"]


def test_both_modes_take_turns() -> None:
    """Where they come to the same; nearly as many faults are shown in the one as in the other."""
    both = [one for one in COVERING if one.expectation.mode == "both"]
    strict = sum(one.case.mode == "strict" for one in both)

    assert abs(2 * strict - len(both)) <= len(both) / 10
