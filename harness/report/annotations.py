"""What GitHub shows beside a build: one annotation for each thing that somebody has to mend.

Source: "Workflow commands for GitHub Actions", and ``command.ts`` of actions/toolkit on what is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.protocol.problem import Severity
from harness.report.merged import Merged, merged
from harness.report.model import Report
from harness.report.plain import line

MOST = 10
"""How many annotations of one level GitHub shows for a step."""

_LEVELS: Mapping[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}


def render(report: Report) -> str:
    """Return a line for each finding that is an error or a warning, alike ones told once."""
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    told = [one for one in merged(report) if one.finding.severity != "info" and not _excused(one)]
    for level in ("error", "warning"):
        of_level = [one for one in told if one.finding.severity == level]
        yield from (_command(one) for one in of_level[:MOST])
    for one in report.expectations:
        if one.failed:
            yield f"::error title={_property(line(one.code))}::{_data(line(f'{one.place}: {one.sentence}'))}"
    open_ = report.summary.undetermined
    if open_:
        yield f"::warning title=undetermined::{open_} of {report.summary.cases} cases stayed undetermined"


def _excused(one: Merged) -> bool:
    """Tell whether somebody has said already that it is known."""
    return one.finding.known is not None and not one.finding.known.overdue


def _command(one: Merged) -> str:
    found = one.finding
    said = (
        f"{line(found.party)}, {line(found.role)}: {line(found.fix)}\n"
        f"expected {line(found.expected)}; observed {line(found.observed)}\n"
        f"{line(found.spec)}; {', '.join(one.where)}"
    )
    title = f"{line(found.code)} at the {line(found.hop)}"
    return f"::{_LEVELS[found.severity]} title={_property(title)}::{_data(said)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
