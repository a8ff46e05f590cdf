"""``harness selftest``: can every check fail?"""

from __future__ import annotations

import os

import click

from harness import selftest as tests
from harness.cli.options import Several
from harness.cli.progress import Progress
from harness.errors import UsageError
from harness.extension import Catalogue, installed
from harness.report import text


def _groups() -> tuple[str, ...]:
    return Catalogue.of(installed()).groups


@click.command(short_help="Break everything on purpose and see that it is diagnosed.")
@click.option(
    "--groups",
    type=Several(_groups),
    multiple=True,
    help="Only these groups of the catalogue; an extension's faults are a group of its name.",
)
@click.option(
    "--fault",
    metavar="ID",
    multiple=True,
    help="Only this fault, and what is found of it in full; repeatable, or several separated by commas.",
)
@click.option(
    "--every",
    is_flag=True,
    help="Show every form of a fault on every surface in both modes. Without it each form is shown once, on "
    "each surface where that takes no browser; surfaces in a browser, and the modes, take turns.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 16),
    default=min((os.cpu_count() or 1) + 1, 8),
    show_default="one more than there are processors, at most 8",
    help="How many processes share the work.",
)
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", help="What stdout gets."
)
@click.option("--list", "list_", is_flag=True, help="Name the faults and run nothing.")
def selftest(
    groups: tuple[tuple[str, ...], ...],
    fault: tuple[str, ...],
    every: bool,
    workers: int,
    format_: str,
    list_: bool,
) -> int:
    """Put every fault of the catalogue in and see that it gets the right outcome, code and findings.

    Faults of installed extensions are among them. Most are put in without a browser; exit code 1 says that
    one got something else than it must get. A row about our own side runs twice: the product resists, and
    the twin that is weakened on purpose is found out.

    \b
    harness selftest
    harness selftest --groups A,B --format json
    harness selftest --fault state-replayed
    harness selftest --list
    """  # noqa: D301 - click's own mark for a paragraph that is not rewrapped
    catalogue = Catalogue.of(installed())
    wanted = frozenset(word for words in groups for word in words)
    named = frozenset(catalogue.fault(one.strip()).id for value in fault for one in value.split(","))
    chosen = tuple(
        entry
        for entry in tests.entries(catalogue=catalogue)
        if (not wanted or entry.row.group in wanted) and (not named or entry.row.id in named)
    )
    if not chosen:
        raise UsageError(f"no fault of {', '.join(sorted(named))} is in group {', '.join(sorted(wanted))}")
    if list_:
        for row in dict.fromkeys((entry.row.group, entry.row.id, entry.row.title) for entry in chosen):
            click.echo("{}  {:28} {}".format(*row))
        return 0
    if not every:
        chosen = tuple(tests.covering(chosen))
    with Progress("Breaking things", len(chosen), quiet=format_ == "json") as progress:
        score = tests.run_in_processes(
            chosen,
            workers=workers,
            progress=lambda row: progress.step(_line(row), good=not row.wrong),
        )
    if format_ == "json":
        click.echo(score.as_json())
    else:
        click.echo("\n".join((*(_told(row) for row in score.rows if named), _text(score))))
    return 1 if score.wrong else 0


def _told(row: tests.Row) -> str:
    """Return what came of an entry, as the report of a check says it."""
    seen = f"{row.observed.outcome}" if row.observed else "not visible"
    head = f"{row.id} on {row.surface}, {row.mode}" + (f" ({row.variant})" if row.variant else "")
    code = f", {row.observed.code}" if row.observed and row.observed.code else ""
    return "\n".join((head, f"  {seen}{code}", *(text.finding(one) for one in row.told), ""))


def _line(row: tests.Row) -> str:
    seen = row.observed
    return f"{row.id} on {row.surface}, {row.mode}: {seen.code or seen.outcome if seen else 'not visible'}"


def _text(score: tests.SelfTest) -> str:
    lines = []
    for group in sorted({row.group for row in score.rows}):
        right, every = score.score(group)
        lines.append(f"Group {group}: {right} of {every}")
    for row in score.wrong:
        lines.append(f"wrong: {row.id} on {row.surface} in {row.mode}")
        lines.append(f"  expected {_verdict(row.expected)}")
        lines.append(f"  observed {_verdict(row.observed)}")
    for row in score.unavailable:
        lines.append(f"unavailable: {row.id} on {row.surface} in {row.mode}: {row.unavailable}")
    right, every = score.score()
    counted = f"{len(score.rows)} {'entry' if len(score.rows) == 1 else 'entries'}"
    lines.append(f"{right} of {every} faults right ({counted}, {score.seconds:.1f} s)")
    return "\n".join(lines)


def _verdict(one: tests.Verdict | None) -> str:
    return f"{one.outcome} {one.code or ''} {list(one.findings)}" if one else "nothing"
