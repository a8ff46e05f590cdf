"""Asking the browsers' proxy, as a browser does, for the hosts of a brand."""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from harness.config import Config, Connector
from harness.net import NameMap, Outside
from harness.own_brand import BrandPage, Network
from harness.proxy import ConnectProxy

PATIENCE = 30
"""Seconds after which a connection, or an answer, will never come."""

NOBODY = "stranger.example"
SHOP = "www.acme.example"


def config(**network: Any) -> Config:
    """Return a brand's configuration: its page, its issuer and its keys, each on a host of its own."""
    connector = Connector(
        id="acme",
        flow="implicit",
        issuer="https://login.acme.example",
        client_id="platform",
        jwks_uri="https://keys.acme.example:8443/jwks",
    )
    page = BrandPage(page=f"https://{SHOP}/account")
    return Config(brand=page, connectors=(connector,), network=Network(**network))


def outside(**network: Any) -> NameMap:
    """Return the names of that brand, nothing of ours beside them."""
    return NameMap({}, outside=Outside.of(config(**network)))


@dataclass(kw_only=True)
class Asked:
    """What came of asking the browsers' proxy: the first line of its answer, and what it told of."""

    status: str
    missed: list[tuple[str, str]]


def ask(names: NameMap, head: str) -> Asked:
    """Ask the browsers' proxy once, as a browser does."""
    missed: list[tuple[str, str]] = []

    async def run() -> bytes:
        proxy = ConnectProxy(names, lambda host, why: missed.append((host, why)))
        server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(f"{head}\r\n\r\n".encode())
        async with asyncio.timeout(PATIENCE):
            answer = await reader.readuntil(b"\r\n\r\n")
        writer.close()
        server.close()
        await proxy.close()
        return answer

    # In a thread: a driver of the suite's may have its loop in this one.
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(asyncio.run, run()).result()
    return Asked(status=answer.split(b"\r\n")[0].decode().partition(" ")[2], missed=missed)


def connect(host: str, port: int = 443) -> str:
    """Return the head that asks for a tunnel."""
    return f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}"


def there(server: socket.socket) -> str:
    """Return a server's address as the configuration writes it."""
    host, port = server.getsockname()
    return f"{host}:{port}"
