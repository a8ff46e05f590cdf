"""``harness serve``: the roles, until Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import shlex
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

import click
from playwright.sync_api import sync_playwright

from harness import config_file, temporary
from harness.browser import engines
from harness.catalogue.faults import FaultRow
from harness.cli import kept, options
from harness.clock import SystemClock
from harness.config import Config
from harness.console import serving
from harness.console.flow import Flow
from harness.console.history import HistoryPages
from harness.console.walkthrough import Walkthrough
from harness.errors import ConfigError, EngineUnavailable
from harness.extension import Catalogue, installed
from harness.live import Feed
from harness.matrix import check_shown
from harness.roles.brand import shop_url
from harness.sample import CUSTOMERS
from harness.server import running
from harness.store.database import postgresql
from harness.wire import Reachable
from harness.workers import MOST_WORKERS, look_at, several

DATABASE = "HARNESS_DATABASE"

_ALLOWED = "it takes postgresql://user@host/database"

_Served = tuple["_Open", Callable[[], None]]
"""What is served, and how long: until what is called returns."""


class _Open(Reachable, Protocol):
    """A running harness as whoever started it sees it."""

    @property
    def proxy_url(self) -> str:
        """The proxy that browsers are given."""
        ...

    @property
    def agent_key(self) -> str:
        """What opens the agent's workspace."""
        ...


@click.command(short_help="Serve brand, login, app and platform until Ctrl-C.")
@options.configuration
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="Port of the servers, 0 for any.")
@click.option(
    "--proxy-port", type=click.IntRange(0, 65_535), default=0, help="Port of the browser's proxy, 0 for any."
)
@click.option(
    "--console-port",
    type=click.IntRange(0, 65_535),
    default=0,
    help="Port of the harness's own pages, 0 for any.",
)
@click.option("--fault", metavar="ID", help="Serve the sample brand with this fault.")
@click.option(
    "--workers",
    type=click.IntRange(1, MOST_WORKERS),
    default=1,
    help="Processes that answer; several need a PostgreSQL database.",
)
@click.option(
    "--database",
    metavar="URL",
    envvar=DATABASE,
    help=f"PostgreSQL database for all that is remembered, or {DATABASE}; a file by default.",
)
def serve(
    file: Path | None,
    port: int,
    proxy_port: int,
    console_port: int,
    fault: str | None,
    workers: int,
    database: str | None,
) -> int:
    """Serve the sample brand, its authorization server and the platform until Ctrl-C.

    The names end in .test and exist only for a browser that uses the printed proxy, so nothing on this
    machine is changed.

    The harness's own pages are for any browser of yours on this machine: a walkthrough of a connector, which
    begins with FILE, or with the sample brand; the flow of each case that the walkthrough runs, not of what
    you do by hand in the shop; and earlier runs.

    For many users at once, several workers answer at the same ports. Whichever of them does, it knows the
    sessions, sign-ins and conversations of all: they are in one PostgreSQL database. A worker that dies is
    replaced. A password of the database belongs into the variable, never on the command line.

    \b
    harness serve
    harness serve brand.toml --console-port 8088
    harness serve --fault callback-never-called
    harness serve --workers 4 --database postgresql://db.example/harness
    """  # noqa: D301 - click's own mark for a paragraph that is not rewrapped
    catalogue = Catalogue.of(installed())
    row = catalogue.fault(fault) if fault is not None else None
    if row is not None:
        check_shown(row)
        _check_alone(row, workers)
    _check_ports({"--port": port, "--proxy-port": proxy_port, "--console-port": console_port})
    config = _remembering(database, workers)
    with contextlib.ExitStack() as stack:
        feed = Feed()
        walkthrough = stack.enter_context(
            Walkthrough(file, sessions=lambda own: kept.sessions(file, own), feed=feed)
        )
        flow = Flow(feed)
        console = stack.enter_context(serving(walkthrough, flow, _runs(file), port=console_port))
        # Whoever watches has to go before the server can, and the job with them.
        stack.callback(flow.close)
        stack.callback(walkthrough.close)
        folder = stack.enter_context(temporary.folder())
        served = _several(config, workers, folder, port, proxy_port)
        if workers == 1:
            served = _alone(config, folder, port, proxy_port)
        server, wait = stack.enter_context(served)
        if row is not None:
            stack.enter_context(server.seams.put(catalogue.inject(row)))
        with contextlib.suppress(KeyboardInterrupt):
            click.echo(_addresses(server, folder))
            if row is not None:
                click.echo(_where(server, row))
            click.echo(_console(console, file))
            click.echo("Serving until Ctrl-C.", err=True)
            wait()
        click.echo("Stopped.", err=True)
    return 0


