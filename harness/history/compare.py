"""Compares two runs: what fails now, what passes now, and what is not looked for any more."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from harness.history.difference import Change, Condition, Difference
from harness.history.lost import lost_checks, moved_checks
from harness.history.model import KeptRun, RunHead, Standing, Trail
from harness.history.speed import speeds
from harness.history.subjects import Subject, subjects_of

RECENT = 10
"""How many of the last runs are looked at for what passes now and then."""

LEAST_TURNS = 2
"""From how many changes between passing and failing on a case is flaky: one is a break, or its mending."""


def compare(before: KeptRun, after: KeptRun, trails: Sequence[Trail] = ()) -> Difference:
    """Return what two runs differ in.

    Args:
        before: The earlier run.
        after: The later run.
        trails: The last runs of the series up to the later one, the oldest first.
    """
    then, now = subjects_of(before.report), subjects_of(after.report)
    often = _often(trails)
    checks = {one.name for one in before.about.checks}
    moved = moved_checks(before, after)
    renamed = {one.after for one in moved}
    kinds: dict[str, list[Change]] = {}
    for name in dict.fromkeys((*then, *now)):
        for kind in _kinds(then.get(name), now.get(name)):
            kinds.setdefault(kind, []).append(_change(name, then, now, often))
    return Difference(
        before=_head(before),
        after=_head(after),
        alike=before.series == after.series,
        new_failures=tuple(kinds.get("new", ())),
        fixed=tuple(kinds.get("fixed", ())),
        other_codes=tuple(kinds.get("other", ())),
        still_failing=tuple(kinds.get("still", ())),
        flaky=tuple(_flaky(then, now, often)),
        cases_gone=tuple(_gone(after, then, now)),
        cases_new=tuple(
            _change(name, then, now, often) for name, one in now.items() if name not in then and one.attempts
        ),
        lost_checks=lost_checks(before, after, then, now),
        moved_checks=moved,
        new_checks=tuple(
            one.name for one in after.about.checks if one.name not in checks and one.name not in renamed
        ),
        conditions=tuple(_conditions(before, after, then, now)),
        timings=speeds(before, after, trails),
        same=sum(
            1
            for name, one in now.items()
            if one.attempts
            and name in then
            and (then[name].standing, then[name].codes) == (one.standing, one.codes)
        ),
    )


def _head(run: KeptRun) -> RunHead:
    return RunHead.model_validate(run.model_dump(include=set(RunHead.model_fields)))


def _kinds(then: Subject | None, now: Subject | None) -> Iterator[str]:
    """Yield under which heads a change is told; what has no result at all is told elsewhere."""
    was: Standing | None = then.standing if then else None
    match was, now.standing if now else None:
        case "failed", "failed":
            assert then is not None
            assert now is not None
            yield "still" if then.codes == now.codes else "other"
        case _, "failed":
            yield "new"
        case "failed", "passed":
            yield "fixed"
        # What is only said where something is wrong was wrong then, and is not now.
        case "failed", None if then is not None and not then.attempts:
            yield "fixed"


def _change(
    name: str, then: Mapping[str, Subject], now: Mapping[str, Subject], often: Mapping[str, str]
) -> Change:
    return Change(
        case=name,
        before=then[name].said if name in then else None,
        after=now[name].said if name in now else None,
        note=often.get(name),
    )


def _often(trails: Sequence[Trail]) -> Mapping[str, str]:
    """Return of each case that passed now and then how often it did."""
    ways: dict[str, list[Standing]] = {}
    for trail in trails[-RECENT:]:
        for name, one in trail.standings().items():
            ways.setdefault(name, []).append(one)
    return {
        name: f"passed in {way.count('passed')} of the last {len(way)} runs"
        for name, way in ways.items()
        if sum(a != b for a, b in itertools.pairwise(way)) >= LEAST_TURNS
    }


def _flaky(
    then: Mapping[str, Subject], now: Mapping[str, Subject], often: Mapping[str, str]
) -> Iterator[Change]:
    for name, one in now.items():
        if one.standing == "flaky" or name in often:
            yield _change(name, then, now, often)


def _gone(after: KeptRun, then: Mapping[str, Subject], now: Mapping[str, Subject]) -> Iterator[Change]:
    """Yield cases that do not run any more, with the reason where the run knows it."""
    for name, one in then.items():
        if name in now or not one.attempts:
            continue
        case = one.attempts[-1]
        reasons = (
            lack.reason
            for lack in after.report.unavailable
            if lack.engine == case.engine and lack.policy in (None, case.policy)
        )
        yield Change(case=name, before=one.said, after=None, note=next(reasons, None))


def _conditions(
    before: KeptRun, after: KeptRun, then: Mapping[str, Subject], now: Mapping[str, Subject]
) -> Iterator[Condition]:
    if before.harness != after.harness:
        yield Condition(name="harness", before=before.harness, after=after.harness)
    if before.rules != after.rules:
        yield Condition(name="rules", before=before.rules, after=after.rules)
    yield from _of_browsers(then, now)
    lacked = {(one.engine, one.policy) for one in before.report.unavailable}
    for one in after.report.unavailable:
        if (one.engine, one.policy) not in lacked:
            name = f"{one.engine} {one.policy}" if one.policy else one.engine
            yield Condition(name=name, before="available", after=f"not available: {one.reason}")


def _of_browsers(then: Mapping[str, Subject], now: Mapping[str, Subject]) -> Iterator[Condition]:
    changed: Counter[tuple[str, str, str]] = Counter()
    for name in then.keys() & now.keys():
        if now[name].attempts and then[name].attempts:
            old, new = (one.attempts[-1].conditions.model_dump() for one in (then[name], now[name]))
            changed.update((key, _word(old[key]), _word(new[key])) for key in new if old[key] != new[key])
    for (key, before, after), number in sorted(changed.items()):
        yield Condition(name=key.replace("_", " "), before=before, after=after, cases=number)


def _word(value: object) -> str:
    if value is None:
        return "unknown"
    return {"True": "yes", "False": "no"}.get(str(value), str(value))
