"""Progress of long work: a bar on a terminal, plain lines elsewhere, always on stderr."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress

from harness.redact import visible


class Progress:
    """Shows how far a run has come.

    Args:
        title: What is being done.
        total: How many steps there are; nobody knows when ``None``.
        quiet: Whether plain lines are left out, because stdout carries data for a program.
    """

    def __init__(self, title: str, total: int | None, *, quiet: bool = False) -> None:
        self._console = Console(stderr=True)
        self._title, self._total, self._quiet = title, total, quiet
        self._bar = RichProgress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )

    def __enter__(self) -> Self:
        self._bar.start()
        self._task = self._bar.add_task(self._title, total=self._total)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def step(self, line: str, *, good: bool) -> None:
        """Say that one step is done."""
        mark, line = "✓" if good else "✗", visible(line)
        if self._console.is_terminal:
            style = "green" if good else "red"
            self._bar.console.print(f"[{style}]{mark}[/] {escape(line)}", highlight=False)
        elif not self._quiet:
            self._console.print(f"{mark} {line}", highlight=False, markup=False, soft_wrap=True)
        self.advance()

    def advance(self) -> None:
        """Count one step of which nothing is said."""
        self._bar.advance(self._task)

    def say(self, what: str) -> None:
        """Say what is being done beside the steps."""
        if self._console.is_terminal:
            self._bar.update(self._task, description=f"{self._title}: {escape(visible(what))}")
        elif not self._quiet:
            self._console.print(f"… {visible(what)}", highlight=False, markup=False, soft_wrap=True)


class Doing:
    """Says on stderr what is being done, where nobody knows how much there is: a spinner, else nothing.

    Args:
        title: What is being done.
        quiet: Whether nothing is said, because stdout carries data for a program.
    """

    def __init__(self, title: str, *, quiet: bool = False) -> None:
        console = Console(stderr=True)
        self._title = title
        self._status = console.status(f"{title} …") if console.is_terminal and not quiet else None

    def __enter__(self) -> Self:
        if self._status is not None:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status is not None:
            self._status.stop()

    def done(self, what: str) -> None:
        """Say what was done last."""
        if self._status is not None:
            self._status.update(f"{self._title} … {escape(visible(what))}")
