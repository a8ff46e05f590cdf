"""``harness judge``: the checks again, on saved timelines."""

from __future__ import annotations

from pathlib import Path

import click

from harness import expectations
from harness.cli import options, output
from harness.cli.output import exit_code
from harness.config import KNOWN_RULES
from harness.errors import UsageError
from harness.expectations import held
from harness.extension import Catalogue, installed
from harness.judging import files, judge_again, pictures_of, probes_of
from harness.report.folder import Folder
from harness.timeline import Timeline


@click.command(short_help="Judge saved timelines again, without a browser.")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@output.formats
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Save the new report in DIR, with what it was made from.",
)
@click.option(
    "--rules",
    metavar="RULES",
    help=f"By which set of checks, to preview an upgrade: {', '.join(KNOWN_RULES)}; each timeline's own by "
    "default.",
)
@options.expected
@click.option("--allow-undetermined", is_flag=True, help="Exit 0 although something stayed undetermined.")
def judge(
    paths: tuple[Path, ...],
    format_: output.Format,
    out: Path | None,
    rules: str | None,
    expected: Path | None,
    allow_undetermined: bool,
) -> int:
    """Judge saved timelines again, without a browser.

    `harness check --out DIR` saves one file per case: a first line that says which case it was and under
    which conditions it ran, then one event per line, what the browser saw and what the servers did, in one
    order. PATH is such a file, a folder of them, or the folder of a run. Nothing is run: the same events
    meet the checks of the version that is installed now, and so does what probes saw in a run's folder.

    Use it to see what an upgrade would say before it says so in your CI, to look at a failure again that
    is hard to bring about, or to show a case to somebody else. Credentials are in the files as fingerprints
    only, so that equal ones can be recognised and none can be used.

    The report and the exit code are those of `harness check`; the seconds are those of the cases.

    \b
    harness check --out harness-report
    harness judge harness-report
    harness judge harness-report --rules 2026.1
    harness judge harness-report --out judged-again
    harness judge harness-report/timelines/003-*.jsonl
    """  # noqa: D301 - click's own mark for a paragraph that is not rewrapped
    if rules is not None and rules not in KNOWN_RULES:
        raise UsageError(f"--rules is {rules!r}; this version knows {', '.join(KNOWN_RULES)}")
    saved = files(paths)
    folder = Folder(out) if out else None
    report = judge_again(saved, Catalogue.of(installed()).added, rules, probes=probes_of(paths))
    report = held(report, expectations.read(expected) if expected else ())
    output.show(report, format_)
    if folder:
        for path in saved:
            folder.keep(Timeline.loads(path.read_bytes(), file=path))
            folder.look(pictures_of(path))
        folder.finish(report, output.ready(report))
        click.echo(f"harness: the report is {folder.report}", err=True)
    return exit_code(report, allow_undetermined=allow_undetermined)
