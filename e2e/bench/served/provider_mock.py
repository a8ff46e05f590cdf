"""PyPI's oidc-provider-mock as its command serves it, but on a port of the system's choice.

It runs with an environment of its own, where the harness is not installed.
"""

from __future__ import annotations

import os
import socket

import uvicorn


def main() -> None:
    """Serve until the process is ended, and print the port."""
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
    import oidc_provider_mock  # type: ignore[import-not-found]

    # asyncio switches Nagle's algorithm off only where the protocol is named.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(512)
    config = uvicorn.Config(oidc_provider_mock.app(), interface="wsgi", log_config=None, access_log=False)
    print(f"listening on {listener.getsockname()[1]}", flush=True)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
