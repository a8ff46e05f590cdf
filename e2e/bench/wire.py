"""A client that costs next to nothing, so that what is timed is the server: HTTP/1.1 on one connection."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urljoin, urlsplit

OCTETS = 1 << 16


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer.

    Attributes:
        status: Its status.
        headers: Its headers, names in lower case; of several of one name the last.
        cookies: The cookies that it sets.
        body: Its body.
    """

    status: int
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    body: bytes = field(repr=False)


class Connection:
    """One connection to a server on loopback, kept open where the server does; a context manager.

    Args:
        port: The server's port.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.hang_up()

    def ask(
        self, method: str, target: str, host: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        """Send one request and read its answer.

        Args:
            method: The method.
            target: Path and query.
            host: The name that the server is asked for.
            headers: Further headers.
            body: The body.

        Raises:
            EOFError: When the server hangs up.
        """
        lines = [f"{method} {target} HTTP/1.1", f"Host: {host}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        if method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port))
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall("\r\n".join((*lines, "", "")).encode() + body)
        answer = self._answer()
        if answer.headers.get("connection", "").lower() == "close":
            self.hang_up()
        return answer

    def hang_up(self) -> None:
        """End the connection; the next request opens another one."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _answer(self) -> Answer:
        head, rest = self._until(b"\r\n\r\n", b"")
        first, *lines = head.decode("latin-1").split("\r\n")
        pairs = [(name.lower(), value) for name, _, value in (line.partition(": ") for line in lines)]
        headers = dict(pairs)
        if headers.get("transfer-encoding") == "chunked":
            body = self._chunks(rest)
        else:
            body = self._exactly(int(headers.get("content-length", "0")), rest)[0]
        set_ = (value.partition(";")[0].partition("=") for name, value in pairs if name == "set-cookie")
        return Answer(
            status=int(first.split(" ", 2)[1]),
            headers=headers,
            cookies={name: value for name, _, value in set_},
            body=body,
        )

    def _chunks(self, rest: bytes) -> bytes:
        """Read a body in chunks (RFC 9112 section 7.1)."""
        body = b""
        while True:
            size, rest = self._until(b"\r\n", rest)
            chunk, rest = self._exactly(int(size, 16) + 2, rest)
            if chunk == b"\r\n":
                return body
            body += chunk[:-2]

    def _until(self, end: bytes, octets: bytes) -> tuple[bytes, bytes]:
        while end not in octets:
            octets += self._more()
        before, _, after = octets.partition(end)
        return before, after

    def _exactly(self, length: int, octets: bytes) -> tuple[bytes, bytes]:
        while len(octets) < length:
            octets += self._more()
        return octets[:length], octets[length:]

    def _more(self) -> bytes:
        assert self._socket is not None, "something was asked"
        if not (octets := self._socket.recv(OCTETS)):
            raise EOFError("the server hung up")
        return octets


class Visitor:
    """One person's browser without pages: a connection and the cookies of each host; a context manager.

    Args:
        port: The server's port.

    Attributes:
        connection: The connection.
    """

    def __init__(self, port: int) -> None:
        self.connection = Connection(port)
        self._cookies: dict[str, dict[str, str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.connection.__exit__(*error)

    def ask(self, method: str, url: str, *, body: bytes = b"", **headers: str) -> Answer:
        """Ask for a URL with the cookies of its host, and keep those that it sets.

        Args:
            method: The method.
            url: The whole URL; only its host, path and query count.
            body: The body.
            headers: Further headers, underscores for hyphens.
        """
        parts = urlsplit(url)
        jar = self._cookies.setdefault(parts.netloc, {})
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if jar:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        answer = self.connection.ask(method, target, parts.netloc, sent, body)
        jar |= answer.cookies
        return answer

    def follow(self, url: str, answer: Answer, until: str) -> tuple[str, Answer]:
        """Follow redirects from an answer.

        Args:
            url: Whose answer it is.
            answer: The answer.
            until: How a URL begins that is not asked for any more.

        Returns:
            The last URL, and the last answer that was no redirect, or that redirects to that URL.
        """
        while "location" in answer.headers:
            url = urljoin(url, answer.headers["location"])
            if url.startswith(until):
                break
            answer = self.ask("GET", url)
        return url, answer
