"""``harness serve``: the roles, until Ctrl-C."""

from __future__ import annotations

import contextlib
import tempfile
import threading
from pathlib import Path

import click

from harness.catalogue.faults import faults
from harness.clock import SystemClock
from harness.config import Config
from harness.faults import inject
from harness.server import RunningServer, running


@click.command(short_help="Serve brand, login, app and platform until Ctrl-C.")
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="Port of the servers, 0 for any.")
@click.option(
    "--proxy-port", type=click.IntRange(0, 65_535), default=0, help="Port of the browser's proxy, 0 for any."
)
@click.option("--fault", metavar="ID", help="Serve the sample brand with this fault.")
def serve(port: int, proxy_port: int, fault: str | None) -> int:
    """Serve the sample brand, its authorization server and the platform until Ctrl-C.

    The names end in .test and exist only for a browser that uses the printed proxy, so nothing on this
    machine is changed.
    """
    if fault is not None and fault not in faults():
        raise click.UsageError(f"--fault does not know {fault!r}; choose from {', '.join(faults())}")
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="harness-")))
        server = stack.enter_context(
            running(Config(), folder=folder, clock=SystemClock(), port=port, proxy_port=proxy_port)
        )
        if fault is not None:
            stack.enter_context(server.composition.seams.put(inject(faults()[fault])))
        with contextlib.suppress(KeyboardInterrupt):
            click.echo(_addresses(server, folder))
            click.echo("Serving until Ctrl-C.", err=True)
            threading.Event().wait()
        click.echo("Stopped.", err=True)
    return 0


def _addresses(server: RunningServer, folder: Path) -> str:
    sites = server.config.sites
    key = server.composition.agent_key
    return "\n".join(
        (
            f"shop       https://{sites.brand}/",
            f"app        https://{sites.app}/",
            f"login      https://{sites.idp}/",
            f"workspace  https://{sites.agent}/enter?key={key}",
            "",
            "Open them in a Chromium of its own:",
            "",
            f"  chromium --user-data-dir={folder / 'profile'} \\",
            f"    --proxy-server={server.proxy_url} \\",
            f"    --ignore-certificate-errors-spki-list={server.tls.spki_pin} \\",
            f"    https://{sites.brand}/account",
        )
    )
