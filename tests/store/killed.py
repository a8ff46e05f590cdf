"""A worker for test_killed.py, a process of its own: ``python killed.py URL NOW KEYS NAME LIMIT``.

It goes for everything that may be had once and writes a line for each thing that it has got, when the store
has said so. At its limit it waits for its end.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

from harness.clock import ManualClock
from harness.store import Store
from harness.store.once import Taken

BRAND = "https://login.brand.test"


def got(store: Store, name: str, keys: int) -> Iterator[str]:
    """Go for every code, state, token and admission, and yield those that this worker has got."""
    for key in range(keys):
        if isinstance(store.once.take_code(BRAND, f"code {key}"), Taken):
            yield f"code {key}"
        if isinstance(store.once.take_transaction("popup", f"state {key}"), Taken):
            yield f"state {key}"
        if store.once.first_use(f"token {key}", name, seconds=60):
            yield f"token {key}"
        if admitted(store, name, key):
            yield f"admission {key}"


def admitted(store: Store, name: str, key: int) -> bool:
    """Take a consumer in: the credential, the window's subject and the profile in one transaction."""
    with store.transaction() as records:
        if not records.once.first_use(f"admission {key}", name, seconds=60):
            return False
        records.sessions.claim("window", f"window {key}", subject=name)
        consumer = f"consumer {key % 7}"
        records.people.engage("a", BRAND, consumer, verified={}, surface="popup", connector="implicit")
    return True


def main(url: str, now: str, keys: str, name: str, limit: str) -> None:
    """Work, and acknowledge."""
    with Store(url, ManualClock(float(now))) as store:
        for said, what in enumerate(got(store, name, int(keys)), 1):
            # A pipe takes so few octets whole or not at all.
            os.write(sys.stdout.fileno(), f"{what}\n".encode())
            if said == int(limit):
                sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
