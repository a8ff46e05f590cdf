"""``harness preflight``: all that can be known without a login."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli import options
from harness.cli.progress import Doing
from harness.onboarding.before_login import before_login
from harness.preflight import Preflight
from harness.report import preflight as text

READY, NOT_READY, UNDETERMINED = 0, 1, 4


@click.command(short_help="Find out what can be known without a login.")
@options.configuration
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", help="What stdout gets."
)
@click.option(
    "--browser/--no-browser",
    default=True,
    help="Look at the page of a brand of your own in a browser too, where nothing is wrong so far.",
)
@click.option("--allow-undetermined", is_flag=True, help="Exit 0 although something stayed undetermined.")
def preflight(file: Path | None, format_: str, browser: bool, allow_undetermined: bool) -> int:
    """Find out, without a login, what stands between a brand and the platform.

    With FILE: names, TLS, discovery, keys, the authorization and the token endpoint, and the page of the
    brand that it configures, as a server sees them; where nothing is wrong so far, the page in a browser in
    which nobody is signed in. Nobody else is contacted. Without FILE: the sample brand.

    Of each client one invented code is exchanged, and each authorization endpoint gets one request with a
    redirect URI that nobody registered; the result lists what was sent.

    \b
    harness preflight brand.toml
    harness preflight brand.toml --format json
    """  # noqa: D301 - click's own mark for a paragraph that is not rewrapped
    # Nobody signs in, so nobody's password has to be at hand.
    config = options.read_config(file, unset=("login",))
    with Doing("Asking", quiet=format_ == "json") as doing:
        result = before_login(config, browser=browser, progress=doing.done)
    click.echo(result.as_json() if format_ == "json" else text.render(result))
    return exit_code(result, allow_undetermined=allow_undetermined)


def exit_code(result: Preflight, *, allow_undetermined: bool) -> int:
    """Return 0 when every surface is ready, 1 when one is not, 4 when that could not be seen."""
    if result.outcome is None:
        return READY if allow_undetermined else UNDETERMINED
    return READY if result.outcome else NOT_READY
