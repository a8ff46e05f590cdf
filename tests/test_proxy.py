"""What the browsers' proxy takes for a request, and how long it waits for one."""

from __future__ import annotations

import asyncio

import pytest

from harness.net import NameMap
from harness.proxy import ConnectProxy
from tests.proxying import Asked, ask, outside


@pytest.mark.parametrize(
    "head",
    [
        "CONNECT www.acme.example HTTP/1.1",
        "CONNECT www.acme.example:0 HTTP/1.1",
        "CONNECT www.acme.example:65536 HTTP/1.1",
        "CONNECT evil.example:443\nX:.acme.example:443 HTTP/1.1",
        "GET https://www.acme.example/ HTTP/1.1",
        "GET / HTTP/1.1",
        "hello",
    ],
)
def test_what_asks_for_no_host_is_refused(head: str) -> None:
    """Nothing is told of, because nobody was asked for; a line that smuggles another one goes nowhere."""
    assert Asked(status="403 Forbidden", missed=[]) == ask(outside(allow=("*.acme.example",)), head)


def test_who_asks_for_nothing_is_not_waited_for() -> None:
    """A connection to the proxy has its time to say where it goes."""

    async def run() -> bytes:
        proxy = ConnectProxy(NameMap({}), patience=0)
        server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        async with server:
            heard = await reader.read()
            writer.close()
        return heard

    assert b"" == asyncio.run(run())
