"""The report as Markdown, for ``GITHUB_STEP_SUMMARY``: what is ready, who must act, the matrix.

Source: the summary of a step may hold 1 MiB ("Workflow commands for GitHub Actions"); what would be too
much is left out and said to be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from harness.catalogue.codes import codes
from harness.report import text as plain_text
from harness.report.matrix import Cell, Grid, grids
from harness.report.merged import Actor, Merged, actors, merged
from harness.report.model import Readiness, Report
from harness.report.plain import line

MOST = 60
"""How many findings are told in full, and how many places of one."""

_READY: Mapping[bool | None, str] = {True: "✅", False: "❌", None: "❔"}
_CELLS = {"passed": "✅", "warned": "⚠️", "failed": "❌", "open": "❔"}
_SPECIAL = re.compile(r"[\\`*_\[\]#!|~<>&@$]|:(?=/)|(?<=www)\.", re.IGNORECASE)
"""What would be markup, a link, a mention or a formula; GitHub makes links of bare addresses too."""


def escaped(text: str) -> str:
    """Return text that Markdown and HTML show as it is: no link, no markup, no mention, on one line."""
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", line(text))


def render(report: Report, readiness: tuple[Readiness, ...] = ()) -> str:
    """Return the document.

    Args:
        report: The run.
        readiness: Whether each surface is ready, where the report itself does not say.
    """
    parts = (
        _head(report),
        _ready(report.readiness or readiness),
        _expectations(report),
        _findings(report),
        "\n\n".join(_grid(one) for one in grids(report.cases)),
        _beside(report),
        f"```text\n{plain_text.soak(report.soak)}\n```" if report.soak else "",
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(report: Report) -> str:
    summary = report.summary
    counts = [f"**{summary.passed} of {summary.cases} cases passed**"]
    counts += [
        f"{number} {word}"
        for number, word in (
            (summary.failed, "failed"),
            (summary.expected, "failed as expected"),
            (summary.flaky, "flaky"),
            (summary.undetermined, "undetermined"),
            (len(report.broken), "broken"),
        )
        if number
    ]
    return f"## Consumer authentication\n\n{', '.join(counts)} in {summary.seconds:.1f} s"


def _ready(readiness: tuple[Readiness, ...]) -> str:
    return "\n".join(
        f"- {'⚠️' if one.as_expected else _READY[one.ready]} {escaped(one.sentence)}" for one in readiness
    )


def _expectations(report: Report) -> str:
    ordered = sorted(report.expectations, key=lambda one: not one.failed)[:MOST]
    return "\n".join(
        f"- {'❌' if one.failed else '·'} {escaped(one.place)}: {escaped(one.sentence)}" for one in ordered
    )


def _findings(report: Report) -> str:
    found = [one for one in merged(report) if one.finding.severity != "info"]
    lines = [_actor(one) for one in actors(found[:MOST])]
    if len(found) > MOST:
        lines.append(f"… and {len(found) - MOST} more findings in the report.")
    return "\n\n".join(lines)


def _actor(actor: Actor) -> str:
    head = f"### {escaped(actor.role).capitalize()} ({escaped(actor.party)}) must act"
    return "\n\n".join((head, *("\n".join(_finding(one)) for one in actor.findings)))


def _finding(one: Merged) -> Iterator[str]:
    found = one.finding
    known = codes().get(found.code, found)
    title = known.title or found.code
    spec = f"[{escaped(found.spec)}]({known.link})" if known.link else escaped(found.spec)
    yield f"**{escaped(title)}** (<code>{escaped(found.code)}</code>, {escaped(found.hop)}, {spec})"
    yield ""
    yield "| | |"
    yield "|---|---|"
    yield f"| expected | {escaped(found.expected)} |"
    yield f"| observed | {escaped(found.observed)} |"
    yield f"| fix | {escaped(found.fix)} |"
    if found.known is not None:
        yield f"| known | {escaped(plain_text.known(found.known))} |"
    if found.since is not None:
        yield f"| new | since rules {escaped(found.since)}, which are not pinned: it only warns |"
    if found.confirmed is not None:
        told = "cause confirmed: gone when" if found.confirmed else "cause not confirmed: no better when"
        yield f"| tried | {told} {escaped(found.overlay or '')} |"
    more = f" and {len(one.where) - MOST} more" if len(one.where) > MOST else ""
    yield f"| found in | {', '.join(escaped(place) for place in one.where[:MOST])}{more} |"


def _grid(grid: Grid) -> str:
    head = f"| {escaped(grid.name)} | {' | '.join(escaped(flow) for flow in grid.flows)} |"
    rows = (
        f"| {escaped(row.surface)} | {' | '.join(_cell(cell) for cell in row.cells)} |" for row in grid.rows
    )
    return "\n".join((head, f"|---|{'---|' * len(grid.flows)}", *rows))


def _cell(cell: Cell | None) -> str:
    return "·" if cell is None else f"{_CELLS[cell.state]} {escaped(cell.word)}"


def _beside(report: Report) -> str:
    lines = [f"- could not be seen before a login: {escaped(one)}" for one in report.unseen]
    lines += [
        f"- not available here: {escaped(one.engine)} {escaped(one.policy or '')}: {escaped(one.reason)}"
        for one in report.unavailable[:MOST]
    ]
    return "\n".join(lines)
