"""Reads a command line as its program would, and runs nothing."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path

import click
import pytest

from e2e.bench import __main__ as bench
from e2e.fuzz import __main__ as fuzz
from harness.cli import cli
from tests.docs.pages import ROOT

FOREIGN = frozenset({"pip", "playwright", "apt-get", "ssh", "openssl", "docker", "git", "export"})
"""Programs of others that pages may name; what they take is theirs."""

_ASSIGNED = re.compile(r"[A-Z_]+=\S*")


class NotACommand(Exception):
    """A line that its program would refuse, with the reason."""


def read(line: str, config: pytest.Config) -> None:
    """See that a command line could be run.

    Args:
        line: The line, without its ``$``.
        config: What knows the options of pytest and of every plugin.

    Raises:
        NotACommand: When it could not.
    """
    for part in re.split(r"\s(?:&&|\|)\s", line):
        words = shlex.split(part, comments=True)
        while words and _ASSIGNED.fullmatch(words[0]):
            words.pop(0)
        _read(words, config)


def _read(words: list[str], config: pytest.Config) -> None:
    match words:
        case ["harness", *rest]:
            _harness(rest)
        case ["./run", "shell", *rest] if rest:
            _read(rest, config)
        case ["./run", "check" | "demo" as command, *rest]:
            _harness([command, *rest])
        case ["./run", "test", *rest] | ["pytest", *rest] | ["python", "-m", "pytest", *rest]:
            _pytest(rest, config)
        case ["./run", "bench", *rest]:
            _own(bench.main, "bench", rest)
        case ["./run", "fuzz", *rest]:
            _own(fuzz.main, "fuzz", rest)
        case ["./run", "lint" | "audit"] | ["./run", "versions", "lowest" | "highest"]:
            pass
        case ["python", "-m", module, *_]:
            if importlib.util.find_spec(module) is None:
                raise NotACommand(f"there is no module {module}")
        case ["python", script, *_] if (ROOT / script).is_file() or Path(script).suffix == ".py":
            pass
        case [program, *_] if program in FOREIGN:
            pass
        case _:
            raise NotACommand("no program that a page may name")


def _harness(words: list[str]) -> None:
    _own(cli, "harness", words)


def _own(program: click.Command, name: str, words: list[str]) -> None:
    """Let a program of ours read its words."""
    try:
        _parsed(program, name, words, None)
    except click.exceptions.Exit:  # --help and --version
        pass
    except click.ClickException as error:
        raise NotACommand(error.format_message()) from None


def _parsed(command: click.Command, name: str, words: list[str], parent: click.Context | None) -> None:
    """Let a command read its words, and the command that it leads to the rest."""
    context = command.make_context(name, list(words), parent=parent)
    if isinstance(command, click.Group):
        rest = [*context._protected_args, *context.args]
        found, inner, more = command.resolve_command(context, rest)
        assert inner is not None, "an unknown command is refused by the group"
        _parsed(inner, str(found), more, context)


def _pytest(words: list[str], config: pytest.Config) -> None:
    try:
        config._parser.parse(words)
    except (pytest.UsageError, SystemExit) as error:
        raise NotACommand(str(error)) from None
