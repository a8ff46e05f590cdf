"""Options that say on which processes a check is spread, and which part of it runs here."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from harness.cli.progress import Progress
from harness.config import Config
from harness.errors import UsageError
from harness.executors.cluster import scheduler
from harness.executors.spread import MOST, Spread, usual_workers
from harness.matrix import Case
from harness.report.model import CaseResult
from harness.run import Harness
from harness.shards import Part
from harness.soaking import ONCE, Rounds

SILENCE = 60
"""Seconds after which it is told how far a long run has come."""

_UNITS = {"s": 1, "m": 60, "h": 3_600}

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


class _Length(click.ParamType[float]):
    """A length of time such as 30m, in seconds."""

    name = "length"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read it."""
        if isinstance(value, float):
            return value
        found = re.fullmatch(r"([1-9]\d{0,5})([smh])", str(value))
        if found is None:
            raise click.UsageError(f"--until is {value!r}; it takes seconds, minutes or hours, as 30m")
        return float(int(found[1]) * _UNITS[found[2]])


def options(command: Command) -> Command:
    """Add --workers, --executor, --shard, --repeat and --until."""
    command = click.option(
        "--until",
        type=_Length(),
        metavar="TIME",
        help="Repeat the cases until this much time is over: 90s, 30m, 8h; a round that has begun then ends "
        "early, the first one never.",
    )(command)
    command = click.option(
        "--repeat",
        type=click.IntRange(1),
        metavar="N",
        help="Play every case N times, and count: flaky cases, percentiles of what they took, and what the "
        "servers and the browser did not give back. Of each case the first round that failed is kept. Ctrl-C "
        "ends with what has begun, and reports.",
    )(command)
    command = click.option(
        "--shard",
        type=_Shard(),
        metavar="I/N",
        help="Check the I-th of N parts of the cases, on a machine of its own; harness runs merge makes one "
        "run of all parts. The same cases are in a part wherever it runs.",
    )(command)
    command = click.option(
        "--executor",
        metavar="dask://HOST:PORT",
        help="Let a cluster play the cases: an existing scheduler of dask.distributed, whose processes have "
        "this harness with its extra cluster, and browsers. What a brand's file says goes there, and its "
        "secrets do; dask+tls:// encrypts it.",
    )(command)
    return click.option(
        "--workers",
        type=click.IntRange(1, MOST),
        metavar="N",
        help="How many processes play cases, each with its own servers and browser: about a gigabyte, and "
        "two processors with Chromium. Left out, processors and cases decide; of a brand of your own it is "
        "1. There are never more than the file has accounts.",
    )(command)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the command line says of processes: how many here, which cluster, which port each would have."""

    workers: int | None
    executor: str | None
    proxy_port: int


def rounds(*, repeat: int | None, until: float | None, recording: bool) -> Rounds:
    """Return how often the cases are played.

    Raises:
        UsageError: When every round is to be recorded.
    """
    if repeat is None and until is None:
        return ONCE
    if recording:
        raise UsageError("--trace and --har keep files of every round; take them without --repeat, --until")
    return Rounds(repeat=repeat, seconds=until)


class Told:
    """Tells of each result as it comes; of repeated ones of those that did not pass, and counts the rest.

    Args:
        progress: Shows it.
        line: Says what came of a case.
        repeated: Whether cases are repeated.
    """

    def __init__(self, progress: Progress, line: Callable[[CaseResult], str], *, repeated: bool) -> None:
        self._progress, self._line, self._repeated = progress, line, repeated
        self._played = self._well = 0
        self._said = time.monotonic()

    def __call__(self, result: CaseResult) -> None:
        """Tell of a result."""
        good = result.passed or result.as_expected
        if not (self._repeated and good):
            self._progress.step(self._line(result), good=good)
        else:
            self._progress.advance()
        self._played, self._well = self._played + 1, self._well + good
        if self._repeated and time.monotonic() - self._said > SILENCE:
            self._said = time.monotonic()
            self._progress.say(f"{self._well} of {self._played} passed so far")


def spread(harness: Harness, config: Config, rows: Sequence[Case], rounds: Rounds, asked: Asked) -> Spread:
    """Return on what a check is spread; what is less than was asked for is said.

    Raises:
        UsageError: When one port is asked for, and several workers, or workers here and a cluster.
    """
    workers, proxy_port = asked.workers, asked.proxy_port
    if asked.executor is not None:
        scheduler(asked.executor)
        if workers is not None or proxy_port:
            raise UsageError("--executor has processes of its own; leave --workers and --proxy-port out")
        return Spread(executor=asked.executor)
    if workers is None:
        own = config.brand is not None
        return Spread(workers=1 if own or proxy_port else usual_workers(rows))
    if workers > 1 and proxy_port:
        raise UsageError(
            f"--proxy-port names one port, and each of {workers} workers has a proxy; leave one of them out"
        )
    if not rounds.counts:
        workers = min(workers, max(1, len(rows)))
    leased = harness.leases(rows)
    if leased is not None and workers > len(leased):
        many = len(leased)
        click.echo(
            f"harness: {many} worker{'s' if many > 1 else ''} instead of {workers}: nobody is signed in "
            f"twice at once, and the file's accounts are enough for {many}; add a [[login]] with another one",
            err=True,
        )
        workers = many
    return Spread(workers=workers)
