"""``harness record``: a person signs in, and the file says how from then on."""

from __future__ import annotations

import difflib
import re
import sys
from pathlib import Path
from typing import Literal

import click

from harness import config_file, files
from harness.brand_file import edit
from harness.browser.attended import Person, check_display, person
from harness.cli.login import SECRETS, first_account, own_config
from harness.config import ACCOUNT, ENGINES, EngineName
from harness.errors import ConfigError, UsageError
from harness.recording import On, Recorded
from harness.recording import record as watch


@click.command(short_help="Show how somebody signs in; the steps are written down.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--account", metavar="NAME", help="Who signs in; the file's first account by default.")
@click.option(
    "--on",
    type=click.Choice(["page", "authorize"]),
    default="page",
    show_default=True,
    help="On the brand's page, or on the identity provider's page in the popup.",
)
@click.option("--engine", type=click.Choice(ENGINES), default="chromium", help="In which browser.")
@click.option("--yes", is_flag=True, help="Write without asking.")
def record(
    file: Path, account: str | None, on: Literal["page", "authorize"], engine: EngineName, yes: bool
) -> int:
    """Open the page of FILE in a browser, watch you sign in, and write that into FILE.

    Sign in as you always do, then close the window or press Enter in the terminal. What you did becomes the
    [[login]] of that account, in words of the page; where something has no name, a css= selector. What you
    type into a field for a password stays in the page: the file names an environment variable for it, made
    of the account's name.

    While you sign in, any host that the page asks for may be reached; at no other time is that so. Those
    that signing in needed (documents, scripts, data) go into [network] allow, others there as comments.

    The change is shown first. Every other line and comment of FILE stays as it is. With --on authorize, open
    the chat yourself and sign in inside its window.

    \b
    harness record brand.toml
    harness record brand.toml --account bob
    harness record brand.toml --on authorize --yes
    """  # noqa: D301 - click's own mark for a paragraph that is not rewrapped
    check_display("harness record")
    return show(file, account=account, on=on, engine=engine, yes=yes)


def show(
    file: Path,
    *,
    account: str | None = None,
    on: On = "page",
    engine: EngineName = "chromium",
    yes: bool = False,
    headed: bool = True,
    person: Person = person,
) -> int:
    """Watch somebody sign in, show what changes in the file, and change it.

    Args:
        file: The brand's file.
        account: Who signs in; the file's first account when left out.
        on: Where.
        engine: In which browser.
        yes: Whether nobody is asked before the file is changed.
        headed: Whether the browser is shown.
        person: Who signs in.

    Raises:
        UsageError: When the account has no possible name, or the file cannot be changed.
        NothingRecorded: When nothing was done.
    """
    config = own_config(file)
    who = account or first_account(config)
    if not re.fullmatch(ACCOUNT, who):
        raise UsageError(f"--account {who!r} is no account's name; it takes letters, digits, _ and -")
    known = edit.variables(_text(file), account=who, on=on)
    click.echo(
        "While you sign in, any host that the page asks for may be reached: that shows which are needed.\n"
        "Sign in, then close the window or press Enter here.",
        err=True,
    )
    recorded = watch(config, account=who, on=on, engine=engine, person=person, headed=headed, known=known)
    before = _text(file)
    after = edit.login(before, account=who, on=on, steps=recorded.login.steps)
    after = edit.allow(after, recorded.hosts)
    return _settle(file, before, after, recorded, yes=yes)


def _text(file: Path) -> str:
    return file.read_text("utf-8-sig")


def _settle(file: Path, before: str, after: str, recorded: Recorded, *, yes: bool) -> int:
    """Show the change, and make it when that is wanted."""
    if before == after:
        click.echo(f"{file} says so already; nothing is changed.", err=True)
        return 0
    for note in recorded.notes:
        click.echo(f"harness: {note}", err=True)
    _check(file, after)
    lines = difflib.unified_diff(
        before.split("\n"), after.split("\n"), str(file), str(file), n=2, lineterm=""
    )
    click.echo("\n".join(lines))
    if not (yes or _wanted(file)):
        click.echo("Nothing was written; --yes writes without asking.", err=True)
        return 0
    windows = b"\r\n" in file.read_bytes()
    files.replace(file, after.replace("\n", "\r\n") if windows else after)
    names = " and ".join(recorded.login.variables)
    first = f"Set {names} in the environment. " if names else ""
    click.echo(f"{first}Next: harness check {file}", err=True)
    return 0


def _wanted(file: Path) -> bool:
    """Ask whether the change is to be made; nobody says so where there is no terminal."""
    return sys.stdin.isatty() and click.confirm(f"Write this into {file}?", default=True, err=True)


def _check(file: Path, text: str) -> None:
    """See that the new text is a configuration."""
    with files.draft(file, text) as written:
        try:
            config_file.read(written, unset=SECRETS)
        except ConfigError as error:
            raise UsageError(f"what was recorded makes no good file: {error.detail}") from None
