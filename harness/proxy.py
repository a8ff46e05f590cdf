"""The browsers' proxy: a connection is one tunnel to a host of the name map, or one plain request."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

import h11

from harness.net import TUNNEL_SECONDS, NameMap, Way, granted, no_name

ASKING_SECONDS = 60.0
"""How long a browser may keep a connection to its proxy without asking for anything."""

HEAD_LIMIT = 256 * 1024
"""Octets of a response's head; Chromium takes as many."""

PIECE = 64 * 1024

LINGER_SECONDS = 2.0
"""How long a browser that has its response may take to hang up."""

Missed = Literal["forbidden", "unreachable"]
"""Why a host was not reached: nobody named it, or nobody answered."""


class ConnectProxy:
    """A loopback proxy that sees host and port only, and refuses names outside the map.

    Browsers are given this proxy per context, so that they see port 443, the real names and the servers'
    own certificates, in every engine alike (RFC 9110 section 9.3.6). What they ask for over plain http is
    passed on one request for each connection (RFC 9112 section 3.2.2); a WebSocket over plain http comes as
    a tunnel (RFC 6455 section 4.1).

    Args:
        names: Who is reached, and how.
        missed: Hears of each host that was refused or not reached, and why.
        patience: Seconds that a client may take to say where it wants to go.
    """

    def __init__(
        self,
        names: NameMap,
        missed: Callable[[str, Missed], None] = lambda *_: None,
        *,
        patience: float = ASKING_SECONDS,
    ) -> None:
        self._names, self._missed, self._patience = names, missed, patience
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Handle one client connection: the callback of :func:`asyncio.start_server`."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                await self._serve(reader, writer)
        except asyncio.CancelledError:
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def close(self) -> None:
        """End every open tunnel."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(self._patience):
            head = await reader.readuntil(b"\r\n\r\n")
        asked = _asked(head)
        way = self._names.way(asked.host, asked.port, browser=True) if asked else None
        if asked is None or way is None:
            # Of a host that is named nobody has to be told to name it: it only has no plain http.
            known = asked is not None and self._names.names(asked.host)
            await self._refuse(writer, asked, "unreachable" if known else "forbidden")
            return
        try:
            upstream_reader, upstream_writer = await _opened(way)
        except OSError:
            await self._refuse(writer, asked, "unreachable")
            return
        try:
            if asked.request is None:
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await asyncio.gather(_pump(reader, upstream_writer), _pump(upstream_reader, writer))
            else:
                browser = _End(reader, writer, h11.Connection(h11.SERVER))
                server = _End(upstream_reader, upstream_writer, h11.Connection(h11.CLIENT, HEAD_LIMIT))
                await _pass_on(asked.request, browser, server)
        finally:
            upstream_writer.close()

    async def _refuse(self, writer: asyncio.StreamWriter, asked: _Asked | None, why: Missed) -> None:
        if asked is not None:
            self._missed(asked.host, why)
        status = "403 Forbidden" if why == "forbidden" else "502 Bad Gateway"
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()


async def _opened(way: Way) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect, through a tunnel where there is a proxy; raises :class:`OSError` where that fails.

    What drops every packet, as a network does without its VPN, fails like what refuses them.
    """
    async with asyncio.timeout(TUNNEL_SECONDS):
        try:
            reader, writer = await asyncio.open_connection(*way.address)
        except UnicodeError as error:
            raise no_name(way.address[0]) from error
        if way.tunnel:
            try:
                writer.write(way.tunnel)
                await _read_grant(reader)
            except BaseException:
                writer.close()
                raise
    return reader, writer


async def _read_grant(reader: asyncio.StreamReader) -> None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        head = b""
    if not granted(head):
        raise ConnectionRefusedError("the proxy opened no tunnel")


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while octets := await source.read(PIECE):
            sink.write(octets)
            await sink.drain()
    except OSError:
        pass
    finally:
        sink.close()


