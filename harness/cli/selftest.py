"""``harness selftest``: can every check fail?"""

from __future__ import annotations

import click

from harness import selftest as tests
from harness.cli.options import Several
from harness.cli.progress import Progress
from harness.extension import Catalogue, installed


@click.command(short_help="Break everything on purpose and see that it is diagnosed.")
@click.option(
    "--groups",
    "groups",
    type=Several(lambda: Catalogue.of(installed()).groups),
    multiple=True,
    help="Only these groups of the catalogue; an extension's faults are a group of its name.",
)
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", help="What stdout gets."
)
@click.option("--list", "list_", is_flag=True, help="Name the faults and run nothing.")
@click.option(
    "--workers",
    type=click.IntRange(1, 16),
    default=2,
    show_default=True,
    help="How many processes share the work.",
)
def selftest(groups: tuple[tuple[str, ...], ...], format_: str, list_: bool, workers: int) -> int:
    """Put every fault of the catalogue in and see that it gets the right outcome, code and findings.

    Faults of installed extensions are among them. Most are put in without a browser; exit code 1 says that
    one got something else than it must get.

    \b
    harness selftest
    harness selftest --groups A,B --format json
    harness selftest --list
    """  # noqa: D301 - click's own mark for a paragraph that is not rewrapped
    catalogue = Catalogue.of(installed())
    if list_:
        named = {word for words in groups for word in words}
        for row in catalogue.faults.values():
            if not named or row.group in named:
                click.echo(f"{row.group}  {row.id:28} {row.title}")
        return 0
    wanted = tuple(word for words in groups for word in words)
    chosen = tuple(tests.entries(groups=wanted, catalogue=catalogue))
    with Progress("Breaking things", len(chosen), quiet=format_ == "json") as progress:
        score = tests.run_in_processes(
            chosen,
            workers=workers,
            progress=lambda row: progress.step(_line(row), good=not row.wrong),
        )
    click.echo(score.as_json() if format_ == "json" else _text(score))
    return 1 if score.wrong else 0


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
    lines.append(f"{right} of {every} faults right ({len(score.rows)} entries, {score.seconds:.1f} s)")
    return "\n".join(lines)


def _verdict(one: tests.Verdict | None) -> str:
    return f"{one.outcome} {one.code or ''} {list(one.findings)}" if one else "nothing"
