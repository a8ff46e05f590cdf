"""The servers as a browser reaches them: over https, and over plain http on the way there."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.routing import BaseRoute
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import Event
from websockets.typing import Origin
from websockets.uri import parse_uri

from harness.clock import SystemClock
from harness.config import Config
from harness.console import serving
from harness.net import MappedTransport
from harness.own_habits import LOOPBACK
from harness.roles import web
from harness.roles.seams import Page, Seams
from harness.server import RunningServer, running
from harness.wire import WireConsumer

ACCOUNT = "http://www.brand.test/account?surface=popup"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Every role, on loopback."""
    with running(Config(), folder=tmp_path_factory.mktemp("server"), clock=SystemClock()) as started:
        yield started


@pytest.fixture
def browser(server: RunningServer) -> Iterator[httpx2.Client]:
    """What asks for plain addresses through the proxy, as a browser does."""
    with httpx2.Client(proxy=server.proxy_url, trust_env=False) as client:
        yield client


class Nothing:
    """A part of the console without pages."""

    title, path = "Nothing", "/nothing"

    def routes(self, pages: web.Pages) -> Sequence[BaseRoute]:
        """Return none."""
        return []


def test_plain_http_leads_to_https(browser: httpx2.Client) -> None:
    """With path and query, and for a form with its body."""
    asked = browser.get(ACCOUNT)

    assert (308, ACCOUNT.replace("http:", "https:")) == (asked.status_code, asked.headers["location"])
    assert 308 == browser.post("http://www.brand.test/logout", data={"a": "b"}).status_code
    assert "https://www.brand.test/" == browser.get("http://www.brand.test").headers["location"]


def test_a_page_that_is_served_plain_is_reached_from_its_https_address(
    browser: httpx2.Client, server: RunningServer
) -> None:
    """The fault and nothing else: the platform's pages are where they were."""
    with server.composition.seams.put(Seams(page=Page(plain=True))):
        shown = browser.get(ACCOUNT)

    assert 200 == shown.status_code
    assert "Chat integration on this page: popup" in shown.text
    assert 308 == browser.get(ACCOUNT).status_code


@pytest.mark.parametrize(
    "url", ["http://www.elsewhere.example/", "http://www.brand.test:8080/", "http://127.0.0.1/"]
)
def test_a_plain_address_that_is_not_ours_is_refused(url: str, browser: httpx2.Client) -> None:
    """The proxy goes nowhere else."""
    assert 403 == browser.get(url).status_code


def test_one_connection_may_ask_for_several_hosts(browser: httpx2.Client) -> None:
    """Each request gets its own host's answer."""
    hosts = ("www.brand.test", "chat.platform.test", "www.brand.test")

    assert [f"https://{host}/" for host in hosts] == [
        browser.get(f"http://{host}/").headers["location"] for host in hosts
    ]


def test_a_window_that_says_goodbye_while_the_server_stops_disturbs_nobody(tmp_path: Path) -> None:
    """The goodbye is answered, the client has not hung up yet, and the server ends without an error."""
    platform = "chat.platform.test"
    spoken = ClientProtocol(parse_uri(f"wss://{platform}/ws"), origin=Origin(f"https://{platform}"))
    with contextlib.ExitStack() as client:
        with running(Config(), folder=tmp_path, clock=SystemClock()) as server:
            address = server.names.resolve(platform, 443)
            assert address is not None
            plain = client.enter_context(socket.create_connection(address))
            secure = client.enter_context(server.tls.client.wrap_socket(plain, server_hostname=platform))

            spoken.send_request(spoken.connect())
            opened = _heard(spoken, secure)
            spoken.send_close()
            closed = _heard(spoken, secure)

        assert isinstance(opened, Response)
        assert isinstance(closed, Frame)
        assert (101, Opcode.CLOSE) == (opened.status_code, closed.opcode)


def test_one_process_may_have_its_memory_in_postgresql(
    new_database: Callable[[str, Path], str], tmp_path: Path
) -> None:
    """What it remembers is there when it has ended."""
    config = Config(database=new_database("postgresql", tmp_path))
    with running(config, folder=tmp_path, clock=SystemClock()) as server, WireConsumer(server) as alice:
        alice.sign_in("alice")
        call = alice.open_call("embedded.code-pkce.strict")
        assert "authenticated" == alice.hand_over(call, alice.page_answer(call, "code-pkce"))["outcome"]
    with running(config, folder=tmp_path, clock=SystemClock()) as server:
        (profile,) = server.store.people.profiles()

    assert "Alice" == profile.verified["given_name"]


def test_every_server_listens_on_this_machine_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every socket of the servers, the proxy and the console, on a port that the system chooses."""
    bound: list[tuple[str, int]] = []

    class Noting(socket.socket):
        def bind(self, address: Any) -> None:
            bound.append(address)
            super().bind(address)

    monkeypatch.setattr(socket, "socket", Noting)
    with running(Config(), folder=tmp_path, clock=SystemClock()), serving(Nothing()):
        pass

    assert len(bound) > 4
    assert {(LOOPBACK, 0)} == set(bound)


def test_a_socket_for_a_foreign_host_name_is_refused(server: RunningServer) -> None:
    """A page that has rebound its name opens no WebSocket either."""
    spoken = ClientProtocol(parse_uri("wss://evil.example/ws"), origin=Origin("https://evil.example"))
    platform = server.config.sites.platform
    address = server.names.resolve(platform, 443)
    assert address is not None
    with (
        socket.create_connection(address) as plain,
        server.tls.client.wrap_socket(plain, server_hostname=platform) as secure,
    ):
        spoken.send_request(spoken.connect())
        answer = _heard(spoken, secure)

    assert isinstance(answer, Response)
    assert 403 == answer.status_code


def test_every_run_has_keys_and_an_authority_of_its_own(tmp_path: Path, server: RunningServer) -> None:
    """What opens the workspace, the backend and the certificates of one run opens nothing of another."""
    with running(Config(), folder=tmp_path, clock=SystemClock()) as other:
        pairs = [
            (one.agent_key, one.composition.backend_token, one.tls.ca_pem, one.tls.spki_pin)
            for one in (server, other)
        ]

    assert all(mine != theirs for mine, theirs in zip(*pairs, strict=True))


def test_no_address_puts_a_fault_in(server: RunningServer) -> None:
    """Faults are put in by the process that runs the servers; over the network there is no switch."""
    with httpx2.Client(transport=MappedTransport(server.names, server.tls.client)) as visitor:
        before = server.seams.now
        statuses = {
            visitor.post(f"https://{host}/{path}", headers={"Origin": f"https://{host}"}).status_code
            for host in server.config.served
            for path in ("faults", "seams", "fault", "control")
        }

    assert statuses <= {404, 405}
    assert before is server.seams.now


def _heard(spoken: ClientProtocol, secure: ssl.SSLSocket) -> Event:
    """Send what is to be sent and return what comes back first."""
    for data in spoken.data_to_send():
        secure.sendall(data)
    while not (events := spoken.events_received()):
        spoken.receive_data(secure.recv(4096))
    return events[0]
