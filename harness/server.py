"""The server of one harness: bound sockets, uvicorn and the name-mapping proxy in one thread."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from harness import app, tls
from harness.app import Composition
from harness.clock import Clock
from harness.config import EMBEDDED, Config
from harness.far_end import FarEnd, far_end
from harness.held import Held
from harness.net import (
    ConnectProxy,
    MappedTransport,
    Missed,
    NameMap,
    Outside,
    back_channel,
    client_over,
    open_channel,
    outward_client,
)
from harness.overlays import Overlay
from harness.own_habits import LOOPBACK
from harness.roles import attacker
from harness.roles.line import LineTransport
from harness.roles.mended import MendedHost
from harness.roles.seams import Seams
from harness.serving import bound_socket, in_thread, uvicorn_server
from harness.store import Store


@dataclass(frozen=True, kw_only=True)
class RunningServer:
    """A server that answers until its context ends.

    Attributes:
        config: What it serves.
        store: What it remembers.
        composition: Its parts.
        names: Host names and the socket behind them.
        proxy_url: The proxy that browsers are given.
        tls: Certificates and pins.
        http: The back channel of everybody but the platform.
        platforms: The back channel of the platform's servers, whose line may go bad.
    """

    config: Config
    store: Store
    composition: Composition
    names: NameMap
    proxy_url: str
    tls: tls.RunTls
    http: httpx2.Client = field(repr=False)
    platforms: httpx2.Client = field(repr=False)


@contextlib.contextmanager
def running(
    config: Config,
    *,
    folder: Path,
    clock: Clock,
    port: int = 0,
    proxy_port: int = 0,
    overlay: Overlay | None = None,
    certificates: tls.RunTls | None = None,
) -> Iterator[RunningServer]:
    """Serve every role of ``config`` on loopback until the block ends.

    The sockets are bound and listen before the thread starts, so a client that connects at once waits in
    the backlog and nobody has to ask whether the server is up.

    Args:
        config: What to serve.
        folder: A private folder for the store's file.
        clock: The one clock.
        port: The port to bind, 0 for any.
        proxy_port: The port of the proxy for browsers, 0 for any.
        overlay: What changes the answers of one of the brand's hosts on their way to the browser.
        certificates: Those of a server beside this one, whose browsers visit this one too; new ones when
            left out.

    Raises:
        UsageError: When the port is in use.
    """
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(bound_socket(port, "--port"))
        proxy = stack.enter_context(bound_socket(proxy_port, "--proxy-port"))
        plain = stack.enter_context(bound_socket(0, "--port"))
        own = config.brand is not None
        hosts = config.served if own else (*config.served, attacker.host(config.sites))
        mended = {}
        address: tuple[str, int] = listener.getsockname()
        addresses = dict.fromkeys(hosts, address)
        if overlay is not None and overlay.host:
            host = overlay.host.partition(":")[0]
            addresses[overlay.host] = address
            mended[host] = MendedHost(stack.enter_context(outward_client(config)), overlay.edit)
        names = NameMap(
            addresses,
            plain=plain.getsockname(),
            outside=Outside.of(config) if own else None,
        )
        ca = config.network.ca
        if certificates is None:
            # With the brand's names too: an overlay may stand before one of its hosts.
            names_of_brand = tuple(sorted(Outside.of(config).named)) if own else ()
            trust = tls.outward(ca) if own else None
            certificates = tls.make(*hosts, *names_of_brand, client=trust, ca=ca)
        store = stack.enter_context(Store(config.database or f"sqlite:///{folder / 'harness.db'}", clock))
        deadlines = config.deadlines
        http = back_channel(names, certificates.client, connect=deadlines.connect, total=deadlines.token)
        strangers = back_channel(
            names, certificates.client, connect=deadlines.connect, total=deadlines.token, public_only=True
        )
        seams = Held(Seams())
        issuers = (config.sites.idp, config.sites.partner_idp)
        end = stack.enter_context(far_end(names, issuers, certificates, clock, lambda: seams.now.line))
        platforms = client_over(
            LineTransport(
                MappedTransport(names, certificates.client),
                end.ways,
                certificates.client,
                lambda: seams.now.line,
            ),
            connect=deadlines.connect,
            total=deadlines.token,
        )
        verifier = http
        if config.platform.backend != EMBEDDED:
            total = deadlines.backend
            verifier = open_channel(names, certificates.client, connect=deadlines.connect, total=total)
        composition = app.compose(
            config,
            store,
            http,
            clock,
            seams=seams,
            platforms=platforms,
            strangers=strangers,
            verifier=verifier,
            mended=mended,
        )
        names.anywhere = lambda: composition.seams.now.own_habits.any_target

        def missed(host: str, why: Missed) -> None:
            store.events.append("harness", "host.missed", host=host, why=why)

        connecting = ConnectProxy(end.ways, missed if own else lambda *_: None)
        servers = _Servers(composition, certificates, connecting, end, listener, plain, proxy)
        stack.enter_context(in_thread(servers.serve, servers.stop))
        # Whoever waits for news is told that none will come.
        stack.callback(composition.bus.close)
        # Before the server stops: it would wait for the back channel's idle connections to say goodbye.
        stack.callback(http.close)
        stack.callback(platforms.close)
        stack.callback(strangers.close)
        stack.callback(verifier.close)
        yield RunningServer(
            config=config,
            store=store,
            composition=composition,
            names=names,
            proxy_url=f"http://{LOOPBACK}:{proxy.getsockname()[1]}",
            tls=certificates,
            http=http,
            platforms=platforms,
        )


class _Servers:
    """Everything that listens for one harness: over TLS, in plain, the browsers' proxy, a bad line's end."""

    def __init__(
        self,
        composition: Composition,
        certificates: tls.RunTls,
        connecting: ConnectProxy,
        end: FarEnd,
        listener: socket.socket,
        plain: socket.socket,
        proxy: socket.socket,
    ) -> None:
        self._proxy_socket, self._proxy, self._end = proxy, connecting, end
        secure = uvicorn_server(composition.asgi, ssl_context_factory=lambda *_: certificates.server)
        self._servers = ((secure, listener), (uvicorn_server(composition.plain), plain))

    def stop(self) -> None:
        """Ask every server to end."""
        for server, _ in self._servers:
            server.should_exit = True

    async def serve(self) -> None:
        """Answer until the end is asked for."""
        proxy = await asyncio.start_server(self._proxy.serve, sock=self._proxy_socket)
        await self._end.start()
        try:
            await asyncio.gather(*(server.serve(sockets=[bound]) for server, bound in self._servers))
        finally:
            proxy.close()
            self._end.stop()
            await self._proxy.close()
