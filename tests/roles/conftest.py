"""A running harness without a browser, and people who use it over HTTP."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from harness.browser.login import customer
from harness.clock import ManualClock
from harness.config import Config
from harness.net import MappedTransport
from harness.server import RunningServer, running
from tests.chatting import Chat, chatting

START = 1_790_000_000.0


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


OpenChat = Callable[..., Chat]


@pytest.fixture
def open_chat(server: RunningServer) -> Iterator[OpenChat]:
    """Opens a WebSocket of a chat window, or of another page, and greets with a session token."""
    with contextlib.ExitStack() as stack:
        yield lambda token, **more: stack.enter_context(chatting(server, token, **more))


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
