"""A group of commands that knows what there is to choose from."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

import click


class Commands(click.Group):
    """A group that answers an unknown command with the ones that there are."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command."""
        if args and self.get_command(ctx, args[0]) is None:
            known = ", ".join(self.list_commands(ctx))
            raise click.UsageError(f"there is no command {args[0]!r}; choose from {known}, or --help")
        return super().resolve_command(ctx, args)


class LateCommands(Commands):
    """A group that imports a command when it is asked for, as each needs much that the others do not.

    Args:
        late: The names of the commands; each is defined in a module of its name.
        others: What a group of click's takes.
    """

    def __init__(self, *, late: Sequence[str], **others: Any) -> None:
        super().__init__(**others)
        self._late = late

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted({*super().list_commands(ctx), *self._late})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, which may have to be imported first."""
        if cmd_name in self._late and cmd_name not in self.commands:
            with _kept():
                module = import_module(f"harness.cli.{cmd_name}")
            self.add_command(getattr(module, cmd_name))
        return super().get_command(ctx, cmd_name)


@contextlib.contextmanager
def _kept() -> Iterator[None]:
    """Look for no garbage in what is imported: it stays, and looking takes a tenth of a second."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
