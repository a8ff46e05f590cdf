"""Every fault has a twin: the same case with nothing put in, which passes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness import selftest
from harness.catalogue.faults import faults
from harness.config import FLOWS, MODES, SURFACES
from harness.matrix import Case
from harness.selftest import Entry, InProcess

ENTRIES = tuple(entry for entry in selftest.entries() if not entry.in_browser)
SETTINGS = {entry.row.id: entry for entry in ENTRIES if entry.row.connector or entry.expectation.connector}
"""Of each fault that needs other settings of the connector one entry."""

TWINS = {
    Case(surface=surface, flow=flow, mode=mode) for surface in SURFACES for flow in FLOWS for mode in MODES
}
"""What ``test_in_process`` runs with nothing put in; ``e2e/test_twins.py`` runs those of browsers."""


@pytest.fixture(scope="module")
def process() -> Iterator[InProcess]:
    """One server for all of them."""
    with InProcess(tuple(SETTINGS.values())) as started:
        yield started


def test_every_fault_has_an_entry() -> None:
    """A fault that nothing is expected of would be right whatever came of it."""
    assert faults().keys() == {entry.row.id for entry in selftest.entries()}


def test_the_twin_of_every_fault_that_needs_no_browser_is_run() -> None:
    """It is the same surface, flow and mode."""
    assert {case_of(entry) for entry in ENTRIES} <= TWINS


def case_of(entry: Entry) -> Case:
    """Return a twin by what matters where there is no browser."""
    return Case(surface=entry.case.surface, flow=entry.case.flow, mode=entry.case.mode)


@pytest.mark.parametrize("fault", SETTINGS)
def test_a_fault_that_needs_other_settings_of_the_connector_has_a_twin(
    fault: str, process: InProcess
) -> None:
    """Under the same settings; under the flow's own where the settings belong to the fault."""
    entry = SETTINGS[fault]

    assert any(process.twin_of(entry, own=own).passed for own in (True, False))
