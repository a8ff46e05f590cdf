"""The matrix: which cases a configuration and the narrowing flags ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from itertools import product
from typing import Any

from harness.catalogue.faults import FaultRow, faults
from harness.config import (
    ENGINES,
    FLOWS,
    MODES,
    OWN_POLICY,
    SCENARIOS,
    SURFACES,
    Config,
    Connector,
    EngineName,
    Flow,
    Matrix,
    Mode,
    Scenario,
    Surface,
)
from harness.errors import UsageError

_AXES: dict[str, tuple[str, ...]] = {
    "surface": SURFACES,
    "flow": FLOWS,
    "engine": ENGINES,
    "mode": MODES,
    "scenario": SCENARIOS,
}


FIELDS = {
    "surface": "surfaces",
    "flow": "flows",
    "engine": "engines",
    "policy": "policies",
    "mode": "modes",
    "scenario": "scenarios",
}
"""What the matrix calls the values of each axis."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One row of the matrix.

    Attributes:
        policy: The conditions in the browser; the engine's own when left out.
        fault: The id of what is put in; nothing when ``None``.

    Raises:
        UsageError: When an axis has a value that does not exist, with those that do.
    """

    surface: Surface
    flow: Flow
    engine: EngineName = "chromium"
    policy: str = ""
    mode: Mode = "strict"
    scenario: Scenario = "sign-in"
    fault: str | None = None

    def __post_init__(self) -> None:
        for axis, allowed in _AXES.items():
            if getattr(self, axis) not in allowed:
                found = getattr(self, axis)
                raise UsageError(f"{axis} does not know {found!r}; choose from {', '.join(allowed)}")
        if not self.policy:
            object.__setattr__(self, "policy", OWN_POLICY[self.engine])

    @property
    def id(self) -> str:
        """The case's name: its axes, and the fault where one is set."""
        axes = (self.surface, self.flow, self.engine, self.policy, self.mode, self.scenario)
        return "/".join((*axes, self.fault) if self.fault else axes)


def cases(matrix: Matrix) -> tuple[Case, ...]:
    """Return the product of the matrix's lists, surface by surface."""
    return tuple(
        Case(surface=surface, flow=flow, engine=engine, policy=policy, mode=mode, scenario=scenario)
        for engine in matrix.engines
        for policy, surface, flow, mode, scenario in product(
            matrix.policies or (OWN_POLICY[engine],),
            matrix.surfaces,
            matrix.flows,
            matrix.modes,
            matrix.scenarios,
        )
    )


def asked(
    config: Config,
    axes: Mapping[str, str | Sequence[str] | None],
    known: Mapping[str, FaultRow] | None = None,
) -> tuple[Case, ...]:
    """Return the cases of a configuration's matrix, narrowed or widened.

    Args:
        config: The configuration.
        axes: Of each axis one value or several: ``surface``, ``flow``, ``engine``, ``policy``, ``mode``,
            ``scenario`` and ``fault``; one that is ``None`` is left as it is.
        known: The faults that there are; the catalogue's when left out.

    Raises:
        UsageError: When there is no such axis or value, or a fault cannot occur in any of the cases.
    """
    chosen = {axis: _several(value) for axis, value in axes.items() if value is not None}
    broken = [fault(name, known) for name in chosen.pop("fault", ())]
    if unknown := sorted(set(chosen) - set(FIELDS)):
        there_are = ", ".join((*FIELDS, "fault"))
        raise UsageError(f"the matrix has no {', '.join(unknown)}; it has {there_are}")
    rows = cases(config.matrix.model_copy(update={FIELDS[axis]: values for axis, values in chosen.items()}))
    if lacking := {case.flow for case in rows} - {connector.flow for connector in config.connectors}:
        raise UsageError(
            f"flow asks for {', '.join(sorted(lacking))}, and the configuration has no connector for it"
        )
    return tuple(case for row in broken for case in with_fault(rows, row)) if broken else rows


def _several(value: str | Sequence[str]) -> tuple[str, ...]:
    values = (value,) if isinstance(value, str) else tuple(value)
    if not values:
        raise UsageError("an empty list runs nothing; name at least one value, or leave it out")
    return tuple(dict.fromkeys(values))


def with_fault(rows: tuple[Case, ...], fault: FaultRow) -> tuple[Case, ...]:
    """Return the cases in which a fault can occur, with the fault set.

    Raises:
        UsageError: When it can occur in none of them, saying where it can, or when more than the sample
            brand would have to change to show it.
    """
    check_shown(fault, arranged=True)
    possible = tuple(
        replace(case, fault=fault.id, policy=fault.weakened.policy or fault.policy or case.policy)
        for case in rows
        if can_occur(case, fault)
    )
    if not possible:
        raise UsageError(
            f"the fault {fault.id} cannot occur there; it can on {', '.join(fault.surfaces)} "
            f"in {', '.join(fault.flows)}"
        )
    return possible


def fault(name: str, known: Mapping[str, FaultRow] | None = None) -> FaultRow:
    """Return a fault by its id.

    Args:
        name: The id.
        known: The faults that there are; the catalogue's when left out.

    Raises:
        UsageError: When there is none, with the nearest ones.
    """
    known = faults() if known is None else known
    if name in known:
        return known[name]
    near = ", ".join(get_close_matches(name, known, n=3, cutoff=0.4))
    hint = f", but {near}" if near else ""
    raise UsageError(f"there is no fault {name!r}{hint}; harness selftest --list names all")


def arranged(config: Config, fault: FaultRow) -> Config:
    """Return the configuration under which a fault can occur: other names, other connectors of its flows."""
    if fault.sites:
        named = Config(sites=config.sites.model_copy(update=fault.sites))
        config = config.model_copy(update={"sites": named.sites, "connectors": named.connectors})
    if not fault.connector:
        return config
    connectors = tuple(
        with_settings(one, fault.connector) if one.flow in fault.flows else one for one in config.connectors
    )
    return config.model_copy(update={"connectors": connectors})


def prepared(config: Config, known: Mapping[str, FaultRow] | None = None) -> Config:
    """Return the configuration under which faults about waiting are short to show.

    Args:
        config: The configuration.
        known: The faults; the package's own when left out.
    """
    rows = (faults() if known is None else known).values()
    patience = [row.callback_deadline for row in rows if row.callback_deadline is not None]
    return config.impatient(min(patience)) if patience else config


def can_occur(case: Case, fault: FaultRow) -> bool:
    """Tell whether a fault can occur in a case."""
    return case.surface in fault.surfaces and case.flow in fault.flows


def with_settings(connector: Connector, settings: Mapping[str, Any]) -> Connector:
    """Return a connector with other settings, which are read as those of a file are.

    Args:
        connector: The connector.
        settings: What is set, by name; a key that is set takes the place of the key set's address.
    """
    changes = {**settings, "jwks_uri": None} if "jwt_public_key" in settings else settings
    return Connector.model_validate({**connector.model_dump(), **changes})


def check_shown(fault: FaultRow, *, arranged: bool = False) -> None:
    """Refuse a fault that needs more than the sample brand's misbehaviour.

    Args:
        fault: The fault.
        arranged: Whether the fault gets the names and the connectors that it needs.

    Raises:
        UsageError: With the command that shows it.
    """
    if not fault.checkable:
        raise UsageError(
            f"the fault {fault.id} needs a clock that is moved, an attacker or probes, and no page; "
            f"harness selftest --fault {fault.id} shows it"
        )
    if not (fault.in_browser or arranged):
        raise UsageError(
            f"the fault {fault.id} needs another connector or other names; "
            f"harness check --fault {fault.id} sets them up and shows it"
        )
