"""``python -m e2e.fuzz``: gives the readers what nobody would send, and says what must not happen."""

from __future__ import annotations

import os
import sys

import click

from e2e.fuzz import kept
from e2e.fuzz.menu import TARGETS
from e2e.fuzz.model import Found
from e2e.fuzz.runner import run
from e2e.fuzz.table import table


def _available() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("inputs", metavar="[N]", type=click.IntRange(min=1), default=10_000)
@click.option("--list", "list_", is_flag=True, help="Name the targets and run nothing.")
@click.option(
    "--target", "names", multiple=True, type=click.Choice(tuple(TARGETS)), help="Only this one; repeatable."
)
@click.option("--seed", default="1", show_default=True, help="Another one makes other inputs.")
@click.option(
    "--workers", type=click.IntRange(min=1), default=_available, show_default="one for each core", metavar="N"
)
def main(inputs: int, list_: bool, names: tuple[str, ...], seed: str, workers: int) -> None:
    """Give N inputs to each reader of foreign octets; 10000 without N.

    Inputs are made of those in e2e/fuzz/corpus: octets, lines, JSON members and claims are changed, tokens
    signed and encrypted anew. The same seed and the same corpus make the same inputs. Each must be
    accepted, or refused with an exception that its reader documents, in a second of processor time and
    64 MiB. What is not is a defect: its smallest input is saved in the corpus, as found-..., where the tests
    replay it, and the exit code is 1. The table is for stdout, progress for stderr.

    \b
    ./run fuzz 1000                           every target, in a minute or two
    ./run fuzz 1000000 --target jws           one target, thoroughly
    ./run fuzz 100000 --seed "$(date +%F)"    other inputs every day
    """  # noqa: D301 - click's own mark for a paragraph that is not rewrapped
    if list_:
        for one in TARGETS.values():
            click.echo(f"{one.name:16} {one.title}")
        return

    def say(what: str) -> None:
        click.echo(f"fuzz: {what}", err=True)

    def keep(found: Found) -> None:
        # At once: a long run that is ended early loses nothing.
        where = f"; {os.path.relpath(kept.save(found))}" if found.kind != "died" else ""
        say(f"{found.target}: FOUND {found.kind}: {found.said}{where}")

    done = run(names or tuple(TARGETS), inputs=inputs, seed=seed, workers=workers, say=say, keep=keep)
    click.echo(table(done))
    sys.exit(1 if any(ran.found for ran in done.values()) else 0)


if __name__ == "__main__":
    main(prog_name="./run fuzz")
