"""``harness init``: a brand's file from a few answers."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from pydantic import ValidationError

from harness import config_file, files
from harness.brand_file import advertised, text
from harness.brand_file.answers import Answers, NotThat, variable_or_nothing
from harness.brand_file.interview import interview
from harness.brand_file.questions import QUESTIONS, Known
from harness.errors import ConfigError, UsageError
from harness.own_brand import Network

Command = TypeVar("Command", bound=Callable[..., Any])

SECRETS = ("connector", "login")
"""The sections whose secrets need not be there yet."""


def _questions(command: Command) -> Command:
    """Add an option for every question."""
    for question in reversed(QUESTIONS):
        option = click.option(question.option, question.name, metavar="TEXT", help=question.help)
        command = option(command)
    return command


@click.command(short_help="Write the file of your brand from a few answers.")
@click.argument("file", type=click.Path(path_type=Path), default=Path("brand.toml"))
@_questions
@click.option("--yes", is_flag=True, help="Ask nothing: take the defaults for what no option says.")
@click.option("--no-discovery", is_flag=True, help="Do not ask the issuer; its endpoints are asked for.")
@click.option(
    "--map",
    "map_",
    metavar="HOST=ADDRESS:PORT",
    multiple=True,
    help="Where a host is that DNS does not know: staging, containers.",
)
@click.option(
    "--ca",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Certificate authorities that are trusted beside the public ones, PEM.",
)
@click.option("--proxy-env", metavar="NAME", default="", help="The environment variable with the way out.")
def init(
    file: Path,
    yes: bool,
    no_discovery: bool,
    map_: tuple[str, ...],
    ca: Path | None,
    proxy_env: str,
    **given: str | None,
) -> int:
    """Write FILE, brand.toml by default, from a few answers.

    The issuer comes first: its discovery document fills in the endpoints and says which flows it offers.
    Nobody but the issuer that you name is contacted. Every question is also an option, and with --yes, or
    without a terminal, nothing is asked. Secrets are never asked for: you name the environment variables
    that hold them. A file that is there already is not overwritten.

    Leave the user name empty if you would rather show how somebody signs in: harness record watches.

    \b
    harness init
    harness init acme.toml --issuer https://login.acme.example
    harness init --yes --issuer https://login.acme.example --client-id platform \\
        --page https://www.acme.example/account --username alice
    """  # noqa: D301 - click's own mark for a paragraph that is not rewrapped
    if files.is_taken(file):
        raise UsageError(f"{files.exists_already(file)}, as harness init other.toml")
    network = _network(map_, ca, proxy_env)
    known = interview(
        {name: value for name, value in given.items() if value is not None},
        ask=None if yes or not sys.stdin.isatty() else _ask,
        say=lambda sentence: click.echo(sentence, err=True),
        discover=None if no_discovery else lambda issuer: advertised.ask(issuer, network),
    )
    answers = _answers(known, network, file, proxy_env)
    _write(file, text.text(answers))
    click.echo(file)
    click.echo(_next(answers, file), err=True)
    return 0


def _ask(question: str, default: str) -> str:
    return str(click.prompt(question, default=default, show_default=bool(default), err=True))


def _network(map_: tuple[str, ...], ca: Path | None, proxy_env: str) -> Network:
    pairs = dict(one.partition("=")[::2] for one in map_)
    try:
        variable_or_nothing(proxy_env)
    except NotThat as wrong:
        raise UsageError(f"--proxy-env: {wrong}") from None
    if proxy_env and proxy_env not in os.environ:
        raise UsageError(f"--proxy-env: the environment variable {proxy_env} is not set; set it first")
    try:
        return Network.model_validate({"map": pairs, "ca": ca, "proxy": os.environ.get(proxy_env)})
    except ValidationError as error:
        sentence = str(error.errors()[0]["ctx"]["error"])
        raise UsageError(f"--{'map' if 'map' in sentence else 'proxy-env'}: {sentence}") from None


def _answers(known: Known, network: Network, file: Path, proxy_env: str) -> Answers:
    given = {question.name: known[question.name] for question in QUESTIONS}
    return Answers.model_validate(
        {
            **given,
            "page_method": known["page_method"] or "named",
            "client_auth": known.advertised.client_auth if known.advertised else "basic",
            "advertised": known.advertised.flows if known.advertised else None,
            "map": tuple(network.map.items()),
            # The file names it from where the file is.
            "ca": Path(os.path.relpath(network.ca, file.parent)) if network.ca else None,
            "proxy_env": proxy_env,
        }
    )


def _write(file: Path, content: str) -> None:
    """Write the file whole, once it is known that it reads back."""
    with files.draft(file, content) as written:
        try:
            config_file.read(written, unset=SECRETS)
        except ConfigError as error:
            raise UsageError(f"these answers do not go together: {error.detail}") from None
        files.settle(written, file)


def _next(answers: Answers, file: Path) -> str:
    variables = (answers.client_secret_env, answers.password_env)
    missing = " and ".join(name for name in variables if name and name not in os.environ)
    first = f"Set {missing} in the environment. " if missing else ""
    if not answers.username:
        return f"{first}Next: harness preflight {file}, then harness record {file} to show how to sign in."
    return f"{first}Next: harness preflight {file}"
