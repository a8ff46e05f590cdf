"""Serves a brand's hosts on loopback over TLS, and writes its configuration file."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import trustme
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from . import pages

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class Site:
    """A whole brand, ready to be served.

    Attributes:
        name: Its short name, which is also its folder below ``web``.
        hosts: The application behind each host name.
        environment: Variables by which the configuration file reads passwords.
        secrets: Files by which it reads other secrets: name to content.
        values: What else the configuration file is filled in with.
    """

    name: str
    hosts: Mapping[str, ASGIApp]
    environment: Mapping[str, str] = field(repr=False)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Served:
    """A brand that answers until its context ends.

    Attributes:
        site: What is served.
        address: The socket behind all of its hosts.
        folder: Where the file, the authority and the secrets are.
        file: The configuration file.
    """

    site: Site
    address: tuple[str, int]
    folder: Path
    file: Path

    def trust(self) -> ssl.SSLContext:
        """Return a client's context that trusts the brand's private authority alone."""
        return ssl.create_default_context(cafile=self.folder / "ca.pem")


@contextlib.contextmanager
def serving(site: Site, folder: Path) -> Iterator[Served]:
    """Serve a brand until the block ends; the socket listens before anybody can ask."""
    authority = trustme.CA(organization_name=site.name)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*site.hosts).configure_cert(tls)
    with socket.create_server((LOOPBACK, 0)) as listener:
        address: tuple[str, int] = listener.getsockname()
        authority.cert_pem.write_to_path(folder / "ca.pem")
        for name, secret in site.secrets.items():
            _write_privately(folder / name, secret)
        file = folder / "brand.toml"
        values = {**site.values, "address": f"{address[0]}:{address[1]}"}
        file.write_text(pages.text(f"{site.name}/brand.toml", **values), "utf-8")
        with _running(_by_host(site.hosts), tls, listener):
            yield Served(site=site, address=address, folder=folder, file=file)


def _write_privately(path: Path, secret: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secret)


def _by_host(hosts: Mapping[str, ASGIApp]) -> ASGIApp:
    """Return one application that answers for several host names."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1").partition(":")[0]
        await hosts[host if host in hosts else next(iter(hosts))](scope, receive, send)

    return app


class _Uvicorn(uvicorn.Server):
    """uvicorn without its signal handlers: the process belongs to the test."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.contextmanager
def _running(app: ASGIApp, tls: ssl.SSLContext, listener: socket.socket) -> Iterator[None]:
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
        ssl_context_factory=lambda *_: tls,
    )
    server = _Uvicorn(config)
    thread = threading.Thread(
        target=asyncio.run, args=(server.serve(sockets=[listener]),), name="brand", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
