"""A bad line to the authorization server: what listens at its far end instead, and breaks what passes.

The line lies below HTTP: names that nobody knows, connections that nobody takes, handshakes that fail, octets
that no server would send. Those who ask know nothing of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import ssl
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlsplit

import httpx2

from harness.clock import Clock, ManualClock, MovableClock
from harness.net import MappedTransport, NameMap, Way

Door = Literal["refused", "plain", "good", "incomplete"]
"""Where a connection is taken: nowhere, without TLS, with a certificate and its chain, with that alone."""

_TOO_OLD = bytes((21, 3, 1, 0, 2, 2, 70))
"""What a server that knows old versions only says to a greeting: protocol_version (RFC 8446 section 6.2)."""

_ASKED_FOR_TUNNEL = b"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n"
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER of a socket whose closing is a reset."""


@dataclass(frozen=True, kw_only=True)
class Sent:
    """An answer as its octets are about to go over the line.

    Attributes:
        octets: All of them, status line included.
        reset: Whether the connection is reset after them instead of closed.
    """

    octets: bytes
    reset: bool = False

    @property
    def head(self) -> bytes:
        """Status line and fields, with the empty line."""
        head, end, _ = self.octets.partition(b"\r\n\r\n")
        return head + end

    @property
    def body(self) -> bytes:
        """What follows the head."""
        return self.octets[len(self.head) :]


@dataclass(frozen=True, kw_only=True)
class Line:
    """What is wrong with the line from the platform's servers to the authorization server.

    Attributes:
        name: What the name server says of the host.
        refused: Whether nobody takes the connection.
        proxy: What a proxy in between answers to the request for a tunnel, ``None`` without one.
        handshake: How the far end greets: with a certificate and its chain, with an old version of TLS, or
            with a certificate alone.
        slow: Seconds that each exchange takes, by the injected clock.
        answer: What becomes of each answer, one change after the other.
        for_browsers: Whether the consumer's browser has the same line.
    """

    name: Literal["known", "unknown", "unanswered"] = "known"
    refused: bool = False
    proxy: bytes | None = None
    handshake: Literal["good", "old", "incomplete"] = "good"
    slow: float = 0
    answer: tuple[Callable[[Sent], Sent], ...] = ()
    for_browsers: bool = False

    @property
    def door(self) -> Door:
        """Where it leads."""
        if self.refused:
            return "refused"
        if self.proxy is not None or self.handshake == "old":
            return "plain"
        return self.handshake


_NAME_SERVER = {
    "unknown": socket.gaierror(socket.EAI_NONAME, "no such name"),
    "unanswered": socket.gaierror(socket.EAI_AGAIN, "the name server failed"),
}


_GOODBYE_SECONDS = 2.0

Doors = Mapping[Door, tuple[str, int]]
"""The addresses at the far end."""


class BadWays(NameMap):
    """The name map of somebody who has a bad line, while they have it.

    Args:
        names: The good map.
        hosts: The names that are reached over the line.
        doors: Where it leads.
        line: Returns the line; ``None`` while it is good.
    """

    def __init__(
        self, names: NameMap, hosts: frozenset[str], doors: Doors, line: Callable[[], Line | None]
    ) -> None:
        super().__init__({})
        self._good, self._hosts, self._doors, self._line = names, hosts, doors, line

    @property
    def bounded(self) -> bool:
        """Whether there is a world outside, of which only what is named is reached."""
        return self._good.bounded

    def names(self, host: str) -> bool:
        """Tell whether a browser may go to a host of the outside at all, on whichever port."""
        return self._good.names(host)

    def way(self, host: str, port: int, *, browser: bool) -> Way | None:
        """Return the way to ``host:port``, which over a bad line leads elsewhere.

        Raises:
            socket.gaierror: When the name server does not know the name, or does not answer.
        """
        line = self._line()
        if line is None or host not in self._hosts or port != 443 or browser > line.for_browsers:
            return self._good.way(host, port, browser=browser)
        if line.name != "known":
            raise _NAME_SERVER[line.name]
        tunnel = b"" if line.proxy is None else _ASKED_FOR_TUNNEL.replace(b"{host}", host.encode())
        return Way(address=self._doors[line.door], tunnel=tunnel, named=True)


