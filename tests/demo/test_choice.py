"""What can be picked."""

from __future__ import annotations

import pytest

from harness.catalogue.faults import GROUPS, faults
from harness.config import FLOWS, SCENARIOS, SURFACES
from harness.demo.choice import Choice, fault_groups, options
from harness.errors import UsageError


def test_every_group_of_the_catalogue_has_a_title() -> None:
    """A new group needs one."""
    assert {row.group for row in faults().values()} <= set(GROUPS)


def test_every_axis_is_offered() -> None:
    """Each value with a title for people."""
    offered = options("chromium")

    assert (set(SURFACES), set(FLOWS), set(SCENARIOS)) == tuple(
        set(offered[axis]) for axis in ("surfaces", "flows", "scenarios")
    )


def test_every_fault_that_is_offered_can_be_played_where_it_says() -> None:
    """On its first surface and in its first flow."""
    for group in fault_groups("chromium"):
        for row in group.rows:
            choice = Choice(surface=row.surfaces[0], flow=row.flows[0], fault=row.id)
            assert row.id == choice.case("chromium").fault


def test_a_fault_that_cannot_be_seen_in_an_engine_is_not_offered_there() -> None:
    """Firefox shows fewer."""
    hidden = {row.id for row in faults().values() if "firefox" in row.not_visible}
    offered = {row.id for group in fault_groups("firefox") for row in group.rows}

    assert hidden
    assert set() == hidden & offered


def test_a_fault_in_a_place_where_it_cannot_occur_is_refused() -> None:
    """With the places where it can."""
    with pytest.raises(UsageError, match="popup"):
        Choice(surface="embedded", flow="code", fault="nonce-mismatch").case("chromium")
