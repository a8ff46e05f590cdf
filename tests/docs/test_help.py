"""What --help says: all of it, in eighty columns, with examples that work, and the same as the front page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import click
import pytest
from click.testing import CliRunner

from harness.cli import cli
from tests.docs.pages import ROOT, fences, inline_code

COLUMNS = 80
CODES = ("0 passed", "1 a check failed", "2 usage", "3 the harness", "4 something stayed undetermined")


def commands(command: click.Command = cli, *names: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command with the words that lead to it, the groups among them."""
    yield names, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from commands(inner, *names, name)


ALL = dict(commands())
LEAVES = {" ".join(names): one for names, one in ALL.items() if not isinstance(one, click.Group)}
NAMES = [" ".join(names) or "harness" for names in ALL]


def shown(*names: str) -> str:
    """Return the help of a command as a terminal of eighty columns has it."""
    done = CliRunner(env={"COLUMNS": str(COLUMNS)}).invoke(cli, [*names, "--help"])
    assert 0 == done.exit_code
    return done.output


@pytest.mark.parametrize("names", ALL, ids=NAMES)
def test_help_fits_into_eighty_columns(names: tuple[str, ...]) -> None:
    """Nothing is wrapped by the terminal."""
    assert [] == [line for line in shown(*names).splitlines() if len(line) > COLUMNS]


@pytest.mark.parametrize("names", ALL, ids=NAMES)
def test_every_command_and_option_has_a_text(names: tuple[str, ...]) -> None:
    """A sentence for each, and one in the list of commands."""
    command = ALL[names]
    options = [one for one in command.params if isinstance(one, click.Option)]

    assert command.help
    assert not names or (command.short_help or "").endswith(".")
    assert [] == [one.name for one in options if not one.help]


@pytest.mark.parametrize("names", ALL, ids=NAMES)
def test_every_argument_is_in_the_text(names: tuple[str, ...]) -> None:
    """Whoever reads [FILE] learns what the file is, and what happens without."""
    command = ALL[names]
    arguments = [
        one.make_metavar(click.Context(command)) for one in command.params if isinstance(one, click.Argument)
    ]
    words = [word for one in arguments for word in re.findall(r"[A-Z]+", one)]

    assert [] == [word for word in words if not re.search(rf"\b{word}\b", str(command.help))]


def examples() -> Iterator[str]:
    """Yield every line of a help text that a reader may type, and every command in its sentences."""
    for command in ALL.values():
        text = str(command.help).replace("\\\n", " ")
        yield from re.findall(r"^ *(harness .+)$", text, re.MULTILINE)
        yield from (" ".join(one.split()) for one in re.findall(r"`(harness [^`]+)`", text))


@pytest.mark.parametrize("line", sorted(set(examples())))
def test_an_example_is_a_command_that_works(line: str, read_command: Callable[[str], None]) -> None:
    """Its options and values are known."""
    read_command(line)


def test_the_first_help_names_the_exit_codes() -> None:
    """As the front page does."""
    words, page = " ".join(shown().split()), " ".join((ROOT / "README.md").read_text("utf-8").split())

    assert [] == [code for code in CODES if code not in words or code not in page]


def test_the_front_page_has_every_command_and_no_other() -> None:
    """One row for each in its table."""
    rows = [
        line.split("`")[1]
        for line in (ROOT / "README.md").read_text("utf-8").splitlines()
        if line.startswith("| `harness ")
    ]
    named = [next(name for name in LEAVES if f"{row} ".startswith(f"harness {name} ")) for row in rows]

    assert sorted(LEAVES) == sorted(named)


def test_run_says_what_it_can_do() -> None:
    """The commands of ./run are those that pages name."""
    text = (ROOT / "run").read_text("utf-8")
    said = set(re.findall(r"^  ([a-z]+)(?:    *[a-z]| lowest)", text, re.MULTILINE))
    lines = [line for fence in fences(ROOT / "README.md") for line in fence.commands]
    named = {
        line.partition("./run ")[2].split()[0]
        for line in (*lines, *inline_code(ROOT / "README.md"))
        if "./run " in line
    }

    assert {"check", "demo", "test", "shell", "lint", "audit", "versions", "bench", "fuzz"} == said
    assert named <= said
