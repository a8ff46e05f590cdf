"""Judging saved timelines again: no browser, no server, the same report."""

from __future__ import annotations

import json
import re
import secrets
import traceback
from collections.abc import Iterable, Set
from pathlib import Path
from typing import Any

from harness.checks import Judgement, judge
from harness.checks.additions import Additions
from harness.checks.found import finding, pinned
from harness.checks.judgement import NOTHING_ADDED
from harness.checks.probing import Seen, check_probe
from harness.config import KNOWN_RULES, RULES
from harness.errors import TimelineError, UsageError
from harness.report.model import CaseResult, ProbeResult, ProbeSent, Report, summarise
from harness.report.picture import Picture
from harness.timeline import Event, Facts, Header, Timeline

_NOT_A_REPORT = (ValueError, AttributeError, TypeError, RecursionError)
_NOT_READABLE = (ValueError, AttributeError, TypeError, LookupError, ArithmeticError)
"""What the checks raise on facts of another form than they are recorded in."""

SUFFIX = ".jsonl"
TIMELINES = "timelines"
PICTURES = "pictures"
REPORT = "report.json"


def result_of(facts: Facts, judgement: Judgement) -> CaseResult:
    """Return the row of the report for a case and its judgement."""
    return CaseResult(
        **{name: getattr(facts, name) for name in Facts.model_fields},
        outcome=judgement.outcome,
        code=judgement.code,
        passed=judgement.passed,
        findings=judgement.findings,
    )


def probe_result(answered: Event, known: Set[str] = frozenset(), rules: str = RULES) -> ProbeResult:
    """Return the row of the report for what a probe saw.

    Args:
        answered: An event of the type ``probe.answered``.
        known: Codes that were found without probes already, which are not found again.
        rules: The set of checks that is pinned.
    """
    data = answered.data
    sent = tuple(ProbeSent.model_validate(one) for one in data["sent"])
    told = {name: data[name] for name in ("connector", "what", "reason", "seen")}
    return probed(ProbeResult(name=data["probe"], sent=sent, **told), known, rules)


def probed(result: ProbeResult, known: Set[str] = frozenset(), rules: str = RULES) -> ProbeResult:
    """Return the row for what a probe saw, with what the checks of this version find in it."""
    if result.seen is None:
        return result
    seen = Seen.model_validate(result.seen)
    found = tuple(pinned(finding(one), rules) for one in check_probe(result.name, seen))
    told = ", ".join(dict.fromkeys(one.code for one in found if one.code in known))
    changes: dict[str, Any] = {"findings": tuple(one for one in found if one.code not in known)}
    if told:
        changes["reason"] = f"{told} was found already, without a probe"
    return result.model_copy(update=changes)


def probes_of(paths: Iterable[Path]) -> tuple[ProbeResult, ...]:
    """Return what probes saw in the runs whose folders are named.

    Raises:
        TimelineError: When a folder's report cannot be read.
    """
    found: list[ProbeResult] = []
    for path in paths:
        if (report := path / REPORT).is_file():
            try:
                rows = json.loads(report.read_bytes()).get("probes", ())
                found += [_probe(one) for one in rows]
            except _NOT_A_REPORT:
                raise TimelineError(
                    "expected the report of a run, found something else", file=report
                ) from None
    return tuple(found)


def _probe(row: Any) -> ProbeResult:
    result = ProbeResult.model_validate(row)
    if result.seen is not None:
        Seen.model_validate(result.seen)
    return result


_FOREIGN = re.compile(r"[^A-Za-z0-9._-]")
_LONGEST = 180
"""Characters of an id in a file's name; file systems take 255 octets."""


def file_name(number: int, facts: Facts) -> str:
    """Return the name of a case's file: its place in the run, which keeps files in order, and its id.

    An id names its connector, which somebody else has named: nothing in it leads to another folder.
    """
    return f"{number:03}-{_FOREIGN.sub('-', facts.id)[:_LONGEST]}{SUFFIX}"


def files(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Return the saved timelines that paths name: files as they are, of folders those inside, by name.

    The folder of a run has them in one of its own.

    Raises:
        UsageError: When a path does not exist, or a folder holds none.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(path.glob(f"*{SUFFIX}")) or sorted((path / TIMELINES).glob(f"*{SUFFIX}"))
            if not inside:
                raise UsageError(
                    f"the folder {path} holds no {SUFFIX} file; harness check --out DIR writes them"
                )
            found += inside
        elif path.is_file():
            found.append(path)
        else:
            raise UsageError(f"there is no {path}; name a saved timeline or a folder of them")
    return tuple(dict.fromkeys(found))


def pictures_of(saved: Path) -> tuple[Picture, ...]:
    """Return the pictures of a case, which are beside its timeline in the folder of a run."""
    folder = saved.parent.parent / PICTURES / saved.stem
    return tuple(
        Picture(step=path.stem.partition(" ")[2], jpeg=path.read_bytes())
        for path in sorted(folder.glob("*.jpg"))
    )


def judge_again(
    saved: Iterable[Path],
    added: Additions = NOTHING_ADDED,
    rules: str | None = None,
    *,
    probes: Iterable[ProbeResult] = (),
) -> Report:
    """Judge saved timelines by the checks of this version.

    Args:
        saved: The files, in the order of the report.
        added: What extensions look for beside.
        probes: What probes saw in the same run.
        rules: The set of checks that is pinned; the one of each timeline when left out.

    Returns:
        The report of the run that they came from; its seconds are those of the cases and their logins.

    Raises:
        TimelineError: When a file cannot be read.
        ExtensionError: When a check of an extension fails.
    """
    headers, results = [], []
    for path in saved:
        timeline = Timeline.loads(path.read_bytes(), file=path)
        assert timeline.header is not None, "a timeline that was read has a header"
        headers.append(timeline.header)
        own = rules or _pinned(timeline.header)
        results.append(_judged(timeline, timeline.header.case, path, added, own))
    known = {one.code for case in results for one in case.findings}
    runs, sets = {header.run for header in headers}, {rules or _pinned(header) for header in headers}
    took = sum(result.timings_ms.case + result.timings_ms.login for result in results)
    weighed = sets.pop() if len(sets) == 1 else RULES
    return Report(
        run=runs.pop() if len(runs) == 1 else secrets.token_hex(6),
        rules=weighed,
        summary=summarise(tuple(results), took / 1000),
        cases=tuple(results),
        probes=tuple(probed(one, known, weighed) for one in probes),
    )


def _pinned(header: Header) -> str:
    """Return a saved timeline's set of checks; where a later version saved it, the newest that is known."""
    return header.rules if header.rules in KNOWN_RULES else RULES


def _judged(timeline: Timeline, facts: Facts, path: Path, added: Additions, rules: str) -> CaseResult:
    try:
        return result_of(facts, judge(timeline, added, rules))
    except KeyError as missing:
        raise TimelineError(
            f"the events lack {str(missing)[:60]}, which the checks of this version read; run the case again",
            file=path,
        ) from None
    except _NOT_READABLE as error:
        # Not what the error says: that may hold a part of what was recorded.
        raise TimelineError(
            f"a fact of the events has another form than the checks of this version read "
            f"({type(error).__name__} in {_place(error)}); run the case again",
            file=path,
        ) from None


def _place(error: Exception) -> str:
    """Return the file and the line in which an error arose."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(last.filename).name}, line {last.lineno}"
