"""What every server of the harness has in common."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from harness import serving
from harness.errors import UsageError
from harness.own_habits import LOOPBACK
from harness.serving import bound_socket, in_thread, uvicorn_server

EVERYWHERE = "0.0.0.0"  # noqa: S104 - what is refused


def asked_by(request: Request) -> JSONResponse:
    """Answer with what the application is told about who asks."""
    return JSONResponse([request.url.scheme, request.client.host if request.client else None])


@contextlib.contextmanager
def served() -> Iterator[int]:
    """Serve an application for the length of the block, and give its port."""
    server = uvicorn_server(Starlette(routes=[Route("/", asked_by)]))
    listener = bound_socket(0, "--port")

    def stop() -> None:
        server.should_exit = True

    with in_thread(lambda: server.serve(sockets=[listener]), stop):
        yield listener.getsockname()[1]


def test_nobody_is_believed_about_another_scheme_or_address() -> None:
    """No proxy stands in front, so that its headers could only be an attacker's (RFC 7239 section 8.1)."""
    with served() as port:
        answer = httpx2.get(
            f"http://{LOOPBACK}:{port}/",
            headers={"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"},
            trust_env=False,
        )

    assert ["http", LOOPBACK] == answer.json()


@pytest.mark.parametrize("address", [EVERYWHERE, "::", "192.0.2.7", "10.0.0.1"])
def test_other_machines_are_not_listened_to_unasked(address: str) -> None:
    """Whoever wants that says so; the sentence says how."""
    with pytest.raises(UsageError, match="can be reached from other machines"):
        bound_socket(0, "--port", address=address)


def test_other_machines_are_listened_to_where_that_is_said() -> None:
    """Loopback needs no word."""
    with (
        bound_socket(0, "--port", address=EVERYWHERE, beyond_loopback=True) as wide,
        bound_socket(0, "--port") as own,
    ):
        assert [EVERYWHERE, LOOPBACK] == [one.getsockname()[0] for one in (wide, own)]


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\nHost: a"])
def test_a_request_that_does_not_come_is_not_waited_for(
    begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether nothing came of it or half of its head."""
    monkeypatch.setattr(serving, "HEAD_SECONDS", 0)
    with served() as port, socket.create_connection((LOOPBACK, port)) as line, contextlib.suppress(OSError):
        line.sendall(begun)
        assert b"" == line.recv(1024)
