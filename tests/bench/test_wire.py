"""The benchmark's client against a server that says what it is told to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from e2e.bench.wire import Connection, Visitor

Serve = Callable[..., int]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve whole answers, one for each request, on one connection after the other; returns the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []

    def answer(connections: tuple[tuple[bytes, ...], ...], heard: list[bytes]) -> None:
        for answers in connections:
            connection, _ = listener.accept()
            with connection:
                for octets in answers:
                    heard.append(connection.recv(1 << 16))
                    connection.sendall(octets)

    def start(*connections: tuple[bytes, ...], heard: list[bytes] | None = None) -> int:
        threads.append(threading.Thread(target=answer, args=(connections, [] if heard is None else heard)))
        threads[-1].start()
        port: int = listener.getsockname()[1]
        return port

    with listener:
        yield start
        for thread in threads:
            thread.join()


PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\n\r\n"
CLOSED = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi"
NOTHING = b"HTTP/1.1 204 No Content\r\n\r\n"


def test_answers_of_every_form_are_read_from_one_connection(serve: Serve) -> None:
    """A length, chunks and no body at all."""
    port = serve((PLAIN, CHUNKED, NOTHING))

    with Connection(port) as connection:
        bodies = [connection.ask("GET", "/", "a.test").body for _ in range(3)]

    assert [b"hi", b"hi", b""] == bodies


def test_a_server_that_closes_is_asked_on_another_connection(serve: Serve) -> None:
    """The answer says that it closes, so nothing is lost."""
    port = serve((CLOSED,), (PLAIN,))

    with Connection(port) as connection:
        assert [b"hi", b"hi"] == [connection.ask("GET", "/", "a.test").body for _ in range(2)]


def test_a_visitor_follows_redirects_with_the_cookies_of_each_host(serve: Serve) -> None:
    """A cookie goes back to the host that set it, and the last URL is not asked for."""
    heard: list[bytes] = []
    redirect = (
        b"HTTP/1.1 303 See Other\r\nLocation: %s\r\nSet-Cookie: %s=1; Path=/\r\nContent-Length: 0\r\n\r\n"
    )
    answers = (redirect % (b"https://b.test/", b"first"), redirect % (b"https://rp.test/back?code=x", b"two"))
    port = serve(answers, heard=heard)

    with Visitor(port) as visitor:
        url, answer = visitor.follow(
            "https://a.test/", visitor.ask("GET", "https://a.test/"), "https://rp.test/"
        )

    assert ("https://rp.test/back?code=x", 303) == (url, answer.status)
    assert [b"Host: a.test", b"Host: b.test"] == [one.split(b"\r\n")[1] for one in heard]
    assert b"Cookie" not in heard[1]
