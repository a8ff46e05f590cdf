"""How a report leaves a command: on stdout in the form that was asked for, and in what a build shows."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

import click

from harness.errors import HarnessBroken
from harness.onboarding.readiness import readiness
from harness.report import annotations as github
from harness.report import junit, markdown, text
from harness.report.model import Broken, Readiness, Report
from harness.report.plain import cleaned

Format = Literal["text", "json", "junit", "markdown"]
Command = TypeVar("Command", bound=Callable[..., Any])

SUMMARY_OCTETS = 1_000_000
"""How much the summary of a step on GitHub may hold, with a little room."""

_RENDER: Mapping[Format, Callable[[Report], str]] = {
    "text": lambda report: text.render(cleaned(report)),
    # Also within a string, a build on GitHub would take this for a command of its own.
    "json": lambda report: report.as_json().replace("##[", "#\\u0023["),
    "junit": lambda report: junit.render(report).rstrip("\n"),
    "markdown": lambda report: markdown.render(report, ready(report)).rstrip("\n"),
}


def formats(command: Command) -> Command:
    """Add the option --format."""
    return click.option(
        "--format", "format_", type=click.Choice(list(_RENDER)), default="text", help="What stdout gets."
    )(command)


def show(report: Report, form: Format) -> None:
    """Print a report, and tell a build on GitHub of it where this is one."""
    click.echo(_RENDER[form](report))
    if os.environ.get("GITHUB_ACTIONS") == "true" and (said := github.render(report)):
        # The runner reads both streams; stdout is for data.
        click.echo(said, err=True)
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        _append(Path(summary), markdown.render(report, ready(report)))


def ready(report: Report) -> tuple[Readiness, ...]:
    """Return whether each surface is ready; of the sample brand that is nobody's to say but the cases'."""
    return report.readiness or readiness((case.surface for case in report.cases), report.cases, ())


def exit_code(report: Report, *, allow_undetermined: bool) -> int:
    """Return 1 when a case failed, 2 when none could run, 4 when one stayed undetermined, else 0.

    Where the harness itself broke, that comes before all.
    """
    if report.broken:
        click.echo(f"harness: {said(report.broken)}", err=True)
        return HarnessBroken.exit_code
    if not report.cases:
        click.echo("harness: nothing of what was asked for can run here; the report says why", err=True)
        return 2
    if report.failed:
        return 1
    return 4 if report.summary.undetermined and not allow_undetermined else 0


def said(broken: Sequence[Broken]) -> str:
    """Return in one sentence in which cases the harness itself broke."""
    many = f"in {len(broken)} cases, the first of them " if len(broken) > 1 else "in "
    first = f"{broken[0].id}: {broken[0].reason}"
    return f"the harness itself broke twice {many}{first}; the report holds the others"


def _append(path: Path, said: str) -> None:
    """Append to the summary of a step, which GitHub drops as a whole where it gets too long."""
    try:
        # The build names the very file: a link to one is followed; through a link to nothing none is made.
        path = path.resolve(strict=True) if path.is_symlink() else path
        with path.open("a", encoding="utf-8") as file:
            if file.tell() + len(said.encode("utf-8")) <= SUMMARY_OCTETS:
                file.write(said)
    except OSError as error:
        # What a build shows beside does not decide it.
        click.echo(f"harness: GITHUB_STEP_SUMMARY {path} cannot be written: {error.strerror}", err=True)
