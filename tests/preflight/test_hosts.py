"""What is seen of a host before anything is asked of it, on servers that are wrong in one way each."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest
import trustme

from harness.net import NameMap, Outside
from harness.own_brand import Network
from harness.preflight.hosts import HostSeen, look_at
from harness.preflight.model import Line, Undetermined
from harness.preflight.network import judge_host
from harness.preflight.ways import Ways

HOST = "login.acme.example"
NOW = datetime.datetime(2026, 11, 20, tzinfo=datetime.UTC)

Greet = Callable[[socket.socket], None]


@contextmanager
def answering(greet: Greet) -> Iterator[tuple[str, int]]:
    """Serve one connection after the other until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection, suppress(OSError):
                        greet(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()
        finally:
            # Closing alone does not wake a thread that waits in accept.
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def speaking_tls(context: ssl.SSLContext) -> Greet:
    """Shake hands, and wait for the other side to go."""

    def greet(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            secure.recv(1)

    return greet


def with_leaf(leaf: trustme.LeafCert, *, chain: bool = True) -> ssl.SSLContext:
    """Return a server's side that shows a certificate, with what belongs to it or without."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if chain:
        leaf.configure_cert(context)
        return context
    alone = leaf.private_key_pem.bytes() + leaf.cert_chain_pems[0].bytes()
    with trustme.Blob(alone).tempfile() as path:
        context.load_cert_chain(path)
    return context


def ways_to(address: tuple[str, int], authority: trustme.CA) -> Ways:
    """Return the way to the host, trusting one authority."""
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trust.minimum_version = ssl.TLSVersion.TLSv1_2
    authority.configure_trust(trust)
    return Ways(names=NameMap({HOST: address}), trust=trust)


def seen(greet: Greet, authority: trustme.CA) -> HostSeen:
    """Return what is seen of a host that greets so."""
    with answering(greet) as address:
        return look_at(ways_to(address, authority), HOST, 443, connect=5)


def judged(one: HostSeen) -> dict[str, str]:
    """Return the codes and what was observed."""
    said = judge_host(one, ("token_endpoint",), now=NOW.timestamp())
    return {found.code: found.observed for found in said if not isinstance(found, Line | Undetermined)}


def test_a_good_certificate_is_read(authority: trustme.CA) -> None:
    """Version and end are known, and nothing is found."""
    one = seen(speaking_tls(with_leaf(authority.issue_cert(HOST))), authority)

    assert (None, "TLSv1.3") == (one.failure, one.version)
    assert one.certificate is not None
    assert (HOST,) == one.certificate.names
    assert {} == judged(one)


def test_an_expired_certificate_is_named_with_its_end(authority: trustme.CA) -> None:
    """The day on which it ended is said."""
    ended = NOW - datetime.timedelta(days=365)
    leaf = authority.issue_cert(HOST, not_before=ended - datetime.timedelta(days=90), not_after=ended)

    assert {"net.tls_invalid": "a certificate that ended on 2025-11-20"} == judged(
        seen(speaking_tls(with_leaf(leaf)), authority)
    )


def test_a_certificate_for_another_name_is_named(authority: trustme.CA) -> None:
    """The names that it is for are said."""
    leaf = authority.issue_cert("www.acme.example")

    assert {"net.tls_invalid": "a certificate for www.acme.example"} == judged(
        seen(speaking_tls(with_leaf(leaf)), authority)
    )


def test_a_chain_without_its_middle_is_refused(authority: trustme.CA) -> None:
    """The root is trusted, and the server does not say how it gets there."""
    leaf = authority.create_child_ca().issue_cert(HOST)
    assert {} == judged(seen(speaking_tls(with_leaf(leaf)), authority))

    (observed,) = judged(seen(speaking_tls(with_leaf(leaf, chain=False)), authority)).values()

    assert "leads to nobody who is trusted" in observed


def test_a_server_that_speaks_no_tls_is_named(authority: trustme.CA) -> None:
    """Plain http on the port of https."""

    def plainly(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")

    assert {"net.tls_invalid": "no TLS on port 443"} == judged(seen(plainly, authority))


def test_old_versions_of_tls_are_named(authority: trustme.CA) -> None:
    """A server that answers the greeting with the alert that it knows older versions only."""
    alert = bytes((21, 3, 1, 0, 2, 2, 70))  # a fatal protocol_version, RFC 8446 section 6.2

    def old(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(alert)

    assert ["net.tls_version"] == list(judged(seen(old, authority)))


def test_a_closed_port_is_refused(authority: trustme.CA) -> None:
    """Nobody listens, and it is told where: at the map's address, not at the name's."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = closed.getsockname()

    one = look_at(ways_to(address, authority), HOST, 443, connect=5)

    where = f"127.0.0.1:{address[1]}, its address in [network] map"
    assert {"net.connect_failed": f"connection refused at {where}"} == judged(one)


def test_a_host_that_nobody_named_is_not_connected_to(authority: trustme.CA) -> None:
    """There is no way to it."""
    with answering(lambda connection: None) as address:
        one = look_at(ways_to(address, authority), "elsewhere.example", 443, connect=5)

    assert "nobody named it" == one.detail


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "net.proxy_auth"),
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "net.connect_failed"),
        (b"", "net.connect_failed"),
    ],
)
def test_a_proxy_that_opens_no_tunnel_is_named(answer: bytes, code: str, authority: trustme.CA) -> None:
    """It is the way out that fails, not the host."""

    def refuse(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(answer)

    with ExitStack() as stack:
        address = stack.enter_context(answering(refuse))
        proxy = f"http://{address[0]}:{address[1]}"
        outside = Outside(named=frozenset((HOST,)), network=Network.model_validate({"proxy": proxy}))
        ways = Ways(names=NameMap({}, outside=outside), trust=ssl.create_default_context())
        one = look_at(ways, HOST, 443, connect=5)

    assert [code] == list(judged(one))


def test_a_name_that_cannot_be_one_has_no_address(authority: trustme.CA) -> None:
    """It is not even asked for, because RFC 1035 allows no label of 64 characters."""
    host = f"{'a' * 64}.example"
    outside = Outside(named=frozenset((host,)), network=Network())
    ways = Ways(names=NameMap({}, outside=outside), trust=ssl.create_default_context())

    assert ["net.dns_failed"] == list(judged(look_at(ways, host, 443, connect=5)))
