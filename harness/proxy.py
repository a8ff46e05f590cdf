"""The browsers' proxy: tunnels to the hosts of the name map, and requests over plain http."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from harness.net import TUNNEL_SECONDS, NameMap, Way, granted, no_name

ASKING_SECONDS = 60.0
"""How long a browser may keep a connection to its proxy without asking for anything."""

Missed = Literal["forbidden", "unreachable"]
"""Why a host was not reached: nobody named it, or nobody answered."""


class ConnectProxy:
    """A loopback proxy that sees host and port only, and refuses names outside the map.

    Browsers are given this proxy per context, so that they see port 443, the real names and the servers'
    own certificates, in every engine alike (RFC 9110 section 9.3.6). What they ask for over plain http is
    passed on one request at a time (RFC 9112 section 3.2.2).

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
                await self._tunnel(reader, writer)
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

    async def _tunnel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
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
            (upstream_writer if asked.forwarded else writer).write(
                asked.forwarded or b"HTTP/1.1 200 Connection established\r\n\r\n"
            )
            await asyncio.gather(_pump(reader, upstream_writer), _pump(upstream_reader, writer))
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
        while octets := await source.read(64 * 1024):
            sink.write(octets)
            await sink.drain()
    except OSError:
        pass
    finally:
        sink.close()


@dataclass(frozen=True)
class _Asked:
    """What a proxy is asked for.

    Attributes:
        forwarded: The head of a plain request as its server takes it; empty for a tunnel.
    """

    host: str
    port: int
    forwarded: bytes = b""


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
        good = _HOST.match(host) and port.isdecimal() and 0 < int(port) < 65_536
        return _Asked(host, int(port)) if good else None
    with contextlib.suppress(ValueError):
        url = urlsplit(target)
        host = url.hostname or ""
        if url.scheme == "http" and _HOST.match(host):
            path = target.partition("://")[2].removeprefix(url.netloc) or "/"
            # One connection of a browser's may ask for several hosts; closing it keeps them apart.
            kept = [one for one in fields.split(b"\r\n") if not one.lower().startswith(_OF_THE_CONNECTION)]
            start = f"{method} {path} {version}\r\nConnection: close\r\n".encode("latin-1")
            return _Asked(host, url.port or 80, start + b"\r\n".join(kept))
    return None


_HOST = re.compile(r"[A-Za-z0-9._:-]+\Z")
"""A host as browsers write it, so that nothing else is passed on to a proxy."""

_OF_THE_CONNECTION = (b"connection:", b"proxy-connection:", b"keep-alive:")
