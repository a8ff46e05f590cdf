"""Rows about our own side run twice, and are right only when both runs come out as they must."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness import selftest
from harness.checks import Judgement
from harness.selftest import Entry, InProcess, compare

ENTRIES = tuple(
    entry
    for entry in selftest.entries()
    if entry.row.own_side and not entry.in_browser and entry.case.mode == "strict"
)
WEAKENED = tuple(entry for entry in ENTRIES if len(entry.variations) > 1)


@pytest.fixture(scope="module")
def process() -> Iterator[InProcess]:
    """One server for all of them."""
    with InProcess(ENTRIES) as started:
        yield started


@pytest.fixture(scope="module")
def both(process: InProcess) -> dict[str, list[Judgement]]:
    """What the product and the weakened twins came to, by fault."""
    return {entry.row.id: [process.judgement(entry, one) for one in entry.variations] for entry in WEAKENED}


def named(entry: Entry) -> str:
    """Return what a test is called by."""
    return entry.row.id


def test_one_row_alone_has_no_twin() -> None:
    """Nothing that a platform could do worse would be seen: a time is never measured."""
    assert {"state-compare-timing"} == {named(one) for one in ENTRIES} - {named(one) for one in WEAKENED}


@pytest.mark.parametrize("entry", WEAKENED, ids=named)
def test_the_product_resists_and_the_twin_yields(entry: Entry, both: dict[str, list[Judgement]]) -> None:
    """Both runs are in the row, each with what was expected and observed."""
    row = compare(entry, both[entry.row.id])
    product, *twins = row.runs

    assert row.right
    assert ("product", ()) == (product.side, product.expected.findings)
    assert (row.expected.outcome, row.expected.code) == (product.observed.outcome, product.observed.code)
    assert {"weakened"} == {one.side for one in twins}
    assert all(one.expected.findings for one in twins)


@pytest.mark.parametrize("entry", WEAKENED, ids=named)
def test_a_twin_that_resists_too_makes_the_row_wrong(entry: Entry, both: dict[str, list[Judgement]]) -> None:
    """It would show nothing: the row has to notice when a weak habit is none any more."""
    product, *twins = both[entry.row.id]

    assert not compare(entry, [product, *(product for _ in twins)]).right


@pytest.mark.parametrize("entry", WEAKENED, ids=named)
def test_a_product_that_yields_makes_the_row_wrong(entry: Entry, both: dict[str, list[Judgement]]) -> None:
    """Whatever the twins show."""
    _, *twins = both[entry.row.id]

    assert not compare(entry, [twins[0], *twins]).right
