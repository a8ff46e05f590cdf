"""What is said of earlier runs in a terminal. Fits 80 columns."""

from __future__ import annotations

import datetime
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from harness.history.difference import Change, Condition, Difference, Lost, Speed
from harness.history.model import KeptRun, RunHead, Verdict
from harness.report import text
from harness.report.plain import cleaned

WIDTH = text.WIDTH
SIGNS: dict[Verdict, str] = {"passed": "✓", "failed": "✗", "undetermined": "?", "nothing ran": "·"}
MOST_NAMES = 6


def moment(seconds: float) -> str:
    """Return a moment in local time, to the minute."""
    return datetime.datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M")


def listed(heads: Sequence[RunHead]) -> str:
    """Return runs as a table, one line each."""
    lines = [f"{'run':12}  {'when':16}  {'passed':>9}  {'seconds':>7}  what"]
    for one in heads:
        passed = f"{SIGNS[one.verdict]} {one.summary.passed}/{one.summary.cases}"
        facts = f"{one.id:12}  {moment(one.at)}  {passed:>9}  {one.summary.seconds:7.1f}"
        beside = len(facts) + len(one.title) + 2 <= WIDTH
        lines += [f"{facts}  {one.title}"] if beside else [facts, _wrapped("    ", one.title)]
    return "\n".join(lines)


def shown(run: KeptRun) -> str:
    """Return a run's report with what it was a report of."""
    facts = (
        ("run", f"{run.id}, {moment(run.at)}"),
        ("checked", run.title),
        ("command", run.about.command),
        ("harness", f"{run.harness}, rules {run.rules}, {len(run.about.checks)} checks"),
    )
    return (
        "\n".join(_wrapped(f"{name:9} ", value) for name, value in facts)
        + "\n\n"
        + text.render(cleaned(run.report))
    )


def in_short(difference: Difference) -> str:
    """Return in a few words what is worse, or was not looked at again; nothing where nothing is."""
    counts = (
        (len(difference.new_failures), "new failure"),
        (len(difference.lost_checks), "lost check"),
    )
    gone = len(difference.cases_gone)
    words = [_count(number, word) for number, word in counts if number]
    return ", ".join((*words, f"{_count(gone, 'case')} gone") if gone else words)


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def told(difference: Difference) -> str:
    """Return what two runs differ in, the worst first."""
    parts = [
        _heads(difference),
        _part("new failure", "✗", difference.new_failures),
        _lost(difference.lost_checks),
        _part("fixed", "✓", difference.fixed, plural=""),
        _part("failing for another reason", "✗", difference.other_codes, plural=""),
        _part("flaky", "~", difference.flaky, plural=""),
        _part("still failing", "✗", difference.still_failing, plural=""),
        _part("case gone", "-", difference.cases_gone, several="cases gone"),
        _part("new case", "+", difference.cases_new),
        _checks(difference),
        _conditions(difference.conditions),
        _timings(difference.timings),
        _end(difference),
    ]
    return "\n\n".join(part for part in parts if part)


def _heads(difference: Difference) -> str:
    lines = [_named("from", difference.before), _named("to", difference.after)]
    if not difference.alike:
        lines.append(
            textwrap.fill(
                "The two are not of one series: they did not check the same subject in the same way.", WIDTH
            )
        )
    return "\n".join(lines)


def _named(word: str, head: RunHead) -> str:
    return _wrapped(f"{word:5} {head.id}  {moment(head.at)}  ", head.title)


def _part(
    word: str, sign: str, changes: Sequence[Change], *, plural: str = "s", several: str | None = None
) -> str:
    if not changes:
        return ""
    number = len(changes)
    head = (
        f"{number} {several}" if several and number > 1 else f"{number} {word}{plural if number > 1 else ''}"
    )
    return "\n".join((head, *(line for one in changes for line in _change(sign, one))))


def _change(sign: str, change: Change) -> Iterator[str]:
    yield _wrapped(f"  {sign} ", change.case)
    said = [one for one in (change.before, change.after) if one]
    if said:
        yield _wrapped(" " * 6, " → ".join(dict.fromkeys(said)))
    if change.note:
        yield _wrapped(" " * 6, change.note)


def _lost(lost: Sequence[Lost]) -> str:
    if not lost:
        return ""
    lines = [_count(len(lost), "lost check")]
    for one in lost:
        lines += [_wrapped("  ! ", one.name), _wrapped(" " * 6, one.sentence)]
        if one.kind == "case" and one.checks:
            lines.append(_wrapped(" " * 6, _few(one.checks)))
    return "\n".join(lines)


def _few(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _checks(difference: Difference) -> str:
    lines = [_wrapped("moved: ", f"{one.before} → {one.after}") for one in difference.moved_checks]
    if difference.new_checks:
        lines.append(
            _wrapped(f"{_count(len(difference.new_checks), 'new check')}: ", _few(difference.new_checks))
        )
    return "\n".join(lines)


def _conditions(conditions: Sequence[Condition]) -> str:
    if not conditions:
        return ""
    lines = ["changed conditions"]
    for one in conditions:
        where = f" ({_count(one.cases, 'case')})" if one.cases else ""
        lines.append(_wrapped("  ", f"{one.name}: {one.before} → {one.after}{where}"))
    return "\n".join(lines)


def _timings(timings: Sequence[Speed]) -> str:
    if not timings:
        return ""
    lines = ["median milliseconds, usual → now"]
    for one in timings:
        slower = "  notably slower" if one.slower else ""
        lines.append(f"  {one.metric:12} {one.usual:8.0f} → {one.now:.0f}{slower}")
        lines += [_wrapped(" " * 6, f"slower: {name}") for name in one.cases[:MOST_NAMES]]
        if len(one.cases) > MOST_NAMES:
            lines.append(f"      and {len(one.cases) - MOST_NAMES} more")
    return "\n".join(lines)


def _end(difference: Difference) -> str:
    same = f"{_count(difference.same, 'case')} as before"
    return f"{same}; {in_short(difference) or 'nothing is worse'}"


def _wrapped(first: str, words: str | Iterable[str]) -> str:
    return textwrap.fill(
        str(words),
        WIDTH,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_on_hyphens=False,
        break_long_words=True,
    )
