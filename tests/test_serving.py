"""What every server of the harness has in common."""

from __future__ import annotations

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from harness.own_habits import LOOPBACK
from harness.serving import bound_socket, in_thread, uvicorn_server


def asked_by(request: Request) -> JSONResponse:
    """Answer with what the application is told about who asks."""
    return JSONResponse([request.url.scheme, request.client.host if request.client else None])


def test_nobody_is_believed_about_another_scheme_or_address() -> None:
    """No proxy stands in front, so that its headers could only be an attacker's (RFC 7239 section 8.1)."""
    server = uvicorn_server(Starlette(routes=[Route("/", asked_by)]))
    listener = bound_socket(0, "--port")

    def stop() -> None:
        server.should_exit = True

    with in_thread(lambda: server.serve(sockets=[listener]), stop):
        answer = httpx2.get(
            f"http://{LOOPBACK}:{listener.getsockname()[1]}/",
            headers={"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"},
            trust_env=False,
        )

    assert ["http", LOOPBACK] == answer.json()
