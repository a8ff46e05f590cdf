"""What was looked for in one run and is not in another: the quiet way in which a suite gets worse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.history.difference import Lost, Moved
from harness.history.model import Check, KeptRun
from harness.history.subjects import Subject
from harness.report.model import Report


def moved_checks(before: KeptRun, after: KeptRun) -> tuple[Moved, ...]:
    """Return checks that are gone while a new one finds all that they could find."""
    then, now = _checks(before), _checks(after)
    new = [check for name, check in now.items() if name not in then]
    moved = []
    for name, check in then.items():
        heirs = [one.name for one in new if check.codes and set(check.codes) <= set(one.codes)]
        if name not in now and heirs:
            moved.append(Moved(before=name, after=heirs[0]))
    return tuple(moved)


def lost_checks(
    before: KeptRun, after: KeptRun, then: Mapping[str, Subject], now: Mapping[str, Subject]
) -> tuple[Lost, ...]:
    """Return everything that was looked for and is not now.

    Args:
        before: The earlier run.
        after: The later run.
        then: What passed or failed in the earlier one.
        now: What passes or fails in the later one.
    """
    gone = tuple(_gone(before, after))
    return (
        *gone,
        *_codes(before, after, gone),
        *_blind(before, after, then, now),
        *_open(then, now),
        *_unseen(before.report, after.report),
    )


def _checks(run: KeptRun) -> Mapping[str, Check]:
    return {one.name: one for one in run.about.checks}


def _gone(before: KeptRun, after: KeptRun) -> Iterator[Lost]:
    now = _checks(after)
    heirs = {one.before for one in moved_checks(before, after)}
    reasons = {f"probing.{one.name}": one.reason for one in after.report.probes if one.reason}
    already = _found(after.report)
    for name, check in _checks(before).items():
        if name in now or name in heirs or (name in reasons and already.intersection(check.codes)):
            continue
        why = f": {reasons[name]}" if name in reasons else ""
        finds = f"; it looked for {', '.join(check.codes)}" if check.codes else ""
        yield Lost(kind="check", name=name, sentence=f"does not run any more{why}{finds}", codes=check.codes)


def _codes(before: KeptRun, after: KeptRun, gone: tuple[Lost, ...]) -> Iterator[Lost]:
    """Yield codes that a check could find that still runs, and that no check can find now."""
    told = {code for one in gone for code in one.codes}
    possible = {code for check in after.about.checks for code in check.codes}
    finders: dict[str, list[str]] = {}
    for check in before.about.checks:
        for code in check.codes:
            finders.setdefault(code, []).append(check.name)
    for code, names in sorted(finders.items()):
        if code not in possible and code not in told:
            yield Lost(
                kind="code",
                name=code,
                sentence=f"is not looked for any more; {', '.join(names)} could find it",
                codes=(code,),
                checks=tuple(names),
            )


def _blind(
    before: KeptRun, after: KeptRun, then: Mapping[str, Subject], now: Mapping[str, Subject]
) -> Iterator[Lost]:
    """Yield cases in which checks have nothing to look at, because their events were not recorded.

    What failed and now passes may have taken another way; that is no loss.
    """
    for case, recorded in before.about.seen.items():
        if case not in after.about.seen or (then[case].standing, now[case].standing) == ("failed", "passed"):
            continue
        missing = tuple(one for one in recorded if one not in after.about.seen[case])
        concerned = tuple(one for one in after.about.checks if set(one.reads) & set(missing))
        if concerned:
            number = f"{len(concerned)} check{'s' if len(concerned) > 1 else ''}"
            yield Lost(
                kind="case",
                name=case,
                sentence=f"{number} could not look there: no {', '.join(missing)} was recorded",
                codes=tuple(sorted({code for one in concerned for code in one.codes})),
                checks=tuple(one.name for one in concerned),
            )


def _open(then: Mapping[str, Subject], now: Mapping[str, Subject]) -> Iterator[Lost]:
    """Yield cases that came to a result and come to none now."""
    for name, subject in now.items():
        if subject.standing == "undetermined" and name in then and then[name].standing != "undetermined":
            yield Lost(
                kind="case",
                name=name,
                sentence=f"comes to no result any more: {then[name].said} then, {subject.said} now",
            )


def _unseen(before: Report, after: Report) -> Iterator[Lost]:
    """Yield what a preflight could see and cannot now."""
    subjects = {one.partition(": ")[0] for one in before.unseen}
    for one in after.unseen:
        subject, _, reason = one.partition(": ")
        if subject not in subjects:
            yield Lost(kind="subject", name=subject, sentence=f"could not be seen: {reason}")


def _found(report: Report) -> frozenset[str]:
    cases = (one for case in report.cases for one in case.findings)
    return frozenset(one.code for one in (*report.preflight, *cases))