@dataclass(frozen=True)
class _End:
    """One end of a request that is passed on: its connection, and how far its messages have come."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    messages: h11.Connection

    async def read(self) -> h11.Event:
        """Return the next piece of what is said at this end."""
        while not isinstance(piece := self.messages.next_event(), h11.Event):
            self.messages.receive_data(await self.reader.read(PIECE))
        return piece

    async def write(self, piece: h11.Event) -> None:
        """Say the next piece to this end."""
        self.writer.write(self.messages.send(piece) or b"")
        await self.writer.drain()


async def _pass_on(request: h11.Request, browser: _End, server: _End) -> None:
    """Pass one request on and its response back, and not an octet beyond either.

    A browser uses its connection to a proxy again for whichever host comes next: what it sends after its
    request is not this server's, and what a server says after its response is nobody's.
    """
    head = server.messages.send(request) or b""
    server.writer.write(head)
    # The body is read by what the server was told of its length, not by what the browser wrote.
    browser.messages.receive_data(head)
    browser.messages.next_event()
    try:
        async with asyncio.TaskGroup() as both:
            asking = both.create_task(_pass_body(browser, server))
            await _pass_message(server, browser)
            server.writer.close()
            # A browser that is still sending would lose its response to a reset (RFC 9112 section 9.6).
            browser.writer.write_eof()
            await asyncio.wait((asking,), timeout=LINGER_SECONDS)
            asking.cancel()
    except* (OSError, h11.ProtocolError):
        pass  # One of them has hung up, or speaks no HTTP, and so the other one's connection ends as well.


async def _pass_body(browser: _End, server: _End) -> None:
    """Pass on the rest of a request, and discard what comes after it; raises when the browser hangs up."""
    # A server may answer and hang up before it has read everything, and its answer counts.
    with contextlib.suppress(OSError):
        await _pass_message(browser, server)
    while await browser.reader.read(PIECE):
        pass
    raise ConnectionAbortedError("the browser has hung up")


async def _pass_message(source: _End, sink: _End) -> None:
    """Pass on what is left of one message."""
    piece: h11.Event | None = None
    while not isinstance(piece, h11.EndOfMessage):
        piece = await source.read()
        if isinstance(piece, h11.Response | h11.InformationalResponse):
            piece = _of_this_connection(piece)
        await sink.write(piece)


def _of_this_connection(
    response: h11.Response | h11.InformationalResponse,
) -> h11.Response | h11.InformationalResponse:
    """Return the head of a response without what holds for its server's connection only.

    h11 says of its own accord that this connection closes, because the request has said so.
    """
    fields = response.headers.raw_items()
    kept = [(name, value) for name, value in fields if name.lower() not in _OF_THE_CONNECTION]
    return type(response)(status_code=response.status_code, headers=kept, reason=response.reason)


@dataclass(frozen=True)
class _Asked:
    """What a proxy is asked for.

    Attributes:
        request: The head of a plain request as its server takes it; none for a tunnel.
    """

    host: str
    port: int
    request: h11.Request | None = field(default=None, repr=False)


def _asked(head: bytes) -> _Asked | None:
    """Read the head of a CONNECT request or of one over plain http; return ``None`` for anything else."""
    line, _, fields = head.partition(b"\r\n")
    words = line.decode("latin-1").split(" ")
    if len(words) != 3:
        return None
    method, target, version = words
    if method == "CONNECT":
        host, _, port = target.rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        good = _HOST.match(host) and _PORT.match(port) and 0 < int(port) < 65_536
        return _Asked(host, int(port)) if good else None
    with contextlib.suppress(ValueError, h11.LocalProtocolError):
        url = urlsplit(target)
        host = url.hostname or ""
        # An older client could not read the chunks in which it would be told where a response ends.
        if url.scheme == "http" and _HOST.match(host) and version == "HTTP/1.1":
            path = target.partition("://")[2].removeprefix(url.netloc) or "/"
            return _Asked(host, url.port or 80, _request(method, path, url.netloc, fields))
    return None


def _request(method: str, path: str, authority: str, fields: bytes) -> h11.Request:
    """Return a plain request as its server takes it.

    Raises:
        ValueError: When a line is no field, or two fields say where the body ends.
        h11.LocalProtocolError: When a field, or the length of the body, cannot be read.

    Source: RFC 9112 sections 3.2.2 and 6.3.
    """
    pairs = [line.split(b":", 1) for line in fields.split(b"\r\n") if line]
    if {name.lower() for name, _ in pairs} >= _LENGTHS:
        raise ValueError("a body with two lengths")
    kept = [
        (name, value.strip(b" \t"))
        for name, value in pairs
        if name.lower() not in _OF_THE_CONNECTION and name.lower() != b"host"
    ]
    # One connection of a browser's may ask for several hosts; closing it keeps them apart.
    own = ((b"Host", authority.rpartition("@")[2].encode()), (b"Connection", b"close"))
    return h11.Request(method=method, target=path, headers=[*own, *kept])


_HOST = re.compile(r"[A-Za-z0-9._:-]+\Z")
"""A host as browsers write it, so that nothing else is passed on to a proxy."""

_PORT = re.compile(r"[0-9]{1,5}\Z")

_LENGTHS = frozenset({b"content-length", b"transfer-encoding"})

_OF_THE_CONNECTION = frozenset({b"connection", b"proxy-connection", b"keep-alive", b"upgrade"})
