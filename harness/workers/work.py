"""One worker: a process that answers until it is told to end, or its parent has ended."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from harness import tls
from harness.clock import SystemClock
from harness.config import Config
from harness.server import Doors, Inherited, running
from harness.shared import Shared

AGAIN_SECONDS = 1.0
"""After how long somebody tries again to begin who takes the place of another one."""


@dataclass(frozen=True, kw_only=True)
class Handed:
    """What a worker is handed when it starts.

    Attributes:
        worker: Its number, counted from 1.
        config: What it serves, with the database.
        folder: A private folder.
        doors: The sockets.
        papers: The certificates.
        shared: The secrets, as :meth:`harness.shared.Shared.written` has them.
        connections: How many connections to the database it may have.
        instead: Whether it takes the place of one that has answered: then it tries again until it can begin.
    """

    worker: int
    config: Config
    folder: Path
    doors: Doors
    papers: tls.Papers = field(repr=False)
    shared: dict[str, Any] = field(repr=False)
    connections: int
    instead: bool = False


def work(handed: Handed, parent: Connection) -> None:
    """Answer until SIGTERM or the parent's end: the main function of a worker's process.

    Args:
        handed: What all workers have in common.
        parent: Is sent ``None`` when this one answers, or a sentence when it cannot.
    """
    # That its server has stopped, as after an error while it began, is not that somebody asks for the end.
    asked, stopped, answering = threading.Event(), threading.Event(), threading.Event()

    def end() -> None:
        asked.set()
        stopped.set()

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: end())
    threading.Thread(target=_outlive, args=(end,), daemon=True).start()

    def begun() -> None:
        answering.set()
        with contextlib.suppress(OSError):  # a parent that is gone
            parent.send(None)

    inherited = Inherited(
        worker=handed.worker,
        doors=handed.doors,
        papers=handed.papers,
        shared=Shared.read(handed.shared),
        connections=handed.connections,
        answering=begun,
        ended=stopped.set,
    )
    while True:
        try:
            with running(handed.config, folder=handed.folder, clock=SystemClock(), inherited=inherited):
                stopped.wait()
        except Exception as error:
            if answering.is_set():
                raise
            # The one before it could begin with the same, so what is away, as the database, comes again.
            if handed.instead and not asked.wait(AGAIN_SECONDS):
                stopped.clear()
                if not asked.is_set():
                    continue
            with contextlib.suppress(OSError):
                parent.send(str(error).splitlines()[0] if str(error) else type(error).__name__)
        return


def _outlive(end: Callable[[], None]) -> None:
    """Ask for the end when the parent has ended, however it did."""
    parent = multiprocessing.parent_process()
    assert parent is not None, "a worker has a parent"
    parent.join()
    end()
