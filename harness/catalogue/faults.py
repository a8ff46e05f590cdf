"""What every fault is and what must be diagnosed: ``faults.toml``, read once.

Nothing on the diagnosing side imports this module; a test proves it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

from pydantic import Field

from harness.catalogue.table import read
from harness.config import Flow, Mode, Settings, Surface
from harness.protocol.problem import Severity
from harness.report.model import Outcome


class Expectation(Settings):
    """What one entry of a fault must lead to."""

    variant: str | None = None
    surface: Surface | None = None
    mode: Mode | Literal["both"] = "both"
    outcome: Outcome
    code: str | None = None
    findings: tuple[tuple[str, Severity], ...] = ()


class FaultRow(Settings):
    """A named fault: an injector with its arguments, and what must be diagnosed.

    Attributes:
        id: The stable name.
        group: The catalogue's group.
        title: One sentence: what is broken.
        where: The hop that is overlaid.
        injector: The name of a function in :mod:`harness.faults`.
        args: Its arguments.
        surfaces: Where the fault can occur.
        flows: In which flows it can occur.
        callback_deadline: A deadline of the SDK that makes a fault about waiting short to show, in seconds.
        expect: What every entry must get.
    """

    id: str
    group: str
    title: str
    where: str
    injector: str
    args: dict[str, Any] = Field(default_factory=dict)
    surfaces: tuple[Surface, ...]
    flows: tuple[Flow, ...]
    callback_deadline: float | None = None
    expect: tuple[Expectation, ...]


@cache
def faults() -> Mapping[str, FaultRow]:
    """Return every fault that can be put in, by its id."""
    return {name: FaultRow(id=name, **row) for name, row in read("faults.toml").items()}
