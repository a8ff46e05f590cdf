"""The results as text, 80 columns wide."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from e2e.bench.model import Results, Row, Section

WIDTH = 80
TIMES = "×"  # noqa: RUF001 - the sign itself
_NAME = 36
_HEAD = f"{'':{_NAME}}{'median':>11} {'p95':>7} {'n':>4} {'ratio':>6} {'target':>12}"


def table(results: Results) -> str:
    """Return the whole as text."""
    lines = [f"{results.date}"]
    for name, value in results.machine.items():
        said = ", ".join(f"{key} {one}" for key, one in value.items()) if isinstance(value, dict) else value
        lines += textwrap.wrap(f"{name}: {said}", WIDTH, subsequent_indent="  ")
    for section in results.sections:
        lines += ["", *_section(section)]
    if results.share < 1:
        lines += ["", "Fewer samples than in earnest: these numbers say that it runs, not how fast."]
    return "\n".join(line.rstrip() for line in lines)


def _section(section: Section) -> Iterator[str]:
    yield from textwrap.wrap(f"{section.name}: {section.title} ({section.seconds:.0f} s)", WIDTH)
    yield _HEAD
    notes: dict[str, None] = {}
    for row in section.rows:
        yield from _row(row)
        if row.note:
            notes[row.note] = None
    for note in notes:
        yield from textwrap.wrap(note, WIDTH - 2, initial_indent="  ", subsequent_indent="  ")


def _row(row: Row) -> Iterator[str]:
    head, *more = textwrap.wrap(row.name, _NAME - 1, initial_indent="  ", subsequent_indent="    ")
    if row.median is None or row.p95 is None:
        yield from (head, *more)
        yield from textwrap.wrap(
            f"not measured: {row.missing}", WIDTH, initial_indent="    ", subsequent_indent="    "
        )
        return
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    middle = f"{number(row.median)} {row.unit}"
    yield f"{head:{_NAME}}{middle:>11} {number(row.p95):>7} {row.samples:>4} {ratio:>6} {_target(row):>12}"
    yield from more


def _target(row: Row) -> str:
    if row.target is None:
        return ""
    limit = f"{row.target.limit:g}"
    wanted = f"≤ {limit} {TIMES}" if row.target.of == "ratio" else f"≤ {limit} {row.unit}"
    return f"{wanted} {'✓' if row.reached else '✗'}"


def number(value: float) -> str:
    """Return a number with three significant digits, and no more decimals than that needs."""
    for limit, digits in ((100, 0), (10, 1), (1, 2)):
        if abs(value) >= limit:
            return f"{value:.{digits}f}"
    return f"{value:.3f}"
