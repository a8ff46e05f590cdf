"""Whether what was observed of an entry is what was expected."""

from __future__ import annotations

from typing import Any

from harness.checks import Judgement
from harness.protocol.problem import Severity
from harness.selftest.entries import Entry
from harness.selftest.score import Row, Run, Verdict


def compare(entry: Entry, seen: list[Judgement]) -> Row:
    """Compare every variation; the row shows the first that is wrong, else the last."""
    expected = _expected(entry)
    observed = [_observed(one) for one in seen]
    if entry.row.own_side:
        return _of_own_side(entry, expected, observed).model_copy(update={"told": seen[-1].findings})
    wrong = [number for number, one in enumerate(observed) if not _right(expected, one)]
    shown = wrong[0] if wrong else -1
    return Row(
        **_named(entry),
        right=not wrong,
        expected=expected,
        observed=observed[shown],
        told=seen[shown].findings,
    )


def _of_own_side(entry: Entry, expected: Verdict, observed: list[Verdict]) -> Row:
    """Compare the product under attack, which comes first, and each weakened twin."""
    product, *twins = observed
    weakened = entry.row.weakened
    resisting = expected.model_copy(update={"findings": ()})
    yielding = Verdict(
        outcome=weakened.outcome,
        code=weakened.code,
        findings=_weighed(weakened.findings) or expected.findings,
    )
    runs = [
        Run(side="product", right=_resists(resisting, product), expected=resisting, observed=product),
        *(
            Run(side="weakened", right=_right(yielding, one), expected=yielding, observed=one)
            for one in twins
        ),
    ]
    # Of a row without a code there is nothing that a twin adds.
    told = next((run.observed for run in runs[1:] if not run.right), runs[-1].observed)
    found = told.findings if expected.findings else product.findings
    return Row(
        **_named(entry),
        right=all(run.right for run in runs),
        expected=expected,
        observed=product.model_copy(update={"findings": found}),
        runs=tuple(runs),
    )


def _resists(expected: Verdict, observed: Verdict) -> bool:
    """The product under attack ends as it must, and nothing is found in it."""
    ended = (expected.outcome, expected.code) == (observed.outcome, observed.code)
    return ended and all(one["severity"] == "info" for one in observed.findings)


def unavailable(entry: Entry) -> Row:
    """Return the row of an entry that the case's engine cannot show."""
    return Row(
        **_named(entry),
        right=False,
        expected=_expected(entry),
        observed=None,
        unavailable=entry.unavailable,
    )


def _expected(entry: Entry) -> Verdict:
    wanted = entry.expectation
    return Verdict(outcome=wanted.outcome, code=wanted.code, findings=_weighed(wanted.findings))


def _observed(seen: Judgement) -> Verdict:
    found = tuple((one.code, one.severity) for one in seen.findings)
    return Verdict(outcome=seen.outcome, code=seen.code, findings=_weighed(found))


def _weighed(findings: tuple[tuple[str, Severity], ...]) -> tuple[dict[str, str], ...]:
    return tuple({"code": code, "severity": severity} for code, severity in findings)


def _named(entry: Entry) -> dict[str, Any]:
    """Return which entry a row is about."""
    return {
        "id": entry.row.id,
        "variant": entry.expectation.variant,
        "surface": entry.case.surface,
        "mode": entry.case.mode,
        "group": entry.row.group,
        "ran_in": "browser" if entry.in_browser else "process",
    }


def _right(expected: Verdict, observed: Verdict) -> bool:
    """An accepted case of which no finding is expected must have none of severity error."""
    if (expected.outcome, expected.code) != (observed.outcome, observed.code):
        return False
    harmless = expected.outcome == "authenticated" and not expected.findings
    if harmless and any(one["severity"] == "error" for one in observed.findings):
        return False
    return all(one in observed.findings for one in expected.findings)
