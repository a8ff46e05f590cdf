"""``harness judge``: the checks again, on saved timelines."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.check import exit_code
from harness.judging import files, judge_again
from harness.report import text


@click.command(short_help="Judge saved timelines again, without a browser.")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", help="What stdout gets."
)
@click.option("--allow-undetermined", is_flag=True, help="Exit 0 although something stayed undetermined.")
def judge(paths: tuple[Path, ...], format_: str, allow_undetermined: bool) -> int:
    """Judge saved timelines again, without a browser.

    `harness check --out DIR` saves one file per case: a first line that says which case it was and under
    which conditions it ran, then one event per line, what the browser saw and what the servers did, in one
    order. PATH is such a file, or a folder of them. Nothing is run: the same events meet the checks of the
    version that is installed now.

    Use it to see what an upgrade would say before it says so in your CI, to look at a failure again that
    is hard to bring about, or to show a case to somebody else. Credentials are in the files as fingerprints
    only, so that equal ones can be recognised and none can be used.

    The report and the exit code are those of `harness check`; the seconds are those of the cases.

    \b
    harness check --out timelines
    harness judge timelines
    harness judge timelines/003-popup-code-chromium-chrome-today-strict-sign-in.jsonl --format json
    """  # noqa: D301 - click's own mark for a paragraph that is not rewrapped
    report = judge_again(files(paths))
    click.echo(report.as_json() if format_ == "json" else text.render(report), nl=True)
    return exit_code(report, allow_undetermined=allow_undetermined)
