"""A host before which an overlay stands: what passes is what was sent, but for the header that is changed."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from harness import tls
from harness.clock import SystemClock
from harness.config import Config, Connector
from harness.overlays import Headers, Overlay
from harness.own_brand import BrandPage, Network
from harness.server import RunningServer, running

SHOP = "www.acme.example"
PATIENCE = 30
"""Seconds after which an answer will never come."""


@dataclass(kw_only=True)
class Shop:
    """The real server of a brand.

    Attributes:
        folder: Where the certificate of its authority is.
        address: The socket behind its host.
        status: What it answers with.
        headers: Its headers, in order, as octets.
        body: What it sends.
        asked: What it was asked: the first line, the headers, the body.
    """

    folder: Path
    address: tuple[str, int]
    status: int = 200
    headers: list[tuple[str, bytes]] = field(default_factory=list)
    body: bytes = b""
    asked: list[tuple[str, list[tuple[str, str]], bytes]] = field(default_factory=list)

    def config(self, *, port: int = 443) -> Config:
        """Return its configuration, the page on a port."""
        connector = Connector(
            id="acme",
            flow="implicit",
            issuer=f"https://{SHOP}",
            client_id="platform",
            jwks_uri=f"https://{SHOP}/jwks",
        )
        there = f"{self.address[0]}:{self.address[1]}"
        return Config(
            brand=BrandPage(page=f"https://{SHOP}:{port}/account"),
            connectors=(connector,),
            network=Network(map={SHOP: there}, ca=self.folder / "ca.pem"),
        )


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Serve a brand that answers what a test says."""
    certificates = tls.make(SHOP)
    (tmp_path / "ca.pem").write_bytes(certificates.ca_pem)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            made.asked.append((self.requestline, self.headers.items(), body))
            lines = [f"HTTP/1.1 {made.status} Whatever".encode()]
            lines += [name.encode() + b": " + value for name, value in made.headers]
            length = f"Content-Length: {len(made.body)}".encode()
            self.wfile.write(b"\r\n".join((*lines, length, b"", b"")))
            if self.command != "HEAD":
                self.wfile.write(made.body)

        do_GET = do_POST = do_HEAD = do_OPTIONS = answer  # noqa: N815 - http.server's own names

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = certificates.server.wrap_socket(server.socket, server_side=True)
    made = Shop(folder=tmp_path, address=server.socket.getsockname())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


def edit(headers: Headers) -> Headers:
    """Change one header, so that a test sees that the answer came this way."""
    return [*headers, ("x-mended", "yes")]


Ask = Callable[..., http.client.HTTPResponse]


@contextlib.contextmanager
def before(shop: Shop, *, port: int = 443) -> Iterator[tuple[RunningServer, Ask]]:
    """Stand before the shop, and give what asks it as a browser does: through the proxy."""
    host = SHOP if port == 443 else f"{SHOP}:{port}"
    overlay = Overlay(does="changes a header", host=host, edit=edit)
    with (
        running(shop.config(port=port), folder=shop.folder, clock=SystemClock(), overlay=overlay) as server,
        contextlib.ExitStack() as stack,
    ):
        trust = ssl.create_default_context(cadata=server.tls.ca_pem.decode())

        def ask(
            method: str = "GET", target: str = "/", **more: bytes | dict[str, str]
        ) -> http.client.HTTPResponse:
            loopback, _, number = server.proxy_url.removeprefix("http://").partition(":")
            client = http.client.HTTPSConnection(loopback, int(number), context=trust, timeout=PATIENCE)
            client.set_tunnel(SHOP, port)
            stack.callback(client.close)
            client.putrequest(method, target, skip_accept_encoding=True, skip_host=True)
            headers = more.get("headers", {})
            assert isinstance(headers, dict)
            for name, value in {"Host": host, **headers}.items():
                client.putheader(name, value)
            body = more.get("body")
            assert body is None or isinstance(body, bytes)
            if body is not None:
                client.putheader("Content-Length", str(len(body)))
            client.endheaders(body)
            return client.getresponse()

        yield server, ask


