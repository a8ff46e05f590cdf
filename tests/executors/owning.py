"""What a worker owns in a test: a file in its temporary folder, and a place where it tells of itself."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import tempfile
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from harness.executors.workers import Workers


@contextlib.contextmanager
def owned(told: Path) -> Iterator[Path]:
    """Give the place, and say there how it ends."""
    with tempfile.NamedTemporaryFile():
        try:
            yield told
        finally:
            (told / f"{os.getpid()}.cleared").touch()


def who(told: Path, _: None) -> tuple[int, str]:
    """Return the process and where its temporary files go."""
    return os.getpid(), tempfile.gettempdir()


def die(told: Path, _: None) -> None:
    """Die as by the hand of somebody else."""
    os.kill(os.getpid(), signal.SIGKILL)


ALIVE: list[socket.socket] = []
"""Closes with the process and not before."""


def wait(told: Path, port: int) -> None:
    """Say that work is under way, and have no end of it."""
    ALIVE.append(socket.create_connection(("127.0.0.1", port)))
    ALIVE[0].sendall(b"at work")
    threading.Event().wait()


def abandon(told: Path, port: int) -> None:
    """Start a worker, have it work, and wait to be killed."""
    with Workers[Path]() as workers:
        workers.start(partial(owned, told)).submit(wait, port).result()
