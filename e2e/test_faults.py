"""Every fault gets its diagnosis, on each surface where it can occur and in each mode."""

from __future__ import annotations

import pytest

from harness import Harness, selftest
from harness.selftest import Entry

ENTRIES = tuple(selftest.entries())


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.case.id for entry in ENTRIES])
def test_a_fault_gets_its_outcome_its_code_and_its_findings(entry: Entry, harness: Harness) -> None:
    """What is observed is what the catalogue demands, not merely a refusal."""
    score = selftest.run(harness, (entry,))

    assert () == score.wrong


@pytest.mark.parametrize("fault", sorted({entry.row.id for entry in ENTRIES}))
def test_a_fault_is_gone_when_its_case_is_over(fault: str, harness: Harness) -> None:
    """The same case without the fault is signed in: the fault alone was diagnosed."""
    entry = next(entry for entry in ENTRIES if entry.row.id == fault)
    harness.run(entry.case)

    assert harness.run(entry.twin).passed
