"""Holds a process of the harness at a stage of a flow, so that a test can kill it, or another one, there.

Python imports a module of this name when it starts, in every process that has this folder in ``PYTHONPATH``:
in those that the harness starts as well. Nothing of it is in the product.
"""

from __future__ import annotations

import functools
import os
import socket
from typing import Any

EAR = "HELD_BY"


def reached(stage: str) -> None:
    """Tell who listens that a stage has been reached, and wait for leave to go on."""
    try:
        with socket.create_connection(("127.0.0.1", int(os.environ[EAR]))) as ear:
            ear.sendall(f"{os.getpid()} {stage}\n".encode())
            ear.recv(1)
    except OSError:
        return  # nobody listens any more


def hold(owner: type, name: str, stage: str | None) -> None:
    """Let a method's end be a stage: a named one, or the one that its event's type names."""
    method = getattr(owner, name)

    @functools.wraps(method)
    def held(*args: Any, **more: Any) -> Any:
        given = method(*args, **more)
        reached(stage or given.type)
        return given

    setattr(owner, name, held)


if EAR in os.environ:
    from harness.store.conversations import Conversations
    from harness.store.events import EventLog

    hold(EventLog, "append", None)
    hold(Conversations, "say", "said")
