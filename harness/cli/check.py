"""``harness check``: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from harness.cli import options
from harness.cli.progress import Progress
from harness.matrix import cases, with_fault
from harness.matrix import fault as find_fault
from harness.report import text
from harness.report.model import CaseResult, Report
from harness.run import Harness
from harness.selftest import prepared


@click.command(short_help="Sign a consumer in, for real, in every case of the matrix.")
@options.configuration
@options.narrowing
@click.option(
    "--fault",
    metavar="ID",
    multiple=True,
    help="Put a fault of the catalogue in, to see how it is diagnosed.",
)
@click.option("--headed", is_flag=True, help="Show the browser.")
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", help="What stdout gets."
)
@click.option("--allow-undetermined", is_flag=True, help="Exit 0 although something stayed undetermined.")
def check(
    file: Path | None,
    fault: tuple[str, ...],
    headed: bool,
    format_: str,
    allow_undetermined: bool,
    **axes: Any,
) -> int:
    """Sign a consumer in, for real, in every case of the matrix.

    Without FILE: the sample brand, 3 surfaces by 4 flows in Chromium. With FILE: what it configures.
    Conditions that an engine cannot reach are listed with the reason; they neither pass nor fail.

    \b
    harness check
    harness check --surface popup --flow code,code-pkce
    harness check --engine chromium,firefox --policy third-party-blocked
    harness check --fault exp-past --format json
    """  # noqa: D301 - click's own mark for a paragraph that is not rewrapped
    config = options.narrowed(options.read_config(file), axes)
    rows = cases(config.matrix)
    chosen = [find_fault(one.strip()) for value in fault for one in value.split(",")]
    if chosen:
        broken = [with_fault(rows, row) for row in chosen]
        for row, shown in zip(chosen, broken, strict=True):
            if (axes["surface"] or axes["flow"]) and len(shown) < len(rows):
                where = f"{', '.join(row.surfaces)} in {', '.join(row.flows)}"
                click.echo(f"{row.id} can occur on {where} only; the other cases are left out", err=True)
        rows = tuple(case for shown in broken for case in shown)
        config = prepared(config)
    with (
        Progress("Checking", len(rows), quiet=format_ == "json") as progress,
        Harness(config, headed=headed) as harness,
    ):
        report = harness.check(rows, progress=lambda result: progress.step(_line(result), good=result.passed))
    click.echo(report.as_json() if format_ == "json" else text.render(report), nl=True)
    return exit_code(report, allow_undetermined=allow_undetermined)


def exit_code(report: Report, *, allow_undetermined: bool) -> int:
    """Return 1 when a case failed, 2 when none could run, 4 when one stayed undetermined, else 0."""
    if not report.cases:
        click.echo("harness: nothing of what was asked for can run here; the report says why", err=True)
        return 2
    if report.summary.failed:
        return 1
    return 4 if report.summary.undetermined and not allow_undetermined else 0


def _line(result: CaseResult) -> str:
    return f"{text.short_name(result)}: {result.outcome}" + (f", {result.code}" if result.code else "")
