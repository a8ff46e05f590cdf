"""Processes that each own something for as long as they live, and leave nothing behind however they end.

Each is a process pool of :mod:`concurrent.futures` with one worker, so that it is known whose work was lost
when one dies. A worker clears away in three cases: it is told to, it gets SIGTERM in the midst of its work,
or whoever started it is gone, which it notices by a pipe whose other end closes. Our temporary files are in a
folder of its own inside one that the parent removes, for the case that it is killed itself.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, ExitStack, suppress
from pathlib import Path
from typing import Any, Generic, Self, TypeVar

from harness import temporary

Owned = TypeVar("Owned")
Answer = TypeVar("Answer")
Given = TypeVar("Given")

PATIENCE = 10
"""Seconds that a worker has for clearing away when it is told to end in the midst of something."""


class Worker(Generic[Owned]):
    """A process and what it owns.

    Args:
        make: Gives what it owns; a function of a module, perhaps with arguments, that can be pickled.
        folder: Where its temporary files go.
    """

    def __init__(self, make: Callable[[], AbstractContextManager[Owned]], folder: Path) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(1, mp_context=spawn, initializer=_begin, initargs=(make, folder))
        # Making what it owns begins at once; whether that works, its first work will tell.
        self._process = self._pool.submit(_prepare)
        self._stopped = False

    def submit(self, work: Callable[[Owned, Given], Answer], given: Given) -> Future[Answer]:
        """Do something with what the worker owns.

        Args:
            work: A function of a module.
            given: What it takes beside, which can be pickled.

        Raises:
            BrokenProcessPool: When it has died, at once or as the future's error.
        """
        return self._pool.submit(_do, work, given)

    def tell_to_end(self) -> None:
        """Have it clear away when its work is done, and end."""
        with suppress(BrokenProcessPool, RuntimeError):  # it took what it owned along
            self._pool.submit(_end)

    def stop(self) -> None:
        """Have it clear away in the midst of its work, and end."""
        self._stopped = True
        with suppress(BrokenProcessPool, ProcessLookupError):
            os.kill(self._process.result(), signal.SIGTERM)

    def wait(self) -> None:
        """Wait until it has done what it was told, and its process has ended."""
        self._pool.shutdown(cancel_futures=self._stopped)


class Workers(Generic[Owned]):
    """Starts workers; a context manager after which none is left, nor anything of theirs."""

    def __init__(self) -> None:
        self._workers: list[Worker[Owned]] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._folder = self._stack.enter_context(temporary.folder())
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._stack:
            for worker in self._workers:
                (worker.tell_to_end if kind is None else worker.stop)()
            for worker in self._workers:
                worker.wait()

    def start(self, make: Callable[[], AbstractContextManager[Owned]]) -> Worker[Owned]:
        """Start a worker.

        Args:
            make: Gives what it owns; a function of a module, perhaps with arguments, that can be pickled.
        """
        self._workers.append(Worker(make, self._folder / str(len(self._workers))))
        return self._workers[-1]


class _Own:
    """In a worker: what it owns, and how it ends."""

    def __init__(self, make: Callable[[], AbstractContextManager[Any]], folder: Path) -> None:
        self._make, self._folder = make, folder
        self._stack, self._owned = ExitStack(), None
        self.busy = False

    @property
    def owned(self) -> Any:
        if self._owned is None:
            self._owned = self._stack.enter_context(self._make())
        return self._owned

    def clear_away(self) -> None:
        with suppress(Exception):  # what it owns may be broken; the process ends in any case
            self._stack.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        parent = multiprocessing.parent_process()
        if parent is None or not parent.is_alive():  # else it is the parent's, whose lock it has
            with suppress(OSError):  # others may be in use
                self._folder.parent.rmdir()

    def leave(self) -> None:
        """Clear away and end the process, whoever waits for it."""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        last = threading.Timer(PATIENCE, os._exit, (1,))
        last.daemon = True
        last.start()
        self.clear_away()
        os._exit(1)


_own: _Own | None = None


def _begin(make: Callable[[], AbstractContextManager[Any]], folder: Path) -> None:
    global _own
    # Ctrl-C reaches every process of a terminal; this one is told to end by the first. What it starts is
    # in a session of its own, so that it is not interrupted before its owner.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "setsid"):
        os.setsid()
    folder.mkdir(parents=True, exist_ok=True)
    # Not of browsers too: their sockets' paths would get too long; a driver that is left alone clears them.
    tempfile.tempdir = str(folder)
    _own = _Own(make, folder)
    signal.signal(signal.SIGTERM, _told_to_end)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()


def _end_with_the_parent() -> None:
    """Wait for a pipe to close whose other end only the parent has, as it does however the parent ends."""
    parent = multiprocessing.parent_process()
    assert parent is not None, "a worker has been started by somebody"
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


def _told_to_end(*_: object) -> None:
    assert _own is not None, "the initializer has made it"
    if _own.busy:
        # Unwinds what is under way; an event loop lets nothing else pass.
        raise KeyboardInterrupt
    _own.leave()


@contextlib.contextmanager
def _work() -> Iterator[_Own]:
    assert _own is not None, "the initializer has made it"
    try:
        _own.busy = True
        yield _own
        _own.busy = False
    except KeyboardInterrupt:
        _own.leave()
    finally:
        _own.busy = False


def _prepare() -> int:
    with _work() as own, suppress(Exception):  # it is tried again with the first work, which then tells
        _ = own.owned
    return os.getpid()


def _do(work: Callable[[Any, Given], Answer], given: Given) -> Answer:
    with _work() as own:
        return work(own.owned, given)
    raise AssertionError("the process has ended")


def _end() -> None:
    with _work() as own:
        own.clear_away()
