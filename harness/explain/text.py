"""What is known of a word, for a terminal of eighty columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from functools import singledispatch

from harness.catalogue.codes import codes
from harness.catalogue.examples import Example
from harness.explain.look_up import Index
from harness.explain.sheets import CodeSheet, Demanded, FaultSheet, ListSheet, Sheet, TermSheet
from harness.protocol.problem import Severity
from harness.redact import visible
from harness.report.model import Finding
from harness.report.text import WIDTH, finding

MOST = 6
"""How many faults of a code are named."""

_COLUMN = 12


def render(found: tuple[Sheet, ...]) -> str:
    """Return all that is known of a word."""
    return visible("\n\n".join("\n".join(_told(one)) for one in found), lines=True)


def render_index(there: Index) -> str:
    """Return what there is to ask for."""
    lines = [
        "harness explain WORD says what a code, a fault or a term means.",
        "",
        *_line("codes", ", ".join(f"{name} ({count})" for name, count in there.codes.items())),
        *_line("", "harness explain sdk names those that begin so."),
        "",
        "faults      by group; harness explain A names those of one",
        *(f"{'':{_COLUMN}}{name}  {there.groups[name]} ({count})" for name, count in there.faults.items()),
        "",
        *_line("terms", ", ".join(there.terms)),
    ]
    return visible("\n".join(lines), lines=True)


@singledispatch
def _told(sheet: object) -> Iterator[str]:
    raise TypeError(f"nothing is told of a {type(sheet).__name__}")


@_told.register
def _(sheet: CodeSheet) -> Iterator[str]:
    yield sheet.word
    yield from _prose(f"{sheet.title}.")
    yield ""
    yield from _line("who acts", f"{sheet.party}, {sheet.role}")
    yield from _line("fix", sheet.fix)
    yield from _line("found at", sheet.hop)
    yield from _line("written in", sheet.spec)
    yield from _line("", sheet.link)
    yield from _line("weight", ", ".join(f"{weight} in {mode}" for mode, weight in sheet.severity.items()))
    yield from _line("since", f"rules {sheet.since}")
    yield from _shown_by(sheet)
    if sheet.example is not None:
        yield ""
        yield "Printed, for example:"
        yield from _printed(sheet.word, sheet.severity["strict"], sheet.example)


def _shown_by(sheet: CodeSheet) -> Iterator[str]:
    yield ""
    if not sheet.shown_by:
        yield from _prose("No fault of the sample shows it: it is found on a brand of one's own.")
        return
    yield "Shown by"
    for one in sheet.shown_by[:MOST]:
        yield from _wrapped(f"{one.fault}: {one.title}", "  ", "    ")
    if (more := len(sheet.shown_by) - MOST) > 0:
        yield f"  and {more} more"
    first = sheet.shown_by[0]
    yield ""
    yield "To see it"
    yield from _command(first.command)
    if first.demo is not None:
        yield from _command(first.demo)


@_told.register
def _(sheet: FaultSheet) -> Iterator[str]:
    yield sheet.word
    yield from _prose(f"{sheet.title}.")
    yield ""
    yield from _line("put in at", sheet.where)
    yield from _line("occurs on", f"{', '.join(sheet.surfaces)} in {', '.join(sheet.flows)}")
    yield from _line("group", sheet.group)
    yield from _line("shown", "in a browser alone" if sheet.browser_only else "without a browser too")
    yield ""
    yield "Must be diagnosed as"
    for one in sheet.demanded:
        yield from _demanded(one)
    yield ""
    yield "To see it"
    yield from _command(sheet.command)
    if sheet.demo is not None:
        yield from _command(sheet.demo)
    if sheet.twin is not None:
        yield "and without it"
        yield from _command(sheet.twin)
    yield from _examples(sheet)


def _demanded(one: Demanded) -> Iterator[str]:
    weights = dict(one.findings)
    weight = weights.pop(one.code, "error") if one.code else "error"
    ended = one.outcome.replace("_", " ") + (f", {one.code}" if one.code else "")
    ended += f" ({weight})" if weight != "error" else ""
    yield from _wrapped(f"{one.where}: {ended}" if one.where else ended, "  ", "    ")
    yield from (f"    {heavy}: {code}" for code, heavy in weights.items())


def _examples(sheet: FaultSheet) -> Iterator[str]:
    weights: Mapping[str, Severity] = {
        code: weight for one in sheet.demanded for code, weight in one.findings
    }
    if told := [(code, one) for code, one in sheet.examples.items() if code in codes()]:
        yield ""
        yield "Printed, for example:"
        for code, one in told:
            yield from _printed(code, weights.get(code, "error"), one)


@_told.register
def _(sheet: TermSheet) -> Iterator[str]:
    yield sheet.word
    yield from _prose(sheet.means)
    if sheet.also:
        yield ""
        yield from _line("also", ", ".join(sheet.also))
    if sheet.spec:
        yield from _line("written in", sheet.spec)
        yield from _line("", sheet.link)


@_told.register
def _(sheet: ListSheet) -> Iterator[str]:
    yield sheet.title
    for name, title in sheet.entries:
        yield from _wrapped(f"{name}: {title}", "  ", "    ")


def _printed(code: str, weight: Severity, example: Example) -> Iterator[str]:
    known = codes()[code]
    yield from finding(
        Finding(
            code=code,
            severity=weight,
            expected=example.expected,
            observed=example.observed,
            **known.model_dump(include={"party", "role", "hop", "spec", "fix"}),
        )
    ).splitlines()


def _line(label: str, text: str) -> Iterator[str]:
    yield from _wrapped(text, f"{label:{_COLUMN}}", " " * _COLUMN)


def _prose(text: str) -> Iterator[str]:
    yield from textwrap.wrap(text, WIDTH)


def _wrapped(text: str, first: str, further: str) -> Iterator[str]:
    # An address that is broken in two leads nowhere.
    yield from textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=further,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _command(command: str) -> Iterator[str]:
    """Yield a command as a shell takes it, on several lines where it is long."""
    words = textwrap.wrap(
        command, WIDTH - 4, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
    )
    yield from (f"  {line} \\" for line in words[:-1])
    yield f"  {words[-1]}"
