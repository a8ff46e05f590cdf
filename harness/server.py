"""The server of one harness: bound sockets, uvicorn and the name-mapping proxy in one thread."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
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
    MappedTransport,
    NameMap,
    Outside,
    back_channel,
    client_over,
    open_channel,
    outward_client,
)
from harness.overlays import Overlay
from harness.own_habits import LOOPBACK
from harness.proxy import ConnectProxy, Missed
from harness.roles import attacker
from harness.roles.line import LineTransport
from harness.roles.mended import MendedHost
from harness.roles.seams import Seams
from harness.serving import bound_socket, in_thread, uvicorn_server
from harness.shared import Shared
from harness.store import Store
from harness.store.database import CONNECTIONS
from harness.store.news import News

WORKER = "X-Harness-Worker"
"""The header that says which of several workers has answered."""


@dataclass(frozen=True, kw_only=True)
class Doors:
    """The sockets of one server, bound before anybody knocks.

    Attributes:
        secure: Where every host answers over TLS.
        plain: Where they answer over plain http.
        proxy: Where browsers are led to them.
    """

    secure: socket.socket
    plain: socket.socket
    proxy: socket.socket

    @property
    def proxy_url(self) -> str:
        """What browsers are told."""
        return f"http://{LOOPBACK}:{self.proxy.getsockname()[1]}"


@contextlib.contextmanager
def doors(port: int, proxy_port: int) -> Iterator[Doors]:
    """Bind the sockets of one server for the length of the block.

    Args:
        port: The port over TLS, 0 for any.
        proxy_port: The port of the proxy for browsers, 0 for any.

    Raises:
        UsageError: When the port is in use.
    """
    with (
        bound_socket(port, "--port") as secure,
        bound_socket(proxy_port, "--proxy-port") as proxy,
        bound_socket(0, "--port") as plain,
    ):
        yield Doors(secure=secure, plain=plain, proxy=proxy)


def hosts(config: Config) -> tuple[str, ...]:
    """Return the host names under which the harness itself answers."""
    return config.served if config.brand is not None else (*config.served, attacker.host(config.sites))


@dataclass(frozen=True, kw_only=True)
class Inherited:
    """What one of several processes of a server has from the one that started it.

    Attributes:
        worker: Its number, which its answers carry.
        doors: The sockets that all of them listen on.
        papers: The certificates that all of them answer with.
        shared: The secrets of the server.
        connections: How many connections to the database it may have.
        answering: Called when it answers.
        ended: Called when it answers no more.
    """

    worker: int
    doors: Doors
    papers: tls.Papers
    shared: Shared
    connections: int
    answering: Callable[[], None]
    ended: Callable[[], None]


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

    @property
    def seams(self) -> Held[Seams]:
        """Where faults take hold."""
        return self.composition.seams

    @property
    def agent_key(self) -> str:
        """What opens the agent's workspace."""
        return self.composition.agent_key


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
    inherited: Inherited | None = None,
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
        inherited: What this process has in common with others of the same server: ports and certificates
            are theirs then.

    Raises:
        UsageError: When the port is in use.
    """
    with contextlib.ExitStack() as stack:
        bound = inherited.doors if inherited else stack.enter_context(doors(port, proxy_port))
        own = config.brand is not None
        mended = {}
        address: tuple[str, int] = bound.secure.getsockname()
        addresses = dict.fromkeys(hosts(config), address)
        if overlay is not None and overlay.host:
            host = overlay.host.partition(":")[0]
            addresses[overlay.host] = address
            mended[host] = MendedHost(stack.enter_context(outward_client(config)), overlay.edit)
        names = NameMap(
            addresses,
            plain=bound.plain.getsockname(),
            outside=Outside.of(config) if own else None,
        )
        ca = config.network.ca
        if inherited is not None:
            certificates = tls.use(inherited.papers)
        elif certificates is None:
            # With the brand's names too: an overlay may stand before one of its hosts.
            names_of_brand = tuple(sorted(Outside.of(config).named)) if own else ()
            trust = tls.outward(ca) if own else None
            certificates = tls.make(*hosts(config), *names_of_brand, client=trust, ca=ca)
        connections = inherited.connections if inherited else CONNECTIONS
        url = config.database or f"sqlite:///{folder / 'harness.db'}"
        store = stack.enter_context(Store(url, clock, connections=connections))
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
            shared=inherited.shared if inherited else None,
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
        servers = _Servers(composition, certificates, connecting, end, bound, store, inherited)
        ended = inherited.ended if inherited else _nobody
        stack.enter_context(in_thread(servers.serve, servers.stop, ended=ended))
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
            proxy_url=bound.proxy_url,
            tls=certificates,
            http=http,
            platforms=platforms,
        )


def _nobody() -> None:
    """Tell nobody."""


class _Servers:
    """Everything that listens for one harness: over TLS, in plain, the browsers' proxy, a bad line's end.

    Where several processes share a database it hears from the others too.
    """

    def __init__(
        self,
        composition: Composition,
        certificates: tls.RunTls,
        connecting: ConnectProxy,
        end: FarEnd,
        bound: Doors,
        store: Store,
        inherited: Inherited | None,
    ) -> None:
        self._proxy_socket, self._proxy, self._end = bound.proxy, connecting, end
        self._bus, self._store = composition.bus, store
        self._answering = inherited.answering if inherited else _nobody
        headers = [(WORKER, str(inherited.worker))] if inherited else []
        secure = uvicorn_server(
            composition.asgi, ssl_context_factory=lambda *_: certificates.server, headers=headers
        )
        plain = uvicorn_server(composition.plain, headers=headers)
        self._servers = ((secure, bound.secure), (plain, bound.plain))

    def stop(self) -> None:
        """Ask every server to end."""
        for server, _ in self._servers:
            server.should_exit = True

    async def serve(self) -> None:
        """Answer until the end is asked for."""
        async with contextlib.AsyncExitStack() as stack:
            if self._store.shared:
                # Before anybody is answered, so that nothing is changed elsewhere without a word to them.
                news = News(
                    self._store.url,
                    self._store.teller.name,
                    heard=self._bus.wake,
                    missed=self._bus.wake_all,
                )
                await stack.enter_async_context(news.listening())
            proxy = await asyncio.start_server(self._proxy.serve, sock=self._proxy_socket)
            await self._end.start()
            self._answering()
            try:
                await asyncio.gather(*(server.serve(sockets=[bound]) for server, bound in self._servers))
            finally:
                proxy.close()
                self._end.stop()
                await self._proxy.close()
