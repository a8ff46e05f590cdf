"""Which entries are run: every one without a browser; in a browser each form, surface and mode once."""

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


def test_nothing_that_needs_no_browser_is_left_out() -> None:
    """It takes milliseconds."""
    assert [one for one in EVERY if not one.in_browser] == [one for one in COVERING if not one.in_browser]


def test_every_expectation_is_met() -> None:
    """Those of faults that only a browser shows too."""
    assert by_expectation(EVERY).keys() == by_expectation(COVERING).keys()


IN_BROWSER = {place: same for place, same in by_expectation(EVERY).items() if same[0].in_browser}


@pytest.mark.parametrize("place", IN_BROWSER, ids=lambda place: f"{place[0]}-{place[1]}")
def test_each_form_and_each_surface_is_shown_in_a_browser(place: tuple[str, int]) -> None:
    """With no more runs than that takes."""
    every, shown = IN_BROWSER[place], by_expectation(COVERING)[place]
    forms = [variation for one in shown for variation in one.variations]
    surfaces = {one.case.surface for one in every}

    assert surfaces == {one.case.surface for one in shown}
    assert [] == list(itertools.filterfalse(forms.__contains__, every[0].variations))
    of_each = len(every[0].variations)
    assert len(forms) == (len(surfaces) * of_each if every[0].row.own_side else max(len(surfaces), of_each))


def test_both_modes_take_turns_in_a_browser() -> None:
    """Where they come to the same; nearly as many faults are shown in the one as in the other."""
    both = [one for one in COVERING if one.in_browser and one.expectation.mode == "both"]
    strict = sum(one.case.mode == "strict" for one in both)

    assert abs(2 * strict - len(both)) <= len(both) / 10
