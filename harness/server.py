"""The server of one harness: bound sockets, uvicorn and the name-mapping proxy in one thread."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState

from harness import app, tls
from harness.app import Composition
from harness.clock import Clock
from harness.config import EMBEDDED, Config
from harness.errors import HarnessBroken, UsageError
from harness.net import (
    ConnectProxy,
    Missed,
    NameMap,
    Outside,
    back_channel,
    open_channel,
    outward_client,
)
from harness.overlays import Overlay
from harness.roles import attacker
from harness.roles.mended import MendedHost
from harness.store import Store

LOOPBACK = "127.0.0.1"
GRACE_SECONDS = 2


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
        http: The back channel.
    """

    config: Config
    store: Store
    composition: Composition
    names: NameMap
    proxy_url: str
    tls: tls.RunTls
    http: httpx2.Client = field(repr=False)


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
        listener = stack.enter_context(_bound(port, "--port"))
        proxy = stack.enter_context(_bound(proxy_port, "--proxy-port"))
        plain = stack.enter_context(_bound(0, "--port"))
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
        verifier = http
        if config.platform.backend != EMBEDDED:
            total = deadlines.backend
            verifier = open_channel(names, certificates.client, connect=deadlines.connect, total=total)
        composition = app.compose(
            config, store, http, clock, strangers=strangers, verifier=verifier, mended=mended
        )

        def missed(host: str, why: Missed) -> None:
            store.events.append("harness", "host.missed", host=host, why=why)

        connecting = ConnectProxy(names, missed if own else lambda *_: None)
        thread = _ServerThread(composition, certificates, connecting, listener, plain, proxy)
        stack.enter_context(thread.running())
        # Before the server stops: it would wait for the back channel's idle connections to say goodbye.
        stack.callback(http.close)
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
        )


def _bound(port: int, option: str) -> socket.socket:
    # asyncio switches Nagle's algorithm off only where the protocol is named; without it every answer that
    # is written in two parts waits 40 ms for a delayed acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
    except OSError as error:
        listener.close()
        raise UsageError(
            f"port {port} on {LOOPBACK} is in use ({error.strerror}); choose another one, "
            f"or leave {option} out to have a free one chosen"
        ) from None
    listener.listen(512)
    return listener


class _WebSockets(WebSocketsSansIOProtocol):
    """uvicorn's own, which may be told to stop while a client's goodbye is already being answered."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Remember the socket, which a transport that is being closed does not tell any more."""
        super().connection_made(transport)
        self._connection: socket.socket = transport.get_extra_info("socket")

    def shutdown(self) -> None:
        """Say goodbye; twice would raise ``InvalidState`` and end the server with an error."""
        try:
            super().shutdown()
        except InvalidState:
            # The transport is closed already, but waits until the other side has hung up too.
            with contextlib.suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)


class _Uvicorn(uvicorn.Server):
    """uvicorn without its signal handlers: the harness owns the process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _uvicorn(asgi: ASGIApp, **more: Any) -> _Uvicorn:
    return _Uvicorn(
        uvicorn.Config(
            asgi,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
            ws=_WebSockets,
            **more,
        )
    )


class _ServerThread:
    """Runs uvicorn and the proxy on one event loop in one thread."""

    def __init__(
        self,
        composition: Composition,
        certificates: tls.RunTls,
        connecting: ConnectProxy,
        listener: socket.socket,
        plain: socket.socket,
        proxy: socket.socket,
    ) -> None:
        self._composition, self._proxy_socket, self._proxy = composition, proxy, connecting
        secure = _uvicorn(composition.asgi, ssl_context_factory=lambda *_: certificates.server)
        self._servers = ((secure, listener), (_uvicorn(composition.plain), plain))
        self._failure: BaseException | None = None

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        thread = threading.Thread(target=self._run, name="harness-server", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._composition.bus.close()
            for server, _ in self._servers:
                server.should_exit = True
            thread.join()
        if self._failure is not None:
            raise HarnessBroken(f"the server stopped by itself: {self._failure!r}") from self._failure

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._failure = error

    async def _serve(self) -> None:
        proxy = await asyncio.start_server(self._proxy.serve, sock=self._proxy_socket)
        try:
            await asyncio.gather(*(server.serve(sockets=[bound]) for server, bound in self._servers))
        finally:
            proxy.close()
            await self._proxy.close()
