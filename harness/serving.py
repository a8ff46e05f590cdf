"""Serving ASGI applications on loopback in a thread: bound sockets, uvicorn, a clean end."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState

from harness.errors import HarnessBroken, UsageError
from harness.own_habits import LOOPBACK
from harness.quiet import quieten

GRACE_SECONDS = 2

HEAD_LIMIT = 64 * 1024
"""Octets of a request's line and headers."""

HEAD_SECONDS = 30.0
"""How long they may take to come, from the connection or the last answer on."""

FRAME_LIMIT = 64 * 1024
"""Octets of one message of a WebSocket; a window's longest is a tenth of it."""


def bound_socket(
    port: int, option: str, *, address: str = LOOPBACK, beyond_loopback: bool = False
) -> socket.socket:
    """Return a socket that listens on loopback, so that nobody has to ask whether the server is up.

    Args:
        port: The port, 0 for any.
        option: The command line's option that chose it, for the sentence.
        address: Another address to listen on; nothing in the harness asks for one.
        beyond_loopback: Whether it may be one that other machines reach.

    Raises:
        UsageError: When the port is in use, or other machines would reach the address unasked.
    """
    if not (beyond_loopback or ipaddress.ip_address(address).is_loopback):
        raise UsageError(
            f"{address} can be reached from other machines; listen on {LOOPBACK}, "
            "or say beyond_loopback=True where that is what you want"
        )
    # asyncio switches Nagle's algorithm off only where the protocol is named; without it every answer that
    # is written in two parts waits 40 ms for a delayed acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address, port))
    except OSError as error:
        listener.close()
        raise UsageError(
            f"port {port} on {address} is in use ({error.strerror}); choose another one, "
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


class _Http(H11Protocol):
    """uvicorn's own, which does not wait without end for a request to begin."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Give the first request its time."""
        super().connection_made(transport)
        self._wait_for_a_head()

    def data_received(self, data: bytes) -> None:
        """Take what comes; a request whose head is there needs no more time for it."""
        super().data_received(data)
        self._wait_for_a_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        super().connection_lost(exc)
        self._done_waiting()

    def _wait_for_a_head(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            self._done_waiting()
        elif self._late is None:
            self._late = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _done_waiting(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


class _Uvicorn(uvicorn.Server):
    """uvicorn without its signal handlers: the harness owns the process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Say goodbye, and hang up on whoever has not read it in time: what waits for them waits for ever."""
        await super().shutdown(sockets)
        for connection in tuple(self.server_state.connections):
            connection.transport.abort()


def uvicorn_server(asgi: ASGIApp, **more: Any) -> uvicorn.Server:
    """Return a server of an application; ``more`` are settings of uvicorn's."""
    quieten()
    return _Uvicorn(
        uvicorn.Config(
            asgi,
            lifespan="off",
            log_config=None,
            access_log=False,
            # The applications say what time it is, by the clock that they are given.
            date_header=False,
            server_header=False,
            # Nobody stands in front of these servers whose word for scheme and address could be taken.
            proxy_headers=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
            http=_Http,
            h11_max_incomplete_event_size=HEAD_LIMIT,
            ws_max_size=FRAME_LIMIT,
            ws=_WebSockets,
            **more,
        )
    )


@contextlib.contextmanager
def in_thread(
    serve: Callable[[], Coroutine[Any, Any, None]],
    stop: Callable[[], None],
    *,
    ended: Callable[[], None] = lambda: None,
) -> Iterator[None]:
    """Run a server on an event loop of its own for the length of the block.

    Args:
        serve: Answers until it is asked to end.
        stop: Asks it to, from any thread.
        ended: Called when it has ended, by an error of its own or because it was asked to.

    Raises:
        HarnessBroken: When it ended by an error of its own.
    """
    failed: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:
            failed.append(error)
        ended()

    thread = threading.Thread(target=run, name="harness-server", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop()
        thread.join()
    if failed:
        raise HarnessBroken(f"the server stopped by itself: {failed[0]!r}") from failed[0]
