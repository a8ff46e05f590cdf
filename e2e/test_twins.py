"""The twins of faults that only a browser can show: the same case with nothing put in passes."""

from __future__ import annotations

from typing import Any

import pytest

from harness import Harness, selftest
from harness.selftest import Entry

FAULTS = [entry for entry in selftest.entries() if entry.in_browser]


def key(entry: Entry) -> tuple[Any, ...]:
    """Return what of a twin matters: the case, and under which settings and names it runs."""
    return (entry.twin, *(sorted(map(str, one.items())) for one in (entry.row.connector, entry.row.sites)))


TWINS = list({str(key(entry)): entry for entry in FAULTS}.values())


@pytest.mark.parametrize("twin", TWINS, ids=[f"{one.twin.id} of {one.row.id}" for one in TWINS])
def test_without_its_fault_a_case_in_a_browser_passes(twin: Entry, harness: Harness) -> None:
    """Also under the policy, the names and the connector's settings that the fault needs."""
    with harness.arranged(twin.row) as arranged, arranged.open(twin.twin) as opened:
        assert opened.passed, opened.findings
