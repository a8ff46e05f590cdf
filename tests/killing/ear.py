"""Hears which stage a process has reached, and holds it there for as long as the test wants.

The other end is ``hook/sitecustomize.py``.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import socketserver
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Self

HOOK = Path(__file__).with_name("hook")
ROOT = Path(__file__).parents[2]

PATIENCE = 60
"""Seconds after which a stage will never be reached."""

STAGES: Mapping[str, str] = {
    "before the call": "login.succeeded",
    "call opened": "call.opened",
    "credential given": "credential.given",
    "code exchanged": "code.exchanged",
    "verified": "id_token.examined",
    "admitted": "verdict",
    "message sent": "said",
}
"""The stages of a flow in their order, and the event of the timeline with which each is reached."""


@dataclass(frozen=True, kw_only=True)
class Held:
    """A process that has reached a stage and waits there.

    Attributes:
        pid: Its process.
    """

    pid: int
    _leave: threading.Event = field(default_factory=threading.Event)

    def kill(self) -> None:
        """Kill it, by a handle that no other process can have come into."""
        kill(self.pid)
        self._leave.set()

    def release(self) -> None:
        """Let it go on."""
        self._leave.set()


def kill(*pids: int) -> None:
    """Kill processes, and return when all of them have ended."""
    handles = []
    for pid in pids:
        try:
            handles.append(os.pidfd_open(pid))
        except ProcessLookupError:
            continue
    for handle in handles:
        try:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
        except ProcessLookupError:
            continue
    for handle in handles:
        with open(handle, closefd=True):  # noqa: PTH123 - a handle has no path
            _ended(handle)


def _ended(handle: int) -> None:
    """Wait until the process behind a handle has ended: then it can be read (pidfd_open(2))."""
    waiting = select.poll()
    waiting.register(handle, select.POLLIN)
    if not waiting.poll(PATIENCE * 1000):
        raise TimeoutError("a process outlives SIGKILL")


class Ear(socketserver.ThreadingTCPServer):
    """Listens for as long as the block lasts."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Stage)
        self._armed: str | None = None
        self._order: list[str] = []
        self._lock = threading.Lock()
        self._reached: SimpleQueue[Held] = SimpleQueue()
        self._thread = threading.Thread(target=self.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs in its environment to be held."""
        path = os.pathsep.join((str(HOOK), str(ROOT)))
        return {"HELD_BY": str(self.server_address[1]), "PYTHONPATH": path, "HARNESS_HISTORY": "off"}

    def arm(self, stage: str) -> None:
        """Hold the next process that reaches a stage, and no other one."""
        with self._lock:
            self._armed = STAGES[stage]

    def disarm(self) -> None:
        """Hold nobody any more."""
        with self._lock:
            self._armed = None

    def listen(self) -> Callable[[], tuple[str, ...]]:
        """Return what tells which events have been reached since."""
        with self._lock:
            before = len(self._order)
        return lambda: tuple(self._order[before:])

    def wait(self) -> Held:
        """Return the process that has reached it."""
        return self._reached.get(timeout=PATIENCE)

    def heard(self, pid: int, stage: str) -> Held | None:
        """Return how a process is held that has reached a stage, ``None`` where it may go on."""
        with self._lock:
            self._order.append(stage)
            if stage != self._armed:
                return None
            self._armed = None
        held = Held(pid=pid)
        self._reached.put(held)
        return held


class _Stage(socketserver.StreamRequestHandler):
    """One stage that one process has reached."""

    def handle(self) -> None:
        assert isinstance(self.server, Ear)
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        pid, _, stage = self.rfile.readline().decode().strip().partition(" ")
        held = self.server.heard(int(pid), stage)
        if held is not None:
            held._leave.wait()
