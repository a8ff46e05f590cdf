"""Cases played by a cluster: tasks of an existing scheduler of dask.distributed.

Each process of the cluster has one seat for a run, in a thread of its own, because a browser belongs to one
thread. Where a process dies, the scheduler gives its cases to another one; which were begun twice is heard
from the processes themselves, as they begin.

Source: distributed's ``Client.get_executor`` and ``Worker.log_event``.
"""

from __future__ import annotations

import contextlib
import dataclasses
import re
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, Future
from importlib.metadata import version
from typing import Any

from harness.errors import UsageError
from harness.executors.seat import Seat
from harness.executors.setup import Setup, play
from harness.executors.tickets import Failure, Played, Ticket
from harness.own_thread import OwnThread

ANSWERS_WITHIN = 10
"""Seconds that a scheduler has to answer."""

IDLE = 120
"""Seconds after which a process of the cluster clears its seat away that nobody asks for a case."""

DISTRIBUTION = "consumer-auth-harness"
MISSING = f"--executor dask://… needs an extra; install it with pip install '{DISTRIBUTION}[cluster]'"

_ADDRESS = re.compile(r"dask(?P<tls>\+tls)?://(?P<host>[^/:@\s]+|\[[0-9a-fA-F:]+\]):(?P<port>\d{1,5})/?")


def scheduler(executor: str) -> str:
    """Return the address of a scheduler as dask has it.

    Raises:
        UsageError: When it is something else than ``dask://host:port``.
    """
    found = _ADDRESS.fullmatch(executor)
    if found is None:
        raise UsageError(
            f"--executor is {executor!r}; it takes a scheduler's address, as dask://127.0.0.1:8786, or "
            "dask+tls:// with the certificates of dask's own configuration"
        )
    return f"{'tls' if found['tls'] else 'tcp'}://{found['host']}:{found['port']}"


@contextlib.contextmanager
def cluster(executor: str, setups: Sequence[Setup], *, leased: bool) -> Iterator[Cluster]:
    """Give the cluster behind a scheduler, for the length of the block.

    Args:
        executor: The scheduler's address, ``dask://host:port``.
        setups: What its processes are to have.
        leased: Whether each setup has accounts of its own, so that no two processes may use one at once.

    Raises:
        UsageError: When the extra is missing, nobody answers, or the processes have another harness.
    """
    address = scheduler(executor)
    with _connected(address) as client:
        _check(client, address)
        crew = Cluster(client, setups, leased=leased)
        run = setups[0].terms.run
        client.subscribe_topic(_topic(run), crew.heard)
        try:
            yield crew
        finally:
            crew.close()
            with contextlib.suppress(Exception):  # whoever is gone has cleared away
                client.run(_clear_away, run)


@contextlib.contextmanager
def _connected(address: str) -> Iterator[Any]:
    try:
        import distributed
    except ImportError:
        raise UsageError(MISSING) from None
    try:
        connect: Any = distributed.Client
        client = connect(address, timeout=ANSWERS_WITHIN, set_as_default=False)
    except (OSError, TimeoutError, ValueError):
        raise UsageError(
            f"no scheduler of dask.distributed answers at {address}; start one with dask scheduler, and "
            "workers with dask worker, or see whether the address is right"
        ) from None
    with client:
        yield client


def _check(client: Any, address: str) -> None:
    """See that there are processes, and that they have this harness."""
    own = version(DISTRIBUTION)
    try:
        theirs = client.run(version, DISTRIBUTION)
    except Exception as error:
        raise UsageError(
            f"the processes of the cluster at {address} have no harness ({type(error).__name__}); install "
            f"{DISTRIBUTION}=={own} there"
        ) from None
    if not theirs:
        raise UsageError(
            f"the scheduler at {address} has no processes; start some with dask worker {address}"
        )
    if other := {one for one in theirs.values() if one != own}:
        raise UsageError(
            f"the cluster at {address} has harness {', '.join(sorted(other))}, and this is {own}; have one"
        )


