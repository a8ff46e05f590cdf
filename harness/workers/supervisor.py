"""Starts the workers, says what becomes of them, and leaves none behind."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Self

from harness.errors import HarnessBroken
from harness.workers.work import Handed, work

_PATIENCE_SECONDS = 10
"""How long a worker may take to end when it is asked to."""

_SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True, kw_only=True)
class _Worker:
    """A worker as its parent sees it.

    Attributes:
        handed: What it was handed.
        process: Its process.
        pipe: Where it says that it answers, or why it cannot.
    """

    handed: Handed
    process: SpawnProcess
    pipe: Connection

    @property
    def number(self) -> int:
        """Its number."""
        return self.handed.worker


class Supervisor:
    """Starts the workers, replaces one that dies, and ends all of them.

    Args:
        handed: What every worker is handed, but for its number.
        workers: How many there are.
        say: Is told what becomes of them.
    """

    def __init__(self, handed: Handed, workers: int, say: Callable[[str], None]) -> None:
        self._say, self._over, self._broken = say, threading.Event(), ""
        self._told, self._tell = _SPAWN.Pipe(duplex=False)
        self._answering: set[int] = set()
        self._all = threading.Event()
        self._workers = {number: _started(replace(handed, worker=number)) for number in range(1, workers + 1)}
        self._thread = threading.Thread(target=self._watch, name="harness-workers", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._tell.close()
        self._thread.join()
        self._end()
        self._told.close()

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes at the moment, in the order of their numbers."""
        return tuple(worker.process.pid or 0 for worker in self._workers.values())

    def answering(self) -> None:
        """Wait until all answer; raises :class:`HarnessBroken` when one could not begin to."""
        self._all.wait()
        if self._broken:
            raise HarnessBroken(self._broken)

    def wait(self) -> None:
        """Wait until one could not begin to answer, and raise :class:`HarnessBroken`."""
        self._over.wait()
        raise HarnessBroken(self._broken)

    def _watch(self) -> None:
        """Wait for what the workers say and for their ends, until the parent's own end."""
        while not self._broken:
            pipes = {worker.pipe: worker for worker in self._workers.values()}
            ready = wait([self._told, *pipes])
            if self._told in ready:
                return
            for pipe in ready:
                self._heard(pipes[pipe])  # type: ignore[index]  # of those that were waited for
        self._all.set()
        self._over.set()

    def _heard(self, worker: _Worker) -> None:
        try:
            said = worker.pipe.recv()
        except EOFError:
            self._replace(worker, _how(worker.process))
            return
        if said is None:
            self._answering.add(worker.number)
            if len(self._answering) == len(self._workers):
                self._all.set()
        else:
            self._broken = f"worker {worker.number} could not begin to answer: {said}"

    def _replace(self, worker: _Worker, how: str) -> None:
        """Put another process in the place of one that has ended."""
        who = f"worker {worker.number} (process {worker.process.pid})"
        worker.pipe.close()
        if worker.number not in self._answering:
            self._broken = f"{who} {how} before it could answer; no other one is started"
            return
        self._answering.discard(worker.number)
        self._all.clear()
        try:
            other = self._workers[worker.number] = _started(replace(worker.handed, instead=True))
        except OSError as error:
            self._broken = f"{who} {how}, and the machine starts no other one: {error.strerror}"
            return
        self._say(f"{who} {how}; process {other.process.pid} takes its place.")

    def _end(self) -> None:
        """End all workers; they answer what they have begun to answer."""
        for worker in self._workers.values():
            worker.process.terminate()
        for worker in self._workers.values():
            worker.process.join(_PATIENCE_SECONDS)
            worker.process.kill()
            worker.process.join()
            worker.process.close()
            worker.pipe.close()


def _how(process: SpawnProcess) -> str:
    """Say how a process has ended."""
    process.join()
    code = process.exitcode or 0
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


def _started(handed: Handed) -> _Worker:
    ours, its = _SPAWN.Pipe(duplex=False)
    process = _SPAWN.Process(
        target=work, args=(handed, its), name=f"harness-worker-{handed.worker}", daemon=True
    )
    # A terminal's Ctrl-C is for the parent, which ends the workers in order; this one must not meet it while
    # it starts.
    with _deaf():
        process.start()
    its.close()
    return _Worker(handed=handed, process=process, pipe=ours)


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """Keep SIGINT away from this thread, and from the process that is started in the block for good."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
