"""What a judgement says: lines, findings, and what could not be seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness.checks.found import Found
from harness.config import Mode, Surface
from harness.preflight.asking import Heard
from harness.preflight.model import Line, Mark, Undetermined
from harness.preflight.walls import wall
from harness.protocol.problem import Problem, Severity

Said = Line | Found | Undetermined

_MARKS: Mapping[Severity, Mark] = {"error": "no", "warning": "warning", "info": "yes"}


@dataclass(frozen=True, kw_only=True)
class Part:
    """What was said about something.

    Attributes:
        surfaces: The surfaces that stand or fall with it.
        said: What was said.
        label: The connector that it is about, empty for all.
    """

    surfaces: frozenset[Surface]
    said: tuple[Said, ...]
    label: str = ""


def problem_found(subject: str, problem: Problem, mode: Mode) -> Iterator[Said]:
    """Say a problem of the verification, as a line and as a finding."""
    found = Found.of(problem, mode)
    said = f"{found.observed} instead of {found.expected}"
    yield Line(subject=subject, mark=_MARKS[found.severity], said=said)
    yield found


def unheard(subject: str, heard: Heard, mode: Mode) -> Iterator[Said]:
    """Say that no answer came, or one that is a wall's and not the server's; nothing where one came."""
    if heard.problem is not None:
        yield from problem_found(subject, heard.problem, mode)
    elif heard.answer is not None and (builder := wall(heard.answer)):
        yield Line(subject=subject, mark="unknown", said=f"{builder} answered in its place")
        yield Undetermined(
            subject=subject,
            reason=f"{builder} took this machine for a robot and answered status {heard.status} itself; "
            "let this machine's address, or the harness's User-Agent, pass",
        )