class Cluster:
    """Gives cases to a scheduler, a few more than it has processes.

    Args:
        client: The connection to the scheduler.
        setups: What its processes are to have.
        leased: Whether each setup has accounts of its own.
    """

    def __init__(self, client: Any, setups: Sequence[Setup], *, leased: bool) -> None:
        self._client, self._setups, self._leased = client, setups, leased
        self._executor = client.get_executor(pure=False)
        self._processes = len(client.nthreads())
        self._free = list(range(len(setups)))
        self._begun: Counter[tuple[int, int]] = Counter()
        self._under_way: set[Future[Played]] = set()

    @property
    def size(self) -> int:
        """How many cases may be with the scheduler."""
        return len(self._setups) if self._leased else 2 * max(1, self._processes)

    def heard(self, event: tuple[float, dict[str, int]]) -> None:
        """Hear that a process has begun with a case."""
        _, told = event
        self._begun[told["place"], told["attempt"]] += 1

    def begin(self, waiting: list[Ticket]) -> tuple[Ticket, Future[Played]]:
        """Give the first case to the scheduler."""
        ticket, told = waiting[0], Future[Played]()
        lease = self._free.pop(0) if self._leased else 0
        self._under_way.add(told)

        def tell(done: Future[Played]) -> None:
            if self._leased:
                self._free.append(lease)
            self._under_way.discard(told)
            told.set_result(self._told(done, ticket))

        try:
            with contextlib.suppress(Exception):  # else as many as there were
                self._processes = len(self._client.nthreads())
            self._executor.submit(_play, self._setups[lease], lease, ticket).add_done_callback(tell)
        except Exception as error:
            told.set_result(Played(ticket=ticket, broken=f"the cluster is gone ({type(error).__name__})"))
        return ticket, told

    def close(self) -> None:
        """Have the scheduler forget what is still under way."""
        self._executor.shutdown(wait=False)

    def _told(self, done: Future[Played], ticket: Ticket) -> Played:
        """Return what came of a case; one that was begun by two processes was tried twice."""
        try:
            played = done.result()
        except CancelledError:
            return Played(ticket=ticket, broken="the cluster is gone")
        except Exception as error:
            name = type(error).__name__
            if name == "KilledWorker":
                return Played(ticket=ticket, broken="several processes of the cluster died that played it")
            said = f"a process of the cluster failed in {ticket.case.id}: {name}"
            return Played(ticket=ticket, failure=Failure(kind=UsageError, sentence=said))
        tries = self._begun.pop((ticket.place, ticket.attempt), 1)
        again = dataclasses.replace(ticket, attempt=ticket.attempt + max(0, tries - 1))
        return dataclasses.replace(played, ticket=again)


def _topic(run: str) -> str:
    return f"{DISTRIBUTION}-{run}"


class _Place:
    """In a process of the cluster: a seat, and the thread that it belongs to."""

    def __init__(self, setup: Setup) -> None:
        self._setup, self._thread = setup, OwnThread("harness-seat")
        self._stack = contextlib.ExitStack()
        self._seat: Seat | None = None

    def play(self, ticket: Ticket) -> Played:
        return self._thread.do(self._play, ticket)

    def _play(self, ticket: Ticket) -> Played:
        if self._seat is None:
            self._seat = self._stack.enter_context(self._setup.seat())
        played = play(self._seat, ticket)
        if played.broken is not None:
            self._clear()
        return played

    def _clear(self) -> None:
        self._seat = None
        with contextlib.suppress(Exception):  # what is broken may fail on its way out
            self._stack.close()

    def close(self) -> None:
        self._thread.do(self._clear)
        self._thread.close()


_lock = threading.Lock()
_places: dict[tuple[str, int], _Place] = {}
_idle: dict[str, threading.Timer] = {}


def _play(setup: Setup, lease: int, ticket: Ticket) -> Played:
    """In a process of the cluster: play a case."""
    import distributed

    run = setup.terms.run
    worker: Any = distributed.get_worker
    worker().log_event(_topic(run), {"place": ticket.place, "attempt": ticket.attempt})
    with _lock:
        if (waiting := _idle.pop(run, None)) is not None:
            waiting.cancel()
        if (run, lease) not in _places:
            _places[run, lease] = _Place(setup)
        place = _places[run, lease]
    try:
        return place.play(ticket)
    finally:
        with _lock:
            # Whoever asked may have been killed, and then nobody tells that the run is over.
            if (waiting := _idle.pop(run, None)) is not None:
                waiting.cancel()
            _idle[run] = threading.Timer(IDLE, _clear_away, (run,))
            _idle[run].daemon = True
            _idle[run].start()


def _clear_away(run: str) -> None:
    """In a process of the cluster: end what a run had there."""
    with _lock:
        if (waiting := _idle.pop(run, None)) is not None:
            waiting.cancel()
        mine = [_places.pop(key) for key in tuple(_places) if key[0] == run]
    for place in mine:
        place.close()
