"""``harness runs``: earlier runs, and what has changed since."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from harness import shards
from harness.cli import merging, output
from harness.cli.groups import Commands
from harness.clock import SystemClock
from harness.errors import UsageError
from harness.history import Place, RunHead, Runs, compare, place_of, said
from harness.history.compare import RECENT
from harness.history.runs import LATEST
from harness.report.folder import REPORT
from harness.report.plain import plain

Command = TypeVar("Command", bound=Callable[..., Any])

NOTHING_WORSE, WORSE = 0, 1

_UNITS = {"h": 3_600, "d": 86_400, "w": 7 * 86_400}


def _where(command: Command) -> Command:
    """Add the option that names another history."""
    return click.option(
        "--history",
        metavar="PLACE",
        help="A file or a PostgreSQL URL, instead of what HARNESS_HISTORY or the state folder names.",
    )(command)


def _format(command: Command) -> Command:
    return click.option(
        "--format", "format_", type=click.Choice(["text", "json"]), default="text", help="What stdout gets."
    )(command)


class _Age(click.ParamType[float]):
    """A length of time such as 30d, in seconds."""

    name = "age"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read it."""
        found = re.fullmatch(r"(\d{1,6})([hdw])", str(value))
        if found is None:
            raise click.UsageError(f"--older-than is {value!r}; it takes hours, days or weeks, as 30d")
        return float(int(found[1]) * _UNITS[found[2]])


@click.group(cls=Commands, short_help="List earlier runs, and see what has changed since.")
def runs() -> None:
    """List earlier runs, and see what has changed since.

    `harness check` keeps every run: its report, the conditions that held, and which checks there were. Only
    runs of one series are like each other: the same file or the sample brand, narrowed by the same options.

    They are in runs.db in your state folder (on Linux ~/.local/state/consumer-auth-harness), readable by
    you alone, the newest 200 of each series. HARNESS_HISTORY names another file or a PostgreSQL URL, and
    HARNESS_HISTORY=off keeps nothing; in a configuration file that is

    \b
    [history]
    path = "runs.db"     # beside the file; { env = "NAME" } for a PostgreSQL URL
    keep = 50            # 0 keeps nothing
    """  # noqa: D301 - click's own mark for a paragraph that is not rewrapped


@runs.command("list", short_help="List the kept runs, the newest first.")
@click.option("--limit", type=click.IntRange(1), default=20, help="How many at most.")
@_format
@_where
def list_(limit: int, format_: str, history: str | None) -> int:
    """List the kept runs, the newest first.

    The first column names a run; its first letters are enough. ✓ passed, ✗ failed, ? undetermined.

    \b
    harness runs list
    harness runs list --limit 5 --format json
    """  # noqa: D301 - click's own mark for a paragraph that is not rewrapped
    place = _place(history)
    heads: tuple[RunHead, ...] = ()
    if place.exists:
        with Runs(place) as kept:
            heads = kept.heads(limit=limit + 1)
    if format_ == "json":
        values = [one.model_dump(mode="json") for one in heads[:limit]]
        click.echo(json.dumps({"schema": 1, "runs": values}, indent=2))
    elif heads:
        click.echo(plain(said.listed(heads[:limit])))
    if not heads:
        click.echo(f"harness: no run is kept in {place.shown} yet; harness check keeps every run", err=True)
    elif len(heads) > limit and format_ == "text":
        click.echo(f"harness: there are more; --limit {limit * 5} shows more of them", err=True)
    return 0


@runs.command(short_help="Show the report of a kept run.")
@click.argument("run", default=LATEST)
@_format
@_where
def show(run: str, format_: str, history: str | None) -> int:
    """Show the report of a kept run: RUN by its first letters, the latest where it is left out.

    \b
    harness runs show
    harness runs show 3f9a --format json
    """  # noqa: D301 - click's own mark for a paragraph that is not rewrapped
    with Runs(_place(history)) as kept:
        found = kept.find(run)
    click.echo(found.as_json() if format_ == "json" else plain(said.shown(found)))
    return 0