class LineTransport(httpx2.BaseTransport):
    """The back channel's transport of somebody whose line may go bad: nothing is kept open over a bad one.

    Args:
        good: The transport of the good line.
        names: The map while it is bad.
        trust: The TLS context.
        line: Returns the line; ``None`` while it is good.
    """

    def __init__(
        self, good: httpx2.BaseTransport, names: NameMap, trust: ssl.SSLContext, line: Callable[[], object]
    ) -> None:
        self._good, self._names, self._trust, self._line = good, names, trust, line

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request over the line that there is."""
        if self._line() is None:
            return self._good.handle_request(request)
        # A connection of its own: one that was opened before would know nothing of what has changed.
        request.headers["Connection"] = "close"
        return MappedTransport(self._names, self._trust).handle_request(request)

    def close(self) -> None:
        """Close the connections of the good line."""
        self._good.close()


class LineServer:
    """The far end of a bad line: takes connections, and passes on what the line lets through.

    Args:
        names: Where the real server is.
        trust: By what it is known.
        clock: Passes while something is slow.
        line: Returns the line.
    """

    def __init__(
        self, names: NameMap, trust: ssl.SSLContext, clock: Clock, line: Callable[[], Line | None]
    ) -> None:
        self._names, self._trust, self._clock, self._line = names, trust, clock, line

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Handle one connection: the callback of :func:`asyncio.start_server`."""
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                await self._serve(self._line() or Line(), reader, writer)
        finally:
            await _closed(writer)

    async def _serve(self, line: Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if line.proxy is not None:
            await reader.readuntil(b"\r\n\r\n")
            await _write(writer, line.proxy)
            return
        if line.handshake == "old":
            await reader.read(4096)
            await _write(writer, _TOO_OLD)
            return
        sent = Sent(octets=await self._passed_on(await _request(reader)))
        if isinstance(self._clock, MovableClock | ManualClock):
            self._clock.advance(line.slow)
        for change in line.answer:
            sent = change(sent)
        await _write(writer, sent.octets)
        if sent.reset:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            writer.transport.abort()

    async def _passed_on(self, request: bytes) -> bytes:
        """Return what the real server answers, whole."""
        host = _field(request, b"host")
        address = self._names.resolve(urlsplit(f"//{host}").hostname or "", 443)
        assert address is not None, "only mapped names have a bad line"
        reader, writer = await asyncio.open_connection(*address, ssl=self._trust, server_hostname=host)
        try:
            writer.write(request)
            return await reader.read()
        finally:
            writer.transport.abort()  # it has said all that it was asked for


async def _closed(writer: asyncio.StreamWriter) -> None:
    """Close a connection, and cut it off where the other side takes its time to say goodbye."""
    writer.close()
    try:
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(_GOODBYE_SECONDS):
                await writer.wait_closed()
    finally:
        writer.transport.abort()


async def _write(writer: asyncio.StreamWriter, octets: bytes) -> None:
    writer.write(octets)
    await writer.drain()


async def _request(reader: asyncio.StreamReader) -> bytes:
    """Read one request, and ask for the end of the connection after its answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    body = await reader.readexactly(int(length[1])) if length else b""
    start, _, fields = head.partition(b"\r\n")
    kept = [one for one in fields.split(b"\r\n") if not one.lower().startswith(b"connection:")]
    return b"\r\n".join((start, b"Connection: close", *kept)) + body


def _field(head: bytes, name: bytes) -> str:
    lines = (line.partition(b":") for line in head.split(b"\r\n"))
    return next(value.strip().decode("latin-1") for key, _, value in lines if key.lower() == name)


def answer_with(octets: bytes) -> Callable[[Sent], Sent]:
    """Answer with other octets."""
    return lambda sent: replace(sent, octets=octets)


def cut(share: float) -> Callable[[Sent], Sent]:
    """Let only a share of the body through."""
    return lambda sent: replace(sent, octets=sent.head + sent.body[: int(len(sent.body) * share)])


def reset() -> Callable[[Sent], Sent]:
    """Reset the connection after what has been sent."""
    return lambda sent: replace(sent, reset=True)


def fields(octets: bytes) -> Callable[[Sent], Sent]:
    """Put further field lines into the head, whatever they are."""
    return lambda sent: replace(sent, octets=sent.head[:-2] + octets + b"\r\n" + sent.body)


def chunked(*, size: str | None = None, last: bool = True) -> Callable[[Sent], Sent]:
    """Send the body in one chunk (RFC 9112 section 7.1).

    Args:
        size: What stands for its size.
        last: Whether the chunk that ends the body follows.
    """

    def change(sent: Sent) -> Sent:
        head = re.sub(
            rb"content-length:[^\r]*", b"Transfer-Encoding: chunked", sent.head, flags=re.IGNORECASE
        )
        said = size if size is not None else f"{len(sent.body):x}"
        end = b"0\r\n\r\n" if last else b""
        return replace(sent, octets=head + said.encode() + b"\r\n" + sent.body + b"\r\n" + end)

    return change
