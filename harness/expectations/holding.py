"""Expected findings held against a report: what they excuse, and which of them are stale or overdue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Self

from harness.config import ExpectedFinding
from harness.report.model import (
    CaseResult,
    Expectation,
    Finding,
    Known,
    Readiness,
    Report,
    State,
    summarise,
)

Entries = tuple[ExpectedFinding, ...]
AXES = ("surface", "flow", "engine", "mode", "scenario")


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A case that ran, by what an entry may say of it.

    Attributes:
        axes: The value of each axis that an entry may name.
        outcome: How it ended.
        codes: What was found.
    """

    axes: Mapping[str, str]
    outcome: str
    codes: frozenset[str]

    @classmethod
    def of(cls, case: CaseResult) -> Self:
        """Return what matters of a case."""
        return cls(
            axes={axis: getattr(case, axis) for axis in AXES},
            outcome=case.outcome,
            codes=frozenset(one.code for one in case.findings),
        )


def held(report: Report, entries: Entries, today: date | None = None) -> Report:
    """Return a report that says what of it was expected.

    An entry that is overdue excuses nothing. One is stale where cases of its kind ran, their outcome is
    known, and its finding is nowhere.

    Args:
        report: The run.
        entries: What was expected.
        today: The day on which the entries have to count; today's (UTC) when left out.
    """
    if not entries:
        return report
    today = today or _today()
    cases = tuple(marked(case, entries, today) for case in report.cases)
    anywhere = tuple(one for one in entries if not _axes(one))
    preflight = _known(report.preflight, anywhere, today)
    probes = tuple(
        one.model_copy(update={"findings": _known(one.findings, anywhere, today)}) for one in report.probes
    )
    beside = (*preflight, *(found for one in probes for found in one.findings))
    codes = frozenset(one.code for one in beside)
    return report.model_copy(
        update={
            "cases": cases,
            "summary": summarise(cases, report.summary.seconds),
            "preflight": preflight,
            "probes": probes,
            "readiness": tuple(_readiness(one, cases, beside) for one in report.readiness),
            "expectations": standing(entries, map(Seen.of, cases), beside=codes, today=today),
        }
    )


def marked(case: CaseResult, entries: Entries, today: date | None = None) -> CaseResult:
    """Return a case that says which of its findings were expected, and whether these are all that is wrong.

    Args:
        case: The case.
        entries: What was expected.
        today: The day on which the entries have to count; today's (UTC) when left out.
    """
    today = today or _today()
    meant = tuple(one for one in entries if _speaks_of(one, case))
    findings = _known(case.findings, meant, today)
    excused = {one.code for one in findings if _excuses(one)}
    wrong = {one.code for one in findings if one.severity == "error"} | ({case.code} if case.code else set())
    as_expected = not case.passed and case.outcome != "undetermined" and bool(wrong) and wrong <= excused
    return case.model_copy(update={"findings": findings, "as_expected": as_expected})


def _today() -> date:
    return datetime.now(UTC).date()


def _axes(entry: ExpectedFinding) -> dict[str, str]:
    return entry.model_dump(include=set(AXES), exclude_none=True)


def _speaks_of(entry: ExpectedFinding, case: CaseResult) -> bool:
    return all(getattr(case, axis) == value for axis, value in _axes(entry).items())


def _known(findings: Iterable[Finding], entries: Entries, today: date) -> tuple[Finding, ...]:
    return tuple(_told(found, entries, today) for found in findings)


def _told(found: Finding, entries: Entries, today: date) -> Finding:
    """Return a finding with who expected it; of several entries the one that counts longest."""
    meant = [one for one in entries if one.code == found.code]
    if not meant:
        return found
    entry = max(meant, key=lambda one: one.until)
    known = Known(
        owner=entry.owner,
        reason=entry.reason,
        until=entry.until.isoformat(),
        overdue=entry.until < today,
    )
    return found.model_copy(update={"known": known})


def _excuses(found: Finding) -> bool:
    return found.known is not None and not found.known.overdue


def _readiness(ready: Readiness, cases: tuple[CaseResult, ...], beside: tuple[Finding, ...]) -> Readiness:
    """Return whether a surface is not ready for nothing but what was expected."""
    failing = [
        one
        for one in cases
        if one.surface == ready.surface and not one.passed and one.outcome != "undetermined"
    ]
    errors = [one for one in beside if one.severity == "error"]
    as_expected = (
        ready.ready is False
        and bool(failing or errors)
        and all(one.as_expected for one in failing)
        and all(_excuses(one) for one in errors)
    )
    return ready.model_copy(update={"as_expected": as_expected})


def standing(
    entries: Entries, seen: Iterable[Seen], *, beside: frozenset[str] = frozenset(), today: date | None = None
) -> tuple[Expectation, ...]:
    """Return what came of each entry.

    Args:
        entries: What was expected.
        seen: The cases that ran.
        beside: The codes that were found outside of cases.
        today: The day on which the entries have to count; today's (UTC) when left out.
    """
    seen, day = tuple(seen), today or _today()
    return tuple(_expectation(one, seen, beside, day) for one in entries)


def _expectation(
    entry: ExpectedFinding, seen: tuple[Seen, ...], beside: frozenset[str], today: date
) -> Expectation:
    return Expectation(
        code=entry.code,
        where=" ".join(_axes(entry).values()),
        owner=entry.owner,
        reason=entry.reason,
        until=entry.until.isoformat(),
        place=entry.place,
        state=_state(entry, tuple(_codes(entry, seen, beside)), today),
    )


def _codes(
    entry: ExpectedFinding, seen: tuple[Seen, ...], beside: frozenset[str]
) -> Iterator[frozenset[str]]:
    """Yield what was found in each place that an entry speaks of and of which something is known."""
    axes = _axes(entry)
    for case in seen:
        # What was left open may have kept the finding back; what was found there was found.
        known = case.outcome != "undetermined" or entry.code in case.codes
        if known and axes.items() <= case.axes.items():
            yield case.codes
    if not axes and entry.code in beside:
        yield frozenset({entry.code})


def _state(entry: ExpectedFinding, seen: tuple[frozenset[str], ...], today: date) -> State:
    if not seen:
        return "not run"
    if not any(entry.code in found for found in seen):
        return "stale"
    return "overdue" if entry.until < today else "met"
