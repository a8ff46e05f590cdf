"""The harness's servers in a process of their own, over plain HTTP too, until standard input ends."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from starlette.types import Receive, Scope, Send

from harness.clock import SystemClock
from harness.config import Config
from harness.server import running
from harness.serving import bound_socket, in_thread, uvicorn_server


def main() -> None:
    """Serve, and print the port."""
    with (
        tempfile.TemporaryDirectory(prefix="harness-bench-") as folder,
        running(Config(), folder=Path(folder), clock=SystemClock()) as server,
        bound_socket(0, "--port") as listener,
    ):
        asgi = server.composition.asgi

        async def behind_tls(scope: Scope, receive: Receive, send: Send) -> None:
            # TLS costs the same whoever answers, and most peers have none.
            await asgi({**scope, "scheme": "https"}, receive, send)

        plain = uvicorn_server(behind_tls)

        async def serve() -> None:
            await plain.serve(sockets=[listener])

        def stop() -> None:
            plain.should_exit = True

        with in_thread(serve, stop):
            print(f"listening on {listener.getsockname()[1]}", flush=True)
            sys.stdin.read()


if __name__ == "__main__":
    main()
