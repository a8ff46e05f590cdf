"""One server in several processes: the parent binds and supervises, the workers answer.

Every worker is a fresh process, not a fork: the parent has threads, and their locks would be forked along.
What all of them need goes to each over the pipe that started it, never over a command line.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from harness import tls
from harness.clock import SystemClock
from harness.config import Config
from harness.errors import HarnessBroken, UsageError
from harness.held import Held
from harness.net import NameMap
from harness.roles.seams import Seams
from harness.server import Doors, Inherited, doors, hosts, running
from harness.shared import Shared
from harness.store import Store
from harness.store.database import CONNECTIONS, shown

_PATIENCE_SECONDS = 10
"""How long a worker may take to end when it is asked to."""

MOST_WORKERS = 64

_SPARE = 10
"""Connections to the database that are left to others."""

_FEWEST = 2
"""Connections with which a worker can still do its work."""

_SPAWN = multiprocessing.get_context("spawn")


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
    """

    worker: int
    config: Config
    folder: Path
    doors: Doors
    papers: tls.Papers = field(repr=False)
    shared: dict[str, Any] = field(repr=False)
    connections: int


@dataclass(frozen=True, kw_only=True)
class Workers:
    """A server in several processes, as the one that supervises them knows it.

    Attributes:
        config: What they serve.
        names: Host names and the sockets behind them.
        proxy_url: The proxy that browsers are given.
        tls: Certificates and pins.
        agent_key: What opens the agent's workspace.
        seams: Of several processes none has a fault, so that nothing is put in here.
    """

    config: Config
    names: NameMap
    proxy_url: str
    tls: tls.RunTls
    agent_key: str = field(repr=False)
    seams: Held[Seams] = field(default_factory=lambda: Held(Seams()))
    _supervisor: _Supervisor = field(repr=False)

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes that answer at the moment, in the order of their numbers."""
        return self._supervisor.pids

    def answering(self) -> None:
        """Wait until all of them answer.

        Raises:
            HarnessBroken: When one of them could not begin to.
        """
        self._supervisor.answering()

    def wait(self) -> None:
        """Wait as long as there are workers.

        Raises:
            HarnessBroken: When one of them could not even begin to answer.
        """
        self._supervisor.wait()


@contextlib.contextmanager
def several(
    config: Config,
    *,
    workers: int,
    folder: Path,
    port: int = 0,
    proxy_port: int = 0,
    say: Callable[[str], None],
) -> Iterator[Workers]:
    """Serve every role of ``config`` on loopback in several processes until the block ends.

    Args:
        config: What to serve; its database is PostgreSQL, which tells each process what another changes.
        workers: How many processes.
        folder: A private folder.
        port: The port to bind, 0 for any.
        proxy_port: The port of the proxy for browsers, 0 for any.
        say: Is told, in a sentence, what becomes of a worker; from another thread.

    Raises:
        UsageError: When a port is in use, or the database cannot be used.
    """
    connections = _connections(config, workers)
    shared, papers = Shared.fresh(config), tls.draw(*hosts(config))
    with doors(port, proxy_port) as bound:
        handed = Handed(
            worker=0,
            config=config,
            folder=folder,
            doors=bound,
            papers=papers,
            shared=shared.written(),
            connections=connections,
        )
        with _Supervisor(handed, workers, say) as supervisor:
            address: tuple[str, int] = bound.secure.getsockname()
            addresses = dict.fromkeys(hosts(config), address)
            yield Workers(
                config=config,
                names=NameMap(addresses, plain=bound.plain.getsockname()),
                proxy_url=bound.proxy_url,
                tls=tls.use(papers),
                agent_key=shared.agent_key,
                _supervisor=supervisor,
            )


def look_at(database: str) -> int:
    """Return how many connections a PostgreSQL server takes, and see that the tables are there.

    Args:
        database: Its SQLAlchemy URL.

    Raises:
        UsageError: When it cannot be used.
    """
    try:
        with Store(database, SystemClock()) as store:
            return store.most_connections()
    except DBAPIError as error:
        said = str(error.orig).strip().splitlines() or [type(error).__name__]
        raise UsageError(f"the database {shown(make_url(database))} cannot be used: {said[0]}") from None


def _connections(config: Config, workers: int) -> int:
    """Return how many connections to the database each worker may have.

    Raises:
        UsageError: When there are too few.
    """
    assert config.database is not None, "several processes share a database"
    most = look_at(config.database)
    # One of each worker's hears of news.
    each = (most - _SPARE) // workers - 1
    if each < _FEWEST:
        raise UsageError(
            f"the database takes {most} connections, too few for {workers} workers; take at most "
            f"{max(1, (most - _SPARE) // (_FEWEST + 1))}, or raise its max_connections"
        )
    return min(CONNECTIONS, each)


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


class _Supervisor:
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

    def __enter__(self) -> _Supervisor:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._tell.close()
        self._thread.join()
        self._end()
        self._told.close()

    @property
    def pids(self) -> tuple[int, ...]:
        return tuple(worker.process.pid or 0 for worker in self._workers.values())

    def answering(self) -> None:
        self._all.wait()
        if self._broken:
            raise HarnessBroken(self._broken)

    def wait(self) -> None:
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
            other = self._workers[worker.number] = _started(worker.handed)
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


def work(handed: Handed, parent: Connection) -> None:
    """Answer until SIGTERM or the parent's end: the main function of a worker's process.

    Args:
        handed: What all workers have in common.
        parent: Is sent ``None`` when this one answers, or a sentence when it cannot.
    """
    over, answering = threading.Event(), threading.Event()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    threading.Thread(target=_outlive, args=(over,), daemon=True).start()

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
        ended=over.set,
    )
    try:
        with running(handed.config, folder=handed.folder, clock=SystemClock(), inherited=inherited):
            over.wait()
    except Exception as error:
        if answering.is_set():
            raise
        with contextlib.suppress(OSError):
            parent.send(str(error).splitlines()[0] if str(error) else type(error).__name__)


def _outlive(over: threading.Event) -> None:
    """Say that it is over when the parent has ended, however it did."""
    parent = multiprocessing.parent_process()
    assert parent is not None, "a worker has a parent"
    parent.join()
    over.set()
