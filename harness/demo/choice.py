"""What can be picked in the side panel, and the case that a choice stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from harness.browser.policies import POLICIES
from harness.catalogue.faults import GROUPS, FaultRow, faults
from harness.config import FLOWS, OWN_POLICY, SCENARIOS, SURFACES, EngineName, Flow, Scenario, Surface
from harness.matrix import Case, with_fault
from harness.matrix import fault as find_fault

SURFACE_TITLES: Mapping[Surface, str] = {
    "embedded": "Embedded window",
    "popup": "Popup window",
    "app": "Mobile app",
}
FLOW_TITLES: Mapping[Flow, str] = {
    "code-pkce": "Code with PKCE",
    "code": "Code",
    "implicit": "Implicit: a signed id_token",
    "implicit-jwe": "Implicit, encrypted",
}
SCENARIO_TITLES: Mapping[Scenario, str] = {
    "sign-in": "Signed in, opens the chat",
    "logged-out": "Nobody is signed in",
    "twice": "Opens it on two pages",
    "expired": "Comes back after it expired",
    "switch-user": "Somebody else takes over",
    "two-windows": "Two tabs",
}


class Choice(BaseModel):
    """What somebody has picked.

    Attributes:
        policy: The conditions in the browser; the engine's own where empty.
        fault: What is broken; nothing where ``None``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    surface: Surface = "embedded"
    flow: Flow = "code-pkce"
    policy: str = ""
    scenario: Scenario = "sign-in"
    fault: str | None = None

    def case(self, engine: EngineName) -> Case:
        """Return the case that the choice stands for.

        Raises:
            UsageError: When the fault does not exist, cannot occur there, or needs more than a demo sets up.
        """
        plain = Case(
            surface=self.surface,
            flow=self.flow,
            engine=engine,
            policy=self.policy or OWN_POLICY[engine],
            scenario=self.scenario,
        )
        if self.fault is None:
            return plain
        (case,) = with_fault((plain,), find_fault(self.fault))
        return case


@dataclass(frozen=True, kw_only=True)
class FaultGroup:
    """The faults of one group that a demo can put in.

    Attributes:
        title: What they are about.
        rows: The faults.
    """

    title: str
    rows: tuple[FaultRow, ...]


def fault_groups(engine: EngineName) -> tuple[FaultGroup, ...]:
    """Return the faults that can be shown in an engine, group by group."""
    shown = [row for row in faults().values() if row.in_browser and engine not in row.not_visible]
    return tuple(
        FaultGroup(title=GROUPS[group], rows=tuple(row for row in shown if row.group == group))
        for group in GROUPS
        if any(row.group == group for row in shown)
    )


def options(engine: EngineName) -> dict[str, Any]:
    """Return what the panel's pickers offer."""
    return {
        "surfaces": {one: SURFACE_TITLES[one] for one in SURFACES},
        "flows": {one: FLOW_TITLES[one] for one in sorted(FLOWS, key=list(FLOW_TITLES).index)},
        "policies": {name: policy.description for name, policy in POLICIES.items()},
        "own_policy": OWN_POLICY[engine],
        "scenarios": {one: SCENARIO_TITLES[one] for one in SCENARIOS},
        "fault_groups": fault_groups(engine),
    }


def where(case: Case) -> str:
    """Return a case in words."""
    return f"{SURFACE_TITLES[case.surface]}, {FLOW_TITLES[case.flow]}"
