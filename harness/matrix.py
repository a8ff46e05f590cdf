"""The matrix: which cases a configuration and the narrowing flags ask for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

from harness.catalogue.faults import FaultRow
from harness.config import EngineName, Flow, Matrix, Mode, Scenario, Surface
from harness.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class Case:
    """One row of the matrix."""

    surface: Surface
    flow: Flow
    engine: EngineName = "chromium"
    policy: str = "chrome-today"
    mode: Mode = "strict"
    scenario: Scenario = "sign-in"
    fault: str | None = None

    @property
    def id(self) -> str:
        """The case's name: its axes, and the fault where one is set."""
        axes = (self.surface, self.flow, self.engine, self.policy, self.mode, self.scenario)
        return "/".join((*axes, self.fault) if self.fault else axes)


def cases(matrix: Matrix) -> tuple[Case, ...]:
    """Return the product of the matrix's lists, surface by surface."""
    return tuple(
        Case(surface=surface, flow=flow, engine=engine, policy=policy, mode=mode, scenario=scenario)
        for engine, policy, surface, flow, mode, scenario in product(
            matrix.engines, matrix.policies, matrix.surfaces, matrix.flows, matrix.modes, matrix.scenarios
        )
    )


def with_fault(rows: tuple[Case, ...], fault: FaultRow) -> tuple[Case, ...]:
    """Return the cases in which a fault can occur, with the fault set.

    Raises:
        UsageError: When it can occur in none of them, saying where it can.
    """
    possible = tuple(
        replace(case, fault=fault.id)
        for case in rows
        if case.surface in fault.surfaces and case.flow in fault.flows
    )
    if not possible:
        raise UsageError(
            f"the fault {fault.id} cannot occur there; it can on {', '.join(fault.surfaces)} "
            f"in {', '.join(fault.flows)}"
        )
    return possible