@contextlib.contextmanager
def _alone(config: Config, folder: Path, port: int, proxy_port: int) -> Iterator[_Served]:
    """Serve in this process."""
    clock = SystemClock()
    with running(config, folder=folder, clock=clock, port=port, proxy_port=proxy_port) as server:
        yield server, _wait


def _wait() -> None:
    threading.Event().wait()


@contextlib.contextmanager
def _several(config: Config, workers: int, folder: Path, port: int, proxy_port: int) -> Iterator[_Served]:
    """Serve in processes of their own, and say what becomes of them."""

    def say(sentence: str) -> None:
        click.echo(f"harness: {sentence}", err=True)

    with several(config, workers=workers, folder=folder, port=port, proxy_port=proxy_port, say=say) as server:

        def wait() -> None:
            server.answering()
            listed = ", ".join(str(pid) for pid in server.pids)
            click.echo(f"{workers} workers answer: processes {listed}.", err=True)
            server.wait()

        yield server, wait


def _remembering(database: str | None, workers: int) -> Config:
    """Return the sample's configuration with the database that is named.

    Raises:
        UsageError: When there is none, or it cannot be used.
    """
    if database is None:
        if workers > 1:
            raise click.UsageError(
                f"--workers {workers} needs a PostgreSQL database, because a file tells no other process "
                f"what has changed; name one with --database or in {DATABASE}, or leave --workers out"
            )
        return Config()
    url = postgresql(database, by=f"--database or {DATABASE}", allowed=_ALLOWED)
    whole = url.render_as_string(hide_password=False)
    look_at(whole)
    return Config(database=whole)


def _check_alone(row: FaultRow, workers: int) -> None:
    """Refuse a fault in one of several processes, which would be there for some users and not for others."""
    if workers > 1:
        raise click.UsageError(
            f"--fault {row.id} is put into one process, and --workers asks for {workers}; leave out one of "
            "the two options"
        )


def _runs(file: Path | None) -> HistoryPages:
    """Return the pages of the runs that a check of the file keeps."""
    if file is None:
        return HistoryPages()
    try:
        # Whoever fills in a form has no secrets yet, and here only the history's would be used.
        config = config_file.read(file, unset=set(config_file.TOP_LEVEL) - {"history"})
    except ConfigError:  # the walkthrough says what is wrong
        return HistoryPages()
    return HistoryPages(history=config.history)


def _addresses(server: _Open, folder: Path) -> str:
    sites = server.config.sites
    key = server.agent_key
    return "\n".join(
        (
            f"shop       https://{sites.brand}/",
            f"app        https://{sites.app}/",
            f"workspace  https://{sites.agent}/enter?key={key}",
            f"sign in    as {CUSTOMERS[0].username}, password {CUSTOMERS[0].password}",
            "",
            "Open them in a browser of its own:",
            "",
            f"  {_browser()} --user-data-dir={shlex.quote(str(folder / 'profile'))} \\",
            f"    --proxy-server={server.proxy_url} \\",
            f"    --ignore-certificate-errors-spki-list={server.tls.spki_pin} \\",
            f"    https://{sites.brand}/account",
        )
    )


def _check_ports(ports: Mapping[str, int]) -> None:
    """Refuse one port for two servers."""
    chosen: dict[int, str] = {}
    for option, port in ports.items():
        if port and port in chosen:
            raise click.UsageError(f"{chosen[port]} and {option} are both {port}; the two must differ")
        chosen[port] = option


def _console(url: str, file: Path | None) -> str:
    brand = f"the connector of {file}" if file else "a connector"
    return f"\nWalk through {brand}, in any browser of this machine:\n\n  {url}\n"


def _browser() -> str:
    """Return the command that starts the Chromium that was found, as a shell takes it."""
    try:
        with sync_playwright() as playwright:
            executable = str(engines.find(playwright, "chromium").executable)
    except EngineUnavailable:
        executable = "chromium"
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return shlex.quote(executable) + (" --no-sandbox" if root else "")


def _where(server: _Open, row: FaultRow) -> str:
    surface, flow = row.surfaces[0], row.flows[0]
    if surface == "app":
        url = f"https://{server.config.sites.app}/?flow={flow}"
    else:
        url = shop_url(server.config, "/account", surface=surface, flow=flow, mode="strict")
    return f"\nThe fault {row.id} is in: {row.title}. See it at\n  {url}"
