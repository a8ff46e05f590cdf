"""What every code means: ``codes.toml``, read once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal

from pydantic import field_validator

from harness.catalogue.table import read
from harness.config import KNOWN_RULES, RULES, Mode
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

    def severity_of(self, problem: Problem, mode: Mode, rules: str = RULES) -> Severity:
        """Return the weight of a problem with this code in ``mode``; newer than ``rules`` it only warns."""
        severity = problem.severity or self.severity[mode]
        return "warning" if severity == "error" and self.newer_than(rules) else severity

    def newer_than(self, rules: str) -> bool:
        """Tell whether the code came with a later set of checks than the one that is pinned."""
        return KNOWN_RULES.index(self.since) > KNOWN_RULES.index(rules)

    @field_validator("since")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in KNOWN_RULES:
            raise ValueError(f"since is {value!r}; this version knows {', '.join(KNOWN_RULES)}")
        return value


@cache
def codes() -> Mapping[str, Code]:
    """Return every code that the harness can emit, by its name."""
    return {name: Code(code=name, **row) for name, row in read("codes.toml").items()}
