"""Options that say on which processes a check is spread, and which part of it runs here."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from harness.config import Config
from harness.errors import UsageError
from harness.executors.spread import MOST, Spread, usual_workers
from harness.matrix import Case
from harness.report.model import Broken
from harness.run import Harness
from harness.shards import Part

Command = TypeVar("Command", bound=Callable[..., Any])


class _Shard(click.ParamType[Part]):
    """Which part of a run, as 2/5."""

    name = "shard"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Part:
        """Read it."""
        found = re.fullmatch(r"(\d{1,4})/(\d{1,4})", str(value))
        if found is None or not 1 <= int(found[1]) <= int(found[2]):
            raise click.UsageError(
                f"--shard is {value!r}; it takes a part and how many there are, as 2/5 for the second of five"
            )
        return Part(int(found[1]), int(found[2]))


def options(command: Command) -> Command:
    """Add --workers and --shard."""
    command = click.option(
        "--shard",
        type=_Shard(),
        metavar="I/N",
        help="Check the I-th of N parts of the cases, on a machine of its own; harness runs merge makes one "
        "run of all parts. The same cases are in a part wherever it runs.",
    )(command)
    return click.option(
        "--workers",
        type=click.IntRange(1, MOST),
        metavar="N",
        help="How many processes play cases, each with its own servers and browser: about a gigabyte, and "
        "two processors with Chromium. Left out, processors and cases decide; of a brand of your own it is "
        "1. There are never more than the file has accounts.",
    )(command)


def spread(
    harness: Harness, config: Config, rows: Sequence[Case], *, workers: int | None, proxy_port: int
) -> Spread:
    """Return on what a check is spread; what is less than was asked for is said.

    Raises:
        UsageError: When one port is asked for, and several workers.
    """
    if workers is None:
        own = config.brand is not None
        return Spread(workers=1 if own or proxy_port else usual_workers(rows))
    if workers > 1 and proxy_port:
        raise UsageError(
            f"--proxy-port names one port, and each of {workers} workers has a proxy; leave one of them out"
        )
    leased = harness.leases(rows)
    if leased is not None and workers > len(leased):
        many = len(leased)
        click.echo(
            f"harness: {many} worker{'s' if many > 1 else ''} instead of {workers}: nobody is signed in "
            f"twice at once, and the file's accounts are enough for {many}; add a [[login]] with another one",
            err=True,
        )
        workers = many
    return Spread(workers=min(workers, max(1, len(rows))))


def said(broken: Sequence[Broken]) -> str:
    """Return in one sentence in which cases the harness itself broke."""
    many = f"in {len(broken)} cases, the first of them " if len(broken) > 1 else "in "
    first = f"{broken[0].id}: {broken[0].reason}"
    return f"the harness itself broke twice {many}{first}; the report holds the others"
