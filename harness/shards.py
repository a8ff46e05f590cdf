"""A run in parts: which cases are in which, and the parts made one again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, TypeVar

from harness.config import Config
from harness.errors import UsageError
from harness.matrix import Case
from harness.report.model import CaseResult, Expectation, Readiness, Report, Shard, State, summarise

_MARK = 16
_NOT_OF_A_RUN = {"history", "database"}
"""What a configuration says of this machine alone."""

_STATES: Sequence[State] = ("overdue", "met", "open", "stale", "not run")
"""What came of an expectation in several shards, what decides first."""

One = TypeVar("One")


@dataclass(frozen=True)
class Part:
    """A shard that is asked for.

    Args:
        number: Its number, from 1.
        of: How many there are.
    """

    number: int
    of: int

    def __str__(self) -> str:
        """Return it as the command line has it."""
        return f"{self.number}/{self.of}"

    def rows(self, rows: Sequence[Case]) -> tuple[Case, ...]:
        """Return its cases: one of every ``of``, so that the kinds of cases are spread evenly.

        Raises:
            UsageError: When there are more parts than cases.
        """
        if self.of > len(rows):
            many = len(rows)
            raise UsageError(
                f"--shard {self} asks for one of {self.of} parts, and there are {many} cases; "
                f"take at most {many} parts"
            )
        return tuple(rows[self.number - 1 :: self.of])


def as_part(report: Report, part: Part, config: Config, rows: Sequence[Case]) -> Report:
    """Return the report of a part, which says which one it is.

    What was expected and did not occur may be in another part, so that it is open.

    Args:
        report: What came of its cases.
        part: Which it is.
        config: The configuration.
        rows: The cases of the whole run.
    """
    places = {case.id: place for place, case in enumerate(rows)}
    shard = Shard(
        number=part.number,
        of=part.of,
        places=tuple(places[case.id] for case in report.cases),
        mark=_mark(config, rows),
        harness=version("consumer-auth-harness"),
    )
    open_ = {"stale": "open"}
    expectations = tuple(
        one.model_copy(update={"state": open_.get(one.state, one.state)}) for one in report.expectations
    )
    return report.model_copy(update={"shard": shard, "expectations": expectations})


def _mark(config: Config, rows: Sequence[Case]) -> str:
    """Return a fingerprint of what is run; a secret is in it as the fact that there is one."""
    said = config.model_dump(mode="json", exclude=_NOT_OF_A_RUN)
    text = json.dumps([said, [case.id for case in rows]], sort_keys=True)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:_MARK]


def whole(parts: Mapping[str, Report]) -> tuple[Report, tuple[tuple[str, int], ...]]:
    """Return the report of a run from those of its shards, and where each of its cases comes from.

    Args:
        parts: The reports by the names under which they were given.

    Returns:
        The report, and for each of its cases the name of the shard's report and the place in that. Its
        seconds are those of the shard that took longest.

    Raises:
        UsageError: When they do not belong together, or one is missing.
    """
    _check(parts)
    found = [
        (place, name, number)
        for name, report in parts.items()
        for number, place in enumerate(report.shard.places if report.shard else ())
    ]
    first: dict[tuple[str, str], int] = {}
    for place, name, number in sorted(found):
        case = parts[name].cases[number]
        first.setdefault((case.engine, case.policy), place)

    def order(one: tuple[int, str, int]) -> tuple[int, int]:
        case = parts[one[1]].cases[one[2]]
        return first[case.engine, case.policy], one[0]

    sources = tuple((name, number) for _, name, number in sorted(found, key=order))
    cases = tuple(parts[name].cases[number] for name, number in sources)
    return _joined(sorted(parts.values(), key=_number), cases), sources


def _joined(reports: Sequence[Report], cases: tuple[CaseResult, ...]) -> Report:
    runs = "".join(report.run for report in reports)
    learned = _distinct(report.learned for report in reports)
    return Report(
        # The same shards make the same run, however often they are merged.
        run=hashlib.sha256(runs.encode("utf-8")).hexdigest()[:12],
        rules=reports[0].rules,
        summary=summarise(cases, max(report.summary.seconds for report in reports)),
        unavailable=_distinct(one for report in reports for one in report.unavailable),
        cases=cases,
        readiness=_readiness(reports),
        preflight=_distinct(one for report in reports for one in report.preflight),
        unseen=_distinct(one for report in reports for one in report.unseen),
        learned="; ".join(one for one in learned if one) or None,
        probes=_distinct((one for report in reports for one in report.probes), lambda one: one.name),
        expectations=_expectations(reports),
        broken=_distinct(one for report in reports for one in report.broken),
    )


def _check(parts: Mapping[str, Report]) -> None:
    """Refuse reports that are not the shards of one run, all of them."""
    named = list(parts.items())
    for name, report in named:
        if report.shard is None:
            raise UsageError(f"{name} is a whole run, no shard; harness check --shard 1/2 makes shards")
        if report.soak is not None:
            raise UsageError(
                f"the cases of {name} were repeated, and percentiles cannot be merged; leave --repeat and "
                "--until out where there are shards, or look at each by itself"
            )
    (first_name, first), *others = [(name, report) for name, report in named]
    for name, report in others:
        for what, of in _COMMON:
            if of(first) != of(report):
                raise UsageError(
                    f"{first_name} and {name} do not belong together: {what}"
                    + (f" {of(first)} and {of(report)}" if what != _OTHER_CASES else "")
                )
    taken: dict[int, str] = {}
    for name, report in named:
        if (other := taken.setdefault(_number(report), name)) != name:
            shard = report.shard
            assert shard is not None, "all are shards"
            raise UsageError(f"{other} and {name} are both shard {shard.name}; name one of them")
    every = first.shard.of if first.shard else 0
    if missing := [f"{number}/{every}" for number in range(1, every + 1) if number not in taken]:
        raise UsageError(f"shard {', '.join(missing)} is missing; name all {every} of the run")


_OTHER_CASES = "their configurations or their cases differ"
_COMMON: tuple[tuple[str, Callable[[Report], Any]], ...] = (
    ("they are parts of", lambda report: report.shard.of if report.shard else None),
    ("they come from harness", lambda report: report.shard.harness if report.shard else None),
    ("they were judged by rules", lambda report: report.rules),
    (_OTHER_CASES, lambda report: report.shard.mark if report.shard else None),
)
"""What shards of one run have in common, in words that the two values follow."""


def _number(report: Report) -> int:
    return report.shard.number if report.shard else 0


def _distinct(values: Iterable[One], by: Callable[[One], Any] = lambda one: one) -> tuple[One, ...]:
    found: dict[Any, One] = {}
    for one in values:
        found.setdefault(by(one), one)
    return tuple(found.values())


def _readiness(reports: Sequence[Report]) -> tuple[Readiness, ...]:
    """Return of each surface the worst that a shard says."""
    found: dict[str, Readiness] = {}
    weight = {False: 0, None: 1, True: 2}
    for one in (one for report in reports for one in report.readiness):
        worst = found.setdefault(one.surface, one)
        if (weight[one.ready], one.as_expected) < (weight[worst.ready], worst.as_expected):
            found[one.surface] = one
    return tuple(found.values())


def _expectations(reports: Sequence[Report]) -> tuple[Expectation, ...]:
    """Return what came of each expectation in all shards; what occurred in none of them is stale."""
    found: dict[tuple[str, str, str], list[Expectation]] = {}
    for one in (one for report in reports for one in report.expectations):
        found.setdefault((one.place, one.code, one.where), []).append(one)
    return tuple(_decided(same) for same in found.values())


def _decided(same: Sequence[Expectation]) -> Expectation:
    one = min(same, key=lambda one: _STATES.index(one.state))
    return one.model_copy(update={"state": "stale"}) if one.state == "open" else one