def test_an_answer_passes_but_for_what_is_changed(shop: Shop) -> None:
    """Status, body, compressed as it is, every header in order, and each cookie in a line of its own."""
    shop.status, shop.body = 418, gzip.compress(b"<title>Your account</title>")
    shop.headers = [
        ("Content-Type", b"text/html"),
        ("Content-Encoding", b"gzip"),
        ("Set-Cookie", b"a=1; Path=/"),
        ("Set-Cookie", b"b=2; Expires=Fri, 20 Nov 2026 12:00:00 GMT"),
        ("X-Name", "Ålesund".encode()),
        ("Keep-Alive", b"timeout=5"),
    ]
    with before(shop) as (_, ask):
        answer = ask()
        body = answer.read()

    assert (418, shop.body) == (answer.status, body)
    told = [(name, value) for name, value in answer.getheaders() if name != "date"]
    assert [
        ("content-type", "text/html"),
        ("content-encoding", "gzip"),
        ("set-cookie", "a=1; Path=/"),
        ("set-cookie", "b=2; Expires=Fri, 20 Nov 2026 12:00:00 GMT"),
        ("x-name", "Ålesund".encode().decode("latin-1")),
        ("content-length", str(len(body))),
        ("x-mended", "yes"),
    ] == told


def test_a_request_passes_as_it_was_sent(shop: Shop) -> None:
    """Method, address with its encoding, cookies, body and Host, and nothing of ours beside them."""
    target, form = "/a%2Fb%20c/ü?next=%2Fhome%3Fa&x=|'\"", b"name=%C3%A5"
    quoted = target.replace("ü", "%C3%BC")
    headers = {
        "Cookie": "sid=1; name=\xc3\xa5",
        "Origin": f"https://{SHOP}",
        "Accept-Encoding": "br",
        "User-Agent": "browser",
        "Accept": "*/*",
    }
    with before(shop) as (_, ask):
        assert 200 == ask("POST", quoted, body=form, headers=headers).status

    ((line, sent, body),) = shop.asked
    assert (f"POST {quoted} HTTP/1.1", form) == (line, body)
    held = {name.lower(): value for name, value in sent}
    assert {"host": SHOP, "content-length": str(len(form))}.items() <= held.items()
    assert {name.lower(): value for name, value in headers.items()}.items() <= held.items()
    assert {"connection"} >= held.keys() - {name.lower() for name in headers} - {"host", "content-length"}


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("OPTIONS", 204), ("GET", 304)])
def test_an_answer_without_a_body_has_none(method: str, status: int, shop: Shop) -> None:
    """The connection can be used for the next request."""
    shop.status = status
    with before(shop) as (_, ask):
        answer = ask(method)
        assert (status, b"") == (answer.status, answer.read())


def test_a_redirect_is_the_browsers_to_follow(shop: Shop) -> None:
    """Its address stays as it is, and the real server is asked once."""
    shop.status, shop.headers = 302, [("Location", b"/login?next=%2Faccount")]
    with before(shop) as (_, ask):
        answer = ask()

    assert (302, "/login?next=%2Faccount") == (answer.status, answer.getheader("location"))
    assert 1 == len(shop.asked)


def test_cookies_of_one_consumer_are_not_sent_for_the_next(shop: Shop) -> None:
    """They belong to the browser alone."""
    shop.headers = [("Set-Cookie", b"sid=alice; Path=/")]
    with before(shop) as (_, ask):
        ask().read()
        ask().read()

    assert not [name for _, sent, _ in shop.asked for name, _ in sent if name.lower() == "cookie"]


def test_a_port_of_ones_own_has_its_overlay_too(shop: Shop) -> None:
    """What stands before the page is reached on the page's port, and passes on to it."""
    with before(shop, port=8443) as (server, ask):
        assert "yes" == ask().getheader("x-mended")
        assert shop.address == _address(server, 443)

    assert f"{SHOP}:8443" == dict(shop.asked[0][1])["host"]


def _address(server: RunningServer, port: int) -> tuple[str, int] | None:
    way = server.names.way(SHOP, port, browser=True)
    return way.address if way else None


def test_a_real_server_that_is_gone_is_a_bad_gateway(shop: Shop) -> None:
    """So that the browser tells of it, and nothing is confirmed."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        shop.address = closed.getsockname()
    with before(shop) as (_, ask):
        answer = ask()

    assert (502, None) == (answer.status, answer.getheader("x-mended"))


def test_a_real_server_with_a_strangers_certificate_is_a_bad_gateway(shop: Shop) -> None:
    """Who stands before a host is as strict as the browser would have been."""
    (shop.folder / "ca.pem").write_bytes(tls.make(SHOP).ca_pem)
    with before(shop) as (_, ask):
        assert 502 == ask().status


def test_a_socket_that_is_upgraded_is_refused(shop: Shop) -> None:
    """Headers are all that is changed here; the page is told at once."""
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
    }
    with before(shop) as (_, ask):
        assert 403 == ask(headers=upgrade).status

    assert [] == shop.asked
