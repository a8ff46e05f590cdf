"""What every code means: ``codes.toml``, read once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal

from harness.catalogue.table import read
from harness.config import Mode
from harness.protocol.problem import Problem, Severity
from harness.settings import Settings

Party = Literal["brand page", "idp", "platform", "network", "browser", "harness"]


class Code(Settings):
    """What a stable code means and who must act on it.

    Attributes:
        code: The code itself.
        title: One sentence: what is wrong.
        party: The side that must act.
        role: Who there: client-side developer, identity administrator, …
        hop: Where on the way it is found.
        spec: Requirement tag or section.
        link: Where that is written.
        fix: What to change.
        severity: Per mode.
        since: The set of checks that it came with.
    """

    code: str
    title: str
    party: Party
    role: str
    hop: str
    spec: str
    link: str
    fix: str
    severity: Mapping[Mode, Severity]
    since: str = "2026.1"

    def severity_of(self, problem: Problem, mode: Mode) -> Severity:
        """Return the weight of a problem with this code in ``mode``."""
        return problem.severity or self.severity[mode]


@cache
def codes() -> Mapping[str, Code]:
    """Return every code that the harness can emit, by its name."""
    return {name: Code(code=name, **row) for name, row in read("codes.toml").items()}
