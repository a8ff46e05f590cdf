"""Findings as their readers want them: alike ones once, and by who must act."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from harness.protocol.problem import Severity
from harness.report.model import CaseResult, Finding, Readiness, Report
from harness.report.text import short_name

BEFORE = "before any login"
_NUMBER = re.compile(r"\d+")
_WEIGHT: dict[Severity, int] = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True, kw_only=True)
class Merged:
    """One finding, and everything in which it was found.

    Attributes:
        finding: What was found.
        cases: The cases in which it was.
        beside: Where else: before any login, or by which probe.
    """

    finding: Finding
    cases: tuple[CaseResult, ...]
    beside: tuple[str, ...]

    @property
    def where(self) -> tuple[str, ...]:
        """All of it in words."""
        return (*self.beside, *(short_name(case) for case in self.cases))


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who must act, and on what.

    Attributes:
        party: The side.
        role: Who there.
        findings: What they have to look at, errors first.
    """

    party: str
    role: str
    findings: tuple[Merged, ...]


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What keeps surfaces from being ready, and whether that is known or only open.

    Attributes:
        surfaces: Which.
        merged: What was found first.
        known: Whether they are known not to be ready.
    """

    surfaces: tuple[str, ...]
    merged: Merged
    known: bool


def merged(report: Report) -> tuple[Merged, ...]:
    """Return a report's findings, alike ones once, errors first.

    Those are alike that differ in numbers only, as in how long ago something expired.
    """
    groups: dict[Finding, list[tuple[Finding, CaseResult | str]]] = {}
    for finding, where in _all(report):
        groups.setdefault(_without_numbers(finding), []).append((finding, where))
    found = (_together(several) for several in groups.values())
    return tuple(sorted(found, key=lambda one: _WEIGHT[one.finding.severity]))


def _without_numbers(finding: Finding) -> Finding:
    told = {name: _NUMBER.sub("0", getattr(finding, name)) for name in ("expected", "observed")}
    return finding.model_copy(update=told)


def _together(several: list[tuple[Finding, CaseResult | str]]) -> Merged:
    cases = {id(where): where for _, where in several if isinstance(where, CaseResult)}
    beside = dict.fromkeys(where for _, where in several if isinstance(where, str))
    return Merged(finding=several[0][0], cases=tuple(cases.values()), beside=tuple(beside))


def _all(report: Report) -> Iterator[tuple[Finding, CaseResult | str]]:
    yield from ((one, BEFORE) for one in report.preflight)
    for case in report.cases:
        # What decided a case is its first word.
        ordered = sorted(case.findings, key=lambda one: one.code != case.code)
        yield from ((one, case) for one in ordered)
    for probe in report.probes:
        yield from ((one, f"probe {probe.name}") for one in probe.findings)


def actors(found: Iterable[Merged]) -> tuple[Actor, ...]:
    """Return who must act, whoever has the gravest finding first."""
    groups: dict[tuple[str, str], list[Merged]] = {}
    for one in found:
        groups.setdefault((one.finding.party, one.finding.role), []).append(one)
    return tuple(
        Actor(party=party, role=role, findings=tuple(several)) for (party, role), several in groups.items()
    )


def troubles(report: Report, ready: tuple[Readiness, ...]) -> tuple[Trouble, ...]:
    """Return what keeps surfaces from being ready: what is known before what is open."""
    found = merged(report)
    groups: dict[tuple[bool, Merged], list[str]] = {}
    for surface in sorted(
        (one for one in ready if one.ready is not True), key=lambda one: one.ready is not False
    ):
        first = _first(surface, found)
        if first is not None:
            groups.setdefault((surface.ready is False, first), []).append(surface.surface)
    return tuple(
        Trouble(surfaces=tuple(names), merged=first, known=known) for (known, first), names in groups.items()
    )


def _first(ready: Readiness, found: tuple[Merged, ...]) -> Merged | None:
    """Return what a surface's sentence speaks of: found in its own cases, else anywhere."""
    alike = [one for one in found if one.finding.code == ready.code]
    own = (one for one in alike if any(case.surface == ready.surface for case in one.cases))
    return next(own, alike[0] if alike else None)
