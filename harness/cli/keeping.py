"""Keeps a run that ``harness check`` has finished: whatever stands in the way is one warning."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from harness.checks.additions import Additions
from harness.checks.judgement import NOTHING_ADDED
from harness.clock import SystemClock
from harness.config import Config, History
from harness.errors import HarnessError
from harness.history import KeptRun, Runs, compare, kept_run, place_of
from harness.history.inventory import seen
from harness.history.said import in_short
from harness.report.model import Report
from harness.timeline import Timeline

SAMPLE = "sample brand"
NARROWING = (
    "surface",
    "flow",
    "engine",
    "policy",
    "mode",
    "scenario",
    "fault",
    "device",
    "placement",
    "shard",
)
"""Options that say which cases are run and how the consumer stands; others change nothing of what is like."""


class Keeping:
    """Hears what a run sees and keeps the run when it has ended.

    Args:
        config: The configuration.
        context: The command that is running.
        added: What extensions look for beside.

    Raises:
        UsageError: Where the place to keep it is named in a way that cannot be meant.
    """

    def __init__(self, config: Config, context: click.Context, added: Additions = NOTHING_ADDED) -> None:
        self._config, self._added, self._at = config, added, SystemClock().now()
        self._place = place_of(config.history)
        self._seen: dict[str, tuple[str, ...]] = {}
        options = dict(_given(context))
        file: Path | None = context.params.get("file")
        # A name that is no UTF-8 could not be written down.
        self._subject = file.name.encode("utf-8", "replace").decode() if file else SAMPLE
        self._narrowing = tuple(text for name, text in options.items() if name in NARROWING)
        words = ("harness", str(context.info_name), *([shlex.quote(str(file))] if file else ()))
        self._command = " ".join((*words, *options.values()))

    def hearing(self, keep: Callable[[Timeline], None]) -> Callable[[Timeline], None]:
        """Return what hears of each timeline before somebody else does."""

        def hear(timeline: Timeline) -> None:
            assert timeline.header is not None, "a timeline that is to be saved has its header"
            self._seen[timeline.header.case.id] = seen(timeline)
            keep(timeline)

        return hear

    def keep(self, report: Report, *, preflight: bool) -> None:
        """Keep the run, and say in one sentence what is worse than in the one before.

        Args:
            report: What came of it.
            preflight: Whether something was asked before the first case.
        """
        if self._place is None:
            return
        try:
            run = self._run(report, preflight=preflight)
            with Runs(self._place, make=True) as runs:
                runs.keep(run, newest=self._config.history.keep or History().keep)
        except HarnessError as error:
            click.echo(f"harness: this run is not kept; {error}", err=True)
            return
        try:
            with Runs(self._place) as runs:
                before = runs.before(run)
            worse = in_short(compare(before, run)) if before is not None else ""
        except HarnessError as error:
            click.echo(f"harness: this run is not compared; {error}", err=True)
            return
        if before is not None and worse:
            click.echo(f"harness: {worse} since run {before.id}; harness runs diff tells more", err=True)

    def _run(self, report: Report, *, preflight: bool) -> KeptRun:
        return kept_run(
            self._config,
            report,
            at=self._at,
            subject=self._subject,
            narrowing=self._narrowing,
            command=self._command,
            preflight=preflight,
            seen=self._seen,
            added=self._added,
        )


def _given(context: click.Context) -> Iterator[tuple[str, str]]:
    """Yield each option of the command line with what was written there, in the command's order."""
    for option in context.command.params:
        name = str(option.name)
        given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if isinstance(option, click.Option) and given:
            value = context.params[name]
            flag = max(option.opts, key=len)
            yield name, flag if value is True else f"{flag} {shlex.quote(_words(value))}"


def _words(value: Any) -> str:
    """Return an option's value as one word; the parts of a list in their alphabet's order."""
    if not isinstance(value, tuple):
        return str(value)
    flat = [word for one in value for word in (one if isinstance(one, tuple) else str(one).split(","))]
    return ",".join(sorted(dict.fromkeys(flat)))
