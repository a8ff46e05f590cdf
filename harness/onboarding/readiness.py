"""Whether each surface of a brand is ready, in one sentence: the first thing that a report says."""

from __future__ import annotations

from collections.abc import Iterable

from harness.config import SURFACES, Surface
from harness.preflight.undocumented import CODE
from harness.report.model import CaseResult, Finding, Readiness


def readiness(
    asked: Iterable[Surface],
    cases: tuple[CaseResult, ...],
    expected: tuple[Readiness, ...],
    probed: tuple[Finding, ...] = (),
) -> tuple[Readiness, ...]:
    """Return one sentence for each surface that was asked for.

    Args:
        asked: The surfaces.
        cases: What was run.
        expected: What could be said of each surface before.
        probed: What probes of the authorization server found, on which every surface relies.
    """
    wanted = frozenset(asked)
    before = {one.surface: one for one in expected}
    return tuple(
        _surface(
            surface,
            tuple(case for case in cases if case.surface == surface),
            before.get(surface),
            tuple(one for one in probed if one.severity == "error"),
        )
        for surface in SURFACES
        if surface in wanted
    )


def _surface(
    surface: Surface,
    cases: tuple[CaseResult, ...],
    before: Readiness | None,
    weaknesses: tuple[Finding, ...],
) -> Readiness:
    well = [case for case in cases if case.passed or case.on_retry]
    if failing := [case for case in cases if case not in well and case.outcome != "undetermined"]:
        return _not_ready(surface, failing, len(cases))
    if before is not None and before.ready is False:
        return before
    if not cases:
        sentence = f"{surface}: cannot be told; none of its cases can run here."
        return Readiness(surface=surface, ready=None, sentence=sentence)
    if weaknesses:
        return _blamed(surface, weaknesses[0], "a probe found a weakness")
    if open_ := [case for case in cases if case not in well]:
        first = _first(open_[0])
        why = f"{first.code}: {first.observed}" if first else "the case ended without a verdict"
        return Readiness(
            surface=surface,
            ready=None,
            code=first.code if first else None,
            hop=first.hop if first else None,
            role=first.role if first else None,
            sentence=f"{surface}: cannot be told; {why}.",
        )
    again = sum(case.on_retry for case in cases)
    counted = f"{len(cases) - again} of {len(cases)} cases passed" + (
        f", {again} on the retry" if again else ""
    )
    sentence = f"{surface}: ready; {counted}."
    if before is not None and before.code == CODE:
        sentence = (
            f"{surface}: ready here, {counted}, by something that the "
            f"platform does not document ({CODE}); ask it before you go live."
        )
        return Readiness(surface=surface, ready=True, code=CODE, sentence=sentence)
    return Readiness(surface=surface, ready=True, sentence=sentence)


def _not_ready(surface: Surface, failing: list[CaseResult], total: int) -> Readiness:
    case = failing[0]
    first = _first(case)
    if first is None:
        return Readiness(
            surface=surface, ready=False, sentence=f"{surface}: not ready; a sign-in ended {case.outcome}."
        )
    return _blamed(surface, first, f"{len(failing)} of {total} cases failed")


def _blamed(surface: Surface, first: Finding, how: str) -> Readiness:
    return Readiness(
        surface=surface,
        ready=False,
        code=first.code,
        hop=first.hop,
        role=first.role,
        sentence=f"{surface}: not ready; {how}, first at the {first.hop} ({first.code}). "
        f"The {first.role} ({first.party}) must act.",
    )


def _first(case: CaseResult) -> Finding | None:
    """Return the finding that decided a case, else its first error."""
    decided = (one for one in case.findings if one.code == case.code)
    errors = (one for one in case.findings if one.severity == "error")
    return next(decided, None) or next(errors, None)
