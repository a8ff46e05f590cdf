"""``python -m e2e.bench``: runs the benchmarks and prints what they came to."""

from __future__ import annotations

import json
from pathlib import Path

import click

from e2e.bench.machine import machine
from e2e.bench.menu import BENCHMARKS, run
from e2e.bench.model import Effort
from e2e.bench.table import table


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("names", nargs=-1, metavar="[NAME]...", type=click.Choice(tuple(BENCHMARKS)))
@click.option("--list", "list_", is_flag=True, help="Name the benchmarks and run nothing.")
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    help="Save everything as JSON in FILE.",
)
@click.option(
    "--share",
    type=click.FloatRange(0, 1, min_open=True),
    default=1.0,
    help="Take this share of the samples, to see that everything runs.",
)
def main(names: tuple[str, ...], list_: bool, out: Path | None, share: float) -> None:
    """Measure how fast the harness is, beside bare twins and peers, all in one run.

    Without a NAME: all but load, in less than eight minutes on two cores. The table is for stdout, progress
    for stderr. Ratios are of medians; compare ratios between machines, not milliseconds.
    """
    if list_:
        for one in BENCHMARKS.values():
            click.echo(f"{one.name:13} {one.title}")
        return

    def say(what: str) -> None:
        click.echo(f"bench: {what}", err=True)

    results = run(names, Effort(share=share), say, machine())
    if out is not None:
        out.write_text(json.dumps(results.as_json(), indent=2, ensure_ascii=False) + "\n", "utf-8")
        say(f"the numbers are in {out}")
    click.echo(table(results))


if __name__ == "__main__":
    main(prog_name="./run bench")
