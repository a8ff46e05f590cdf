"""``harness serve``: the roles, until Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import shlex
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path

import click
from playwright.sync_api import sync_playwright

from harness import config_file
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
from harness.server import RunningServer, running


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
def serve(file: Path | None, port: int, proxy_port: int, console_port: int, fault: str | None) -> int:
    """Serve the sample brand, its authorization server and the platform until Ctrl-C.

    The names end in .test and exist only for a browser that uses the printed proxy, so nothing on this
    machine is changed.

    The harness's own pages are for any browser of yours on this machine: a walkthrough of a connector, which
    begins with FILE, or with the sample brand; the flow of each case that the walkthrough runs, not of what
    you do by hand in the shop; and earlier runs.

    \b
    harness serve
    harness serve brand.toml --console-port 8088
    harness serve --fault callback-never-called
    """  # noqa: D301 - click's own mark for a paragraph that is not rewrapped
    catalogue = Catalogue.of(installed())
    row = catalogue.fault(fault) if fault is not None else None
    if row is not None:
        check_shown(row)
    _check_ports({"--port": port, "--proxy-port": proxy_port, "--console-port": console_port})
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
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="harness-")))
        server = stack.enter_context(
            running(Config(), folder=folder, clock=SystemClock(), port=port, proxy_port=proxy_port)
        )
        if row is not None:
            stack.enter_context(server.composition.seams.put(catalogue.inject(row)))
        with contextlib.suppress(KeyboardInterrupt):
            click.echo(_addresses(server, folder))
            if row is not None:
                click.echo(_where(server, row))
            click.echo(_console(console, file))
            click.echo("Serving until Ctrl-C.", err=True)
            threading.Event().wait()
        click.echo("Stopped.", err=True)
    return 0


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


def _addresses(server: RunningServer, folder: Path) -> str:
    sites = server.config.sites
    key = server.composition.agent_key
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


def _where(server: RunningServer, row: FaultRow) -> str:
    surface, flow = row.surfaces[0], row.flows[0]
    if surface == "app":
        url = f"https://{server.config.sites.app}/?flow={flow}"
    else:
        url = shop_url(server.config, "/account", surface=surface, flow=flow, mode="strict")
    return f"\nThe fault {row.id} is in: {row.title}. See it at\n  {url}"
