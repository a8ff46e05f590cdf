"""Judging saved timelines again: no browser, no server, the same report."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from pathlib import Path

from harness.checks import Judgement, judge
from harness.checks.additions import Additions
from harness.checks.judgement import NOTHING_ADDED
from harness.config import KNOWN_RULES, RULES
from harness.errors import TimelineError, UsageError
from harness.report.model import CaseResult, Report, summarise
from harness.report.picture import Picture
from harness.timeline import Facts, Header, Timeline

SUFFIX = ".jsonl"
TIMELINES = "timelines"
PICTURES = "pictures"


def result_of(facts: Facts, judgement: Judgement) -> CaseResult:
    """Return the row of the report for a case and its judgement."""
    return CaseResult(
        **{name: getattr(facts, name) for name in Facts.model_fields},
        outcome=judgement.outcome,
        code=judgement.code,
        passed=judgement.passed,
        findings=judgement.findings,
    )


def file_name(number: int, facts: Facts) -> str:
    """Return the name of a case's file: its place in the run, which keeps files in order, and its id."""
    return f"{number:03}-{facts.id.replace('/', '-')}{SUFFIX}"


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


def judge_again(saved: Iterable[Path], added: Additions = NOTHING_ADDED, rules: str | None = None) -> Report:
    """Judge saved timelines by the checks of this version.

    Args:
        saved: The files, in the order of the report.
        added: What extensions look for beside.
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
        pinned = rules or _pinned(timeline.header)
        results.append(result_of(timeline.header.case, _judged(timeline, path, added, pinned)))
    runs, sets = {header.run for header in headers}, {rules or _pinned(header) for header in headers}
    took = sum(result.timings_ms.case + result.timings_ms.login for result in results)
    return Report(
        run=runs.pop() if len(runs) == 1 else secrets.token_hex(6),
        rules=sets.pop() if len(sets) == 1 else RULES,
        summary=summarise(tuple(results), took / 1000),
        cases=tuple(results),
    )


def _pinned(header: Header) -> str:
    """Return a saved timeline's set of checks; where a later version saved it, the newest that is known."""
    return header.rules if header.rules in KNOWN_RULES else RULES


def _judged(timeline: Timeline, path: Path, added: Additions, rules: str) -> Judgement:
    try:
        return judge(timeline, added, rules)
    except KeyError as missing:
        raise TimelineError(
            f"the events lack {missing}, which the checks of this version read; run the case again", file=path
        ) from None
