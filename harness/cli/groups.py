"""A group of commands that knows what there is to choose from."""

from __future__ import annotations

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
