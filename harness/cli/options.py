"""Options that mean the same for every command."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from harness import config_file
from harness.browser.policies import POLICIES
from harness.config import ENGINES, FLOWS, MODES, SCENARIOS, SURFACES, Config, Matrix

Command = TypeVar("Command", bound=Callable[..., Any])

WIDEST = 64
"""Columns that an option's words may take beside its name in a terminal of eighty."""


class Several(click.ParamType[tuple[str, ...]]):
    """One or more of a few words, separated by commas; the option may also be repeated.

    Args:
        allowed: The words, or what names them once somebody asks.
    """

    name = "list"

    def __init__(self, allowed: Sequence[str] | Callable[[], Sequence[str]]) -> None:
        self._words = allowed

    @property
    def _allowed(self) -> tuple[str, ...]:
        return tuple(self._words() if callable(self._words) else self._words)

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """Show the words in the help, where they fit on a line of a terminal; else the option's text does."""
        words = "[" + "|".join(self._allowed) + "]"
        return words if len(words) <= WIDEST else str(param.name).upper()

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Split and check."""
        words = tuple(word.strip() for word in str(value).split(",") if word.strip())
        name = param.opts[0] if param else "this option"
        if not words:
            raise click.UsageError(f"{name} is empty; choose from {', '.join(self._allowed)}")
        for word in words:
            if word not in self._allowed:
                raise click.UsageError(
                    f"{name} does not know {word!r}; choose from {', '.join(self._allowed)}"
                )
        return words


_AXES: tuple[tuple[str, str, Sequence[str], str], ...] = (
    ("surface", "surfaces", SURFACES, "Where the consumer chats."),
    ("flow", "flows", FLOWS, "How the credential travels."),
    ("engine", "engines", ENGINES, "Which browser engine."),
    (
        "policy",
        "policies",
        tuple(POLICIES),
        f"Under which browser conditions: {', '.join(POLICIES)}; each engine's own by default.",
    ),
    ("mode", "modes", MODES, "How strict the platform is."),
    ("scenario", "scenarios", SCENARIOS, "What the consumer does."),
)


def narrowing(command: Command) -> Command:
    """Add the options that narrow or widen the matrix."""
    for flag, _, allowed, text in reversed(_AXES):
        command = click.option(f"--{flag}", flag, type=Several(allowed), multiple=True, help=text)(command)
    return command


def configuration(command: Command) -> Command:
    """Add the argument FILE."""
    return click.argument("file", type=click.Path(path_type=Path), required=False)(command)


def expected(command: Command) -> Command:
    """Add the option --expected."""
    return click.option(
        "--expected",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="Findings that are known: each with owner, reason and the day until which it fails no run.",
    )(command)


def read_config(file: Path | None, *, unset: Collection[str] = ()) -> Config:
    """Return the file's configuration, or the sample brand's.

    Args:
        file: The file.
        unset: Sections whose secrets are not used this time.
    """
    return config_file.read(file, unset=unset) if file else Config()


def narrowed(config: Config, chosen: dict[str, tuple[tuple[str, ...], ...]]) -> Config:
    """Return the configuration with the axes that were given on the command line."""
    axes = {
        field: tuple(dict.fromkeys(word for words in chosen[flag] for word in words))
        for flag, field, _, _ in _AXES
        if chosen.get(flag)
    }
    matrix = Matrix.model_validate({**config.matrix.model_dump(), **axes})
    missing = set(matrix.flows) - {connector.flow for connector in config.connectors}
    if missing:
        raise click.UsageError(
            f"--flow asks for {', '.join(sorted(missing))}, and the configuration has no connector for it"
        )
    return config.model_copy(update={"matrix": matrix})
