"""A host that nobody should contact, and a page that asks for it in every way that a page has."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import trustme
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import pages
from .serving import LOOPBACK, Site

NAME = "stats.canary.example"
"""The canary's name, which no name server knows."""

PLACES = ("127.0.0.1", "localhost", "any.localhost")
"""What leads to it without anybody's help."""

DISCOVERY = "/.well-known/openid-configuration"


class Canary(ThreadingHTTPServer):
    """A server on loopback that tells of every connection, TLS or not, and of every request.

    Attributes:
        authority: Who answers for its certificate.
        connections: How many there were.
        agents: The ``User-Agent`` of each request, by its path.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__((LOOPBACK, 0), _Answer)
        self.authority = trustme.CA(organization_name="canary")
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert(NAME).configure_cert(self._tls)
        self._datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._datagrams.setblocking(False)
        self._datagrams.bind((LOOPBACK, 0))
        self.connections = 0
        self.agents: dict[str, str] = {}

    @property
    def address(self) -> str:
        """Address and port."""
        return f"{LOOPBACK}:{self.server_address[1]}"

    @property
    def datagrams(self) -> str:
        """Address and port to which datagrams may be sent."""
        return f"{LOOPBACK}:{self._datagrams.getsockname()[1]}"

    def heard_a_datagram(self) -> bool:
        """Tell whether one came."""
        try:
            return bool(self._datagrams.recv(1))
        except BlockingIOError:
            return False

    def get_request(self) -> tuple[socket.socket, Any]:
        """Count a connection; its handshake is made when it is first read, in a thread of its own."""
        connection, peer = super().get_request()
        self.connections += 1
        return self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), peer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of what is no TLS: it was counted."""

    @contextlib.contextmanager
    def listening(self) -> Iterator[Canary]:
        """Answer until the block ends."""
        thread = threading.Thread(target=self.serve_forever, name="canary", daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.shutdown()
            self.server_close()
            self._datagrams.close()
            thread.join()


class _Answer(BaseHTTPRequestHandler):
    server: Canary

    def do_GET(self) -> None:
        self.server.agents[self.path] = self.headers.get("User-Agent", "")
        self.send_response(200)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Keep stderr clean."""


def asking(site: Site, canary: Canary) -> Site:
    """Return a brand whose page asks for the canary, and whose page method needs it.

    Its discovery document sends relying parties there too.
    """
    head = pages.text("canary/asks.html", host=NAME, canary=canary, places=PLACES)
    end = pages.text("canary/needs.html", host=NAME)
    ((host, app),) = site.hosts.items()
    found = {"issuer": f"https://{host}", "jwks_uri": f"https://{NAME}/jwks"}

    async def asks(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == DISCOVERY:
            await JSONResponse(found)(scope, receive, send)
            return
        response = await _answer(app, scope, receive)
        if response.headers.get("content-type", "").startswith("text/html"):
            html = bytes(response.body).decode().replace("<head>", f"<head>{head}")
            response.body = html.replace("</body>", f"{end}</body>").encode()
            response.headers["content-length"] = str(len(response.body))
        await response(scope, receive, send)

    return replace(site, hosts={host: asks})


async def _answer(app: ASGIApp, scope: Scope, receive: Receive) -> Response:
    """Return what an application answers, whole."""
    response = Response()
    body = bytearray()

    async def hold(message: Message) -> None:
        if message["type"] == "http.response.start":
            response.status_code, response.raw_headers = message["status"], list(message["headers"])
        else:
            body.extend(message.get("body", b""))

    await app(scope, receive, hold)
    response.body = bytes(body)
    return response
