"""``harness login``: a person signs in once, and later runs use the session."""

from __future__ import annotations

from pathlib import Path

import click
from playwright.sync_api import Error, StorageState

from harness import config_file
from harness.browser.attended import Person, check_display, person
from harness.browser.own_logins import accounts
from harness.clock import SystemClock
from harness.config import ENGINES, OWN_POLICY, Config, EngineName
from harness.errors import UsageError
from harness.kept_sessions import KeptSessions, Owner, moment
from harness.matrix import Case
from harness.run import Harness
from harness.sample import DEFAULT_ACCOUNT

HOUR = 3600
SECRETS = ("connector", "login")
"""The sections whose secrets a person makes unnecessary."""


@click.command(short_help="Sign in yourself once; later runs use the session.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--account", metavar="NAME", help="Whose session it is; the file's first account by default.")
@click.option("--engine", type=click.Choice(ENGINES), default="chromium", help="In which browser.")
@click.option(
    "--hours",
    type=click.IntRange(1, 24 * 30),
    default=12,
    show_default=True,
    help="For how long the session is used.",
)
@click.option("--forget", is_flag=True, help="Remove every session that was kept for FILE, and stop.")
def login(file: Path, account: str | None, engine: EngineName, hours: int, forget: bool) -> int:
    """Open the page of FILE in a browser, and keep the session of whoever signs in there.

    For logins that no steps can take: a second factor, a CAPTCHA, a wall against bots. Sign in, then close
    the window or press Enter in the terminal. `harness check FILE` takes the session instead of the steps of
    that account, in that engine, until it expires. Only the hosts that FILE names can be reached.

    Kept are cookies, local storage and IndexedDB, not session storage. They are encrypted with the key in
    the environment variable HARNESS_SESSION_KEY (32 octets in base64), else with one in a file beside them
    that only you can read; both are in $XDG_STATE_HOME/consumer-auth-harness, ~/.local/state by default.

    \b
    harness login brand.toml
    harness login brand.toml --account bob --engine firefox --hours 2
    harness login brand.toml --forget
    """  # noqa: D301 - click's own mark for a paragraph that is not rewrapped
    if forget:
        count = KeptSessions(file).forget()
        click.echo(f"{count or 'No'} session{'' if count == 1 else 's'} of {file} removed.", err=True)
        return 0
    config = own_config(file)
    check_display("harness login")
    return keep(file, config, account=account or first_account(config), engine=engine, hours=hours)


def own_config(file: Path) -> Config:
    """Return the configuration of a brand of one's own, whose people's secrets need not be there.

    Raises:
        UsageError: When the file configures the sample brand.
    """
    config = config_file.read(file, unset=SECRETS)
    if config.brand is None:
        raise UsageError(f"{file} has no [brand] with a page on which somebody could sign in; add it")
    return config


def first_account(config: Config) -> str:
    """Return who signs in where nobody is named."""
    return next(iter(accounts(config)), DEFAULT_ACCOUNT)


def keep(
    file: Path,
    config: Config,
    *,
    account: str,
    engine: EngineName,
    hours: int,
    headed: bool = True,
    person: Person = person,
) -> int:
    """Let somebody sign in and keep what the browser holds then.

    Args:
        file: The configuration file.
        config: What it says.
        account: Whose session it is.
        engine: In which browser.
        hours: For how long it is used.
        headed: Whether the browser is shown.
        person: Who signs in.

    Raises:
        UsageError: When the page cannot be opened, or the browser holds nothing of the brand's.
    """
    known, brand = accounts(config), config.brand
    assert brand is not None, "own_config has seen to it"
    if account not in (known or (account,)):
        raise UsageError(f"{file} has no account {account!r}; it has {', '.join(known)}")
    kept = KeptSessions(file)
    kept.prepare()
    state = _signed_in(config, engine, headed=headed, person=person)
    now = SystemClock().now()
    until = now + hours * HOUR
    owner = Owner(origin=brand.origin, engine=engine, account=account)
    path = kept.keep(owner, {**state}, now=now, until=until)
    click.echo(path)
    click.echo(
        f"Kept until {moment(until)}, encrypted with the key in {kept.key_said}. Next: harness check {file}",
        err=True,
    )
    return 0


def _signed_in(config: Config, engine: EngineName, *, headed: bool, person: Person) -> StorageState:
    """Return what a browser holds when somebody is done with it."""
    brand = config.brand
    assert brand is not None, "own_config has seen to it"
    case = Case(
        surface="embedded",
        flow=config.connectors[0].flow,
        engine=engine,
        policy=OWN_POLICY[engine],
        mode=config.matrix.modes[0],
    )
    with Harness(config, headed=headed) as harness, harness.attended(case) as context:
        page = context.new_page()
        try:
            page.goto(brand.page)
        except Error:
            raise UsageError(
                f"{brand.page} could not be opened; harness preflight says what stands in the way"
            ) from None
        click.echo("Sign in, then close the window or press Enter here.", err=True)
        person(page)
        try:
            state = context.storage_state(indexed_db=True)
        except Error:
            raise UsageError(
                "the browser was closed before its session could be read; press Enter here instead"
            ) from None
    return _of_the_brand(state, config)


def _of_the_brand(state: StorageState, config: Config) -> StorageState:
    """Return what is not the platform's, whose windows begin anew in every run.

    Raises:
        UsageError: When that is nothing.
    """
    ours = config.served
    cookies = [one for one in state.get("cookies", []) if str(one.get("domain", "")).lstrip(".") not in ours]
    hosts = {f"https://{host}" for host in ours}
    origins = [one for one in state.get("origins", []) if one["origin"] not in hosts]
    if not cookies and not origins:
        raise UsageError(
            "nothing was kept: the browser holds neither a cookie nor storage of anybody's; sign in first"
        )
    return {"cookies": cookies, "origins": origins}
