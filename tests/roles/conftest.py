"""A running harness without a browser, and people who use it over HTTP."""

from __future__ import annotations

import contextlib
import json
import re
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from socket import create_connection
from typing import Any

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from harness.browser.login import customer
from harness.clock import ManualClock
from harness.config import Config
from harness.net import MappedTransport
from harness.server import RunningServer, running

START = 1_790_000_000.0
PATIENCE = 30
"""Seconds after which a frame will never come."""


@pytest.fixture(scope="session")
def clock() -> ManualClock:
    """The servers' clock, which stands still unless a test moves it."""
    return ManualClock(START)


@pytest.fixture(scope="session")
def server(clock: ManualClock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Every role, on loopback."""
    folder: Path = tmp_path_factory.mktemp("server")
    with running(Config(), folder=folder, clock=clock) as started:
        yield started


@dataclass(frozen=True, kw_only=True)
class Chat:
    """One end of a conversation: the JSON frames of a WebSocket."""

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


OpenChat = Callable[..., Chat]


@pytest.fixture
def open_chat(server: RunningServer) -> Iterator[OpenChat]:
    """Opens a WebSocket of a chat window, or of another page, and greets with a session token."""
    # The session tickets of TLS 1.3 make a socket readable that has no message, and then this client waits
    # where nothing can interrupt it.
    trust = ssl.create_default_context(cadata=server.tls.ca_pem.decode())
    trust.maximum_version = ssl.TLSVersion.TLSv1_2
    with contextlib.ExitStack() as stack:

        def open_(
            token: str | None,
            *,
            host: str = "chat.platform.test",
            origin: str | None = None,
            cookie: str = "",
            **hello: Any,
        ) -> Chat:
            address = server.names.resolve(host, 443)
            assert address is not None
            socket = connect(
                f"wss://{host}/ws",
                sock=create_connection(address),
                ssl=trust,
                open_timeout=PATIENCE,
                origin=Origin(origin or f"https://{host}"),
                additional_headers={"Cookie": cookie} if cookie else None,
                proxy=None,
            )
            chat = Chat(socket=stack.enter_context(socket))
            if token is not None:
                chat.say(token=token, **hello)
            return chat

        yield open_


@pytest.fixture
def visitor(server: RunningServer) -> Iterator[httpx2.Client]:
    """Somebody with a cookie jar of their own, not signed in."""
    with httpx2.Client(transport=MappedTransport(server.names, server.tls.client)) as client:
        yield client


@pytest.fixture
def signed_in(visitor: httpx2.Client) -> Callable[[str], httpx2.Client]:
    """Signs the visitor in to the shop, and so to its authorization server."""

    def sign_in(username: str) -> httpx2.Client:
        page = visitor.get("https://www.brand.test/login", follow_redirects=True)
        sent = visitor.post(
            "https://login.brand.test/login",
            data={"ticket": ticket(page), "username": username, "password": customer(username).password},
            headers={"Origin": "https://login.brand.test"},
            follow_redirects=True,
        )
        assert sent.url.path == "/account"
        return visitor

    return sign_in


def ticket(page: httpx2.Response) -> str:
    """Return the hidden ticket of a login or consent form."""
    found = re.search(r'name="ticket" value="([^"]+)"', page.text)
    assert found is not None, page.text
    return found[1]
