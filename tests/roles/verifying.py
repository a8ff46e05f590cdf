"""A verification backend in a process of its own, in which no fault can be imported.

It says where it listens in one line of JSON, hears in another where the consumers' harness is, hangs up at
the next line, and answers until its standard input ends.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

BARRED = ("harness.faults", "harness.catalogue.faults", "harness.extension", "harness.behaviour")
"""What knows of faults: an import of any of them raises ``ImportError`` here."""


def main(folder: Path) -> None:
    """Serve.

    Args:
        folder: Where the database goes.
    """
    for name in BARRED:
        sys.modules[name] = None  # type: ignore[assignment]  # what Python takes for barred
    from harness.clock import SystemClock
    from harness.config import Config
    from harness.server import running

    with running(Config(), folder=folder, clock=SystemClock()) as server:
        told = {
            "address": server.names.resolve(server.config.sites.brand, 443),
            "token": server.composition.backend_token,
            "ca": server.tls.ca_pem.decode(),
        }
        print(json.dumps(told), flush=True)
        front = json.loads(sys.stdin.readline())
        for host in (server.config.sites.idp, server.config.sites.partner_idp):
            server.names.add(host, tuple(front["address"]))
        server.tls.client.load_verify_locations(cadata=front["ca"])
        sys.stdin.readline()
        # The other harness stops first, and would wait for these connections to say goodbye.
        server.http.close()
        server.platforms.close()
        print(flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