@runs.command(short_help="Say what has changed between two runs.")
@click.argument("first", metavar="[A", default="")
@click.argument("second", metavar="[B]]", default="")
@_format
@_where
def diff(first: str, second: str, format_: str, history: str | None) -> int:
    """Say what has changed from run A to run B.

    Without B: from A to the latest run of its series. Without both: from the run before the latest, of the
    same series, to the latest.

    New failures come first, then lost checks: a check that ran then and does not now, a code that no check
    can find any more, a case whose checks have nothing to look at because its events are missing, something
    that can no longer be seen. A suite that lost them stays green, and that is why they are told. After
    them what is fixed, what fails for another reason, what passes now and then, cases that came or went,
    conditions, and timings that are notably slower (they never fail).

    Exit code: 1 with new failures or lost checks, else 0.

    \b
    harness runs diff
    harness runs diff 3f9a
    harness runs diff 3f9a 81c0 --format json
    """  # noqa: D301 - click's own mark for a paragraph that is not rewrapped
    with Runs(_place(history)) as kept:
        before, after = kept.pair(first, second)
        trails = kept.trails(after.series, until=after.at, limit=RECENT)
    found = compare(before, after, trails)
    click.echo(found.as_json() if format_ == "json" else plain(said.told(found)))
    return WORSE if found.worse else NOTHING_WORSE


@runs.command(short_help="Make one run of the shards that were run apart.")
@click.argument("parts", metavar="RUN...", nargs=-1, required=True)
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Save the run in DIR, as harness check does; timelines and screenshots are in it where every RUN is "
    "a folder that has them.",
)
@output.formats
@_where
def merge(parts: tuple[str, ...], out: Path | None, format_: output.Format, history: str | None) -> int:
    """Make one run of shards that were run apart, as harness check --shard 2/5 leaves them.

    RUN is the folder that --out named, a report.json, or a kept run by its first letters. All shards are
    needed, of the same configuration, rules and version. Exit code: that of harness check.

    \b
    harness runs merge shard-1 shard-2 shard-3 --out report
    harness runs merge shard-*/report.json --format junit
    harness runs merge 3f9a 81c0
    """  # noqa: D301 - click's own mark for a paragraph that is not rewrapped
    report, sources = shards.whole(merging.reports(parts, lambda: _place(history)))
    if out is not None:
        merging.save(out, report, sources)
        click.echo(f"harness: the report is {out / REPORT}", err=True)
    output.show(report, format_)
    return output.exit_code(report, allow_undetermined=False)


@runs.command(short_help="Remove kept runs.")
@click.option("--older-than", type=_Age(), metavar="AGE", help="Those older than this: 12h, 30d, 8w.")
@click.option("--keep", type=click.IntRange(0), metavar="N", help="All but the newest N of each series.")
@click.option("--all", "all_", is_flag=True, help="All of them.")
@click.option("--yes", is_flag=True, help="Without asking.")
@_where
def purge(older_than: float | None, keep: int | None, all_: bool, yes: bool, history: str | None) -> int:
    """Remove kept runs: what is removed is in the file no more.

    With both --older-than and --keep, runs are removed to which both apply.

    \b
    harness runs purge --older-than 30d
    harness runs purge --keep 20 --yes
    """  # noqa: D301 - click's own mark for a paragraph that is not rewrapped
    if all_ == (older_than is not None or keep is not None):
        raise UsageError("purge takes --older-than, --keep or both, or --all alone")
    before = None if older_than is None else SystemClock().now() - older_than
    place = _place(history)
    with Runs(place) as kept:
        chosen = kept.chosen(before=before, keep=keep)
        what = f"{len(chosen)} of {len(kept.chosen())} runs in {place.shown}"
        if chosen and not yes:
            if not sys.stdin.isatty():
                raise UsageError(f"this would remove {what}; add --yes to do so")
            click.confirm(f"Remove {what}?", abort=True, err=True)
        kept.remove(chosen)
    click.echo(f"Removed {what}.", err=True)
    return 0


def _place(named: str | None) -> Place:
    place = place_of(named=named)
    if place is None:
        raise UsageError("no history is kept: HARNESS_HISTORY is off; name a file with --history")
    return place
