"""One end of a conversation without a browser: the JSON frames of a WebSocket."""

from __future__ import annotations

import contextlib
import json
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from socket import create_connection
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from harness.wire import Reachable

PATIENCE = 30
"""Seconds after which a frame will never come."""


@dataclass(frozen=True, kw_only=True)
class Chat:
    """One end of a conversation."""

    socket: ClientConnection

    def hear(self) -> dict[str, Any]:
        """Return the next frame."""
        frame: dict[str, Any] = json.loads(self.socket.recv(timeout=PATIENCE))
        return frame

    def hear_until(self, type_: str) -> list[dict[str, Any]]:
        """Return the frames before the next one of a type."""
        return list(iter(self.hear, {"type": type_}))

    def say(self, **members: Any) -> None:
        """Send a frame."""
        self.socket.send(json.dumps(members))

    def closed(self) -> int | None:
        """Wait for the other side to close, and return its code."""
        with pytest.raises(ConnectionClosed):
            self.socket.recv(timeout=PATIENCE)
        return self.socket.close_code


@contextlib.contextmanager
def chatting(
    server: Reachable,
    token: str | None,
    *,
    host: str = "chat.platform.test",
    origin: str | None = None,
    cookie: str = "",
    **hello: Any,
) -> Iterator[Chat]:
    """Open a WebSocket of a chat window, or of another page, for the length of the block.

    Args:
        server: The running harness.
        token: The session token that it greets with; no greeting when ``None``.
        host: Whose WebSocket it is.
        origin: The page's origin; the host's own when left out.
        cookie: The cookies that it comes with.
        hello: What else the greeting says.
    """
    # The session tickets of TLS 1.3 make a socket readable that has no message, and then this client waits
    # where nothing can interrupt it.
    trust = ssl.create_default_context(cadata=server.tls.ca_pem.decode())
    trust.maximum_version = ssl.TLSVersion.TLSv1_2
    address = server.names.resolve(host, 443)
    assert address is not None
    with connect(
        f"wss://{host}/ws",
        sock=create_connection(address),
        ssl=trust,
        open_timeout=PATIENCE,
        origin=Origin(origin or f"https://{host}"),
        additional_headers={"Cookie": cookie} if cookie else None,
        proxy=None,
    ) as socket:
        chat = Chat(socket=socket)
        if token is not None:
            chat.say(token=token, **hello)
        yield chat
