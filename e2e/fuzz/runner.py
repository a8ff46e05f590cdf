"""Runs the targets in processes of their own, a chunk at a time, so that every core has something to do."""

from __future__ import annotations

import os
import resource
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process

from e2e.fuzz import engine
from e2e.fuzz.menu import TARGETS
from e2e.fuzz.model import Found, Ran

ADDRESSES = 4 * 1024**3
"""Octets that a process may ask for: an input that wants more fails there, and the machine stays usable."""

PIECES = 20
"""In how many pieces a run is cut at least, so that all of the processes end at about the same time."""

Say = Callable[[str], None]
Keep = Callable[[Found], None]
Add = Callable[[Ran], None]
Piece = tuple[str, int, int]
"""A target, the number of the piece, and how many inputs it is."""


def run(
    names: Sequence[str], *, inputs: int, seed: str, workers: int, say: Say, keep: Keep
) -> Mapping[str, Ran]:
    """Run inputs against targets, and return what came of each.

    Args:
        names: Which targets.
        inputs: How many inputs each is given.
        seed: What the inputs follow from.
        workers: How many processes run at once.
        say: Hears how far it is.
        keep: Is given each defect when it is found.
    """
    done = {name: Ran(target=name) for name in names}

    def add(ran: Ran) -> None:
        known = len(done[ran.target].found)
        total = done[ran.target] = done[ran.target].and_(ran)
        speed = total.inputs / total.seconds if total.seconds else 0
        say(f"{ran.target}: {total.inputs:,} inputs, {speed:,.0f} per second")
        for found in total.found[known:]:
            keep(found)

    left = list(pieces(names, inputs))
    while left:
        left = _until_one_dies(left, seed=seed, workers=workers, add=add)
    return done


def pieces(names: Sequence[str], inputs: int) -> Iterator[Piece]:
    """Yield the pieces of a run, the targets in turns."""
    cut = {name: max(1, min(TARGETS[name].chunk, inputs // PIECES)) for name in names}
    started = dict.fromkeys(names, 0)
    number = 0
    while any(one < inputs for one in started.values()):
        for name, one in started.items():
            if one < inputs:
                size = min(cut[name], inputs - one)
                started[name] += size
                yield name, number, size
        number += 1


def _until_one_dies(left: Sequence[Piece], *, seed: str, workers: int, add: Add) -> list[Piece]:
    """Run pieces; when a process dies, its piece is a finding, and those that were not begun are returned."""
    with ProcessPoolExecutor(workers, get_context("spawn"), initializer=_bounded) as pool:
        waiting, running = list(reversed(left)), dict[Future[Ran], Piece]()
        while waiting or running:
            while waiting and len(running) < workers:
                piece = waiting.pop()
                running[pool.submit(work, piece, seed)] = piece
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                try:
                    ran = future.result()
                except BrokenProcessPool:
                    _blame(running.values(), seed, add)
                    return list(reversed(waiting))
                piece = running.pop(future)
                add(ran)
    return []


def _blame(suspects: Iterable[Piece], seed: str, add: Add) -> None:
    """Run each piece that ran when a process died alone once more, and note the one that dies again."""
    for piece in suspects:
        with ProcessPoolExecutor(1, get_context("spawn"), initializer=_bounded) as alone:
            try:
                ran = alone.submit(work, piece, seed).result()
            except BrokenProcessPool:
                name, number, inputs = piece
                said = f"the process died in piece {number} of {inputs} inputs, seed {seed}"
                found = Found(target=name, kind="died", said=said, octets=b"")
                ran = Ran(target=name, inputs=inputs, found=(found,))
        add(ran)


def _bounded() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    limit = ADDRESSES if most == resource.RLIM_INFINITY else min(ADDRESSES, most)
    resource.setrlimit(resource.RLIMIT_AS, (limit, most))
    threading.Thread(target=_end_with_the_run, daemon=True).start()


def _end_with_the_run() -> None:
    """End this process when the run's is gone, however it ended."""
    if (run := parent_process()) is not None:
        run.join()
    os._exit(1)


def work(piece: Piece, seed: str) -> Ran:
    """Run one piece, in whichever process."""
    name, number, inputs = piece
    return engine.run(TARGETS[name], inputs=inputs, seed=f"{seed}:{name}:{number}")
