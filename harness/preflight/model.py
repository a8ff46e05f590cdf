"""The result of a preflight, as it is printed with ``--format json``; field names are fixed."""

from __future__ import annotations

import json
from typing import Literal

from harness.report.model import Finding, Readiness, Result, Sent

Stage = Literal["server", "browser"]
"""How something was looked at: as a server client sees it, or in a browser."""

Mark = Literal["yes", "no", "warning", "unknown"]


class Line(Result):
    """One thing that was looked at.

    Attributes:
        subject: What.
        mark: Whether it is as it must be.
        said: What was seen, in words.
        stage: How it was looked at.
    """

    subject: str
    mark: Mark
    said: str
    stage: Stage = "server"


class Undetermined(Result):
    """Something that could not be seen from here, for which nobody is blamed.

    Attributes:
        subject: What.
        reason: Why it could not be seen, and what would help.
        stage: How it was looked at.
    """

    subject: str
    reason: str
    stage: Stage = "server"


class Preflight(Result):
    """All that is known about a brand without a login.

    Attributes:
        ready: Whether every surface is ready.
        stages: The stages that have run.
        surfaces: What it amounts to.
        findings: What is wrong, or worth a word.
        undetermined: What could not be seen.
        checked: Everything that was looked at.
        sent: Every request that was sent.
        seconds: How long it took.
    """

    schema_: int = 1
    ready: bool
    stages: tuple[Stage, ...] = ("server",)
    surfaces: tuple[Readiness, ...]
    findings: tuple[Finding, ...]
    undetermined: tuple[Undetermined, ...]
    checked: tuple[Line, ...]
    sent: tuple[Sent, ...]
    seconds: float

    @property
    def outcome(self) -> bool | None:
        """Whether every surface is ready; ``None`` where none is known not to be and one is unknown."""
        answers = {one.ready for one in self.surfaces}
        return False if False in answers else None if None in answers else True

    def as_json(self) -> str:
        """Return the result as indented JSON with the field names that are fixed."""
        values = self.model_dump(mode="json")
        return json.dumps({"schema": values.pop("schema_"), **values}, indent=2)
