"""``harness serve`` as a process of its own, and consumers who reach it through the proxy that it prints."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import re
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from socket import create_connection, socket
from types import SimpleNamespace
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import SecretStr
from websockets.sync.client import connect
from websockets.typing import Origin

from harness.config import Config
from harness.held import Held
from harness.net import NameMap, Outside
from harness.own_brand import Network
from harness.roles.seams import Seams
from harness.server import hosts
from harness.tls import RunTls
from tests.chatting import PATIENCE, Chat

ENGAGEMENT, FLOW = "embedded.code-pkce.strict", "code-pkce"

_PROXY = re.compile(r"--proxy-server=http://127\.0\.0\.1:(\d+)")
_PIN = re.compile(r"--ignore-certificate-errors-spki-list=(\S+)")


@dataclass(frozen=True, kw_only=True)
class Served:
    """A server in another process, as its consumers see it.

    Attributes:
        process: The command.
        port: Its proxy's port.
        tls: What trusts its certificate, and no other one.
        said: What it has said on standard error before it answered.
    """

    process: subprocess.Popen[str]
    port: int
    tls: RunTls = field(repr=False)
    said: tuple[str, ...]
    config: Config = field(default_factory=Config)
    seams: Held[Seams] = field(default_factory=lambda: Held(Seams()))

    @property
    def names(self) -> NameMap:
        """Every host of the server, by way of its proxy."""
        network = Network(proxy=SecretStr(f"http://127.0.0.1:{self.port}"))
        return NameMap({}, outside=Outside(named=frozenset(hosts(self.config)), network=network))

    @contextlib.contextmanager
    def chatting(self, token: str) -> Iterator[Chat]:
        """Open the WebSocket of a chat window for the length of the block."""
        host = self.config.sites.platform
        origin = Origin(f"https://{host}")
        sock = _tunnel(self.port, host)
        with connect(
            f"wss://{host}/ws",
            sock=sock,
            ssl=self.tls.client,
            origin=origin,
            open_timeout=PATIENCE,
            proxy=None,
        ) as opened:
            chat = Chat(socket=opened)
            chat.say(token=token)
            yield chat

    def workers(self) -> tuple[int, ...]:
        """Return the processes that answer, as it has said when they did."""
        return tuple(int(one) for one in re.findall(r"\d+", self.said[-1].partition("processes")[2]))


@contextlib.contextmanager
def serving(
    folder: Path, environment: Mapping[str, str], *, database: str | None = None, workers: int = 1
) -> Iterator[Served]:
    """Run ``harness serve`` until the block ends; whatever is left of it then is killed.

    Args:
        folder: For its temporary files.
        environment: What its environment has beside this one's.
        database: Its PostgreSQL database; a file when left out.
        workers: How many processes answer.
    """
    named = {"HARNESS_DATABASE": database} if database else {}
    clean = {name: value for name, value in os.environ.items() if name != "HARNESS_DATABASE"}
    with subprocess.Popen(
        [sys.executable, "-m", "harness", "serve", "--workers", str(workers)],
        env={**clean, "TMPDIR": str(folder), **environment, **named},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield _answering(process, workers)
        finally:
            process.kill()


def _answering(process: subprocess.Popen[str], workers: int) -> Served:
    assert process.stdout is not None
    assert process.stderr is not None
    printed, said = "", [""]
    while not (_PROXY.search(printed) and _PIN.search(printed)):
        line = process.stdout.readline()
        assert line, f"the server ended: {process.stderr.read()}"
        printed += line
    last = "Serving until" if workers == 1 else f"{workers} workers answer"
    while not said[-1].startswith(last):
        said.append(process.stderr.readline())
        assert said[-1], f"the server ended: {said}"
    proxy, pin = _PROXY.search(printed), _PIN.search(printed)
    assert proxy is not None
    assert pin is not None
    port = int(proxy[1])
    trust = _trust(port, pin[1].strip("'"))
    return Served(
        process=process, port=port, tls=cast("RunTls", SimpleNamespace(client=trust)), said=tuple(said)
    )


def _tunnel(port: int, host: str) -> socket:
    """Open a tunnel through the proxy."""
    sock = create_connection(("127.0.0.1", port), timeout=PATIENCE)
    sock.sendall(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n".encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        octet = sock.recv(1)
        assert octet, "the proxy hung up"
        head += octet
    assert b" 200 " in head
    return sock


def _trust(port: int, pin: str) -> ssl.SSLContext:
    """Return what trusts the one certificate whose key has been printed."""
    host = Config().sites.brand
    blind = ssl.create_default_context()
    blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
    with blind.wrap_socket(_tunnel(port, host), server_hostname=host) as sock:
        leaf = sock.getpeercert(binary_form=True)
    assert leaf is not None
    key = x509.load_der_x509_certificate(leaf).public_key()
    octets = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert pin == base64.b64encode(hashlib.sha256(octets).digest()).decode()
    trust = ssl.create_default_context(cadata=ssl.DER_cert_to_PEM_cert(leaf))
    trust.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    # As in tests/chatting.py: tickets of TLS 1.3 make a socket readable that has no message.
    trust.maximum_version = ssl.TLSVersion.TLSv1_2
    return trust
