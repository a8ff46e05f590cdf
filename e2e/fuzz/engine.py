"""Runs inputs against one target: what leaves, how long it takes, how much memory it needs."""

from __future__ import annotations

import functools
import resource
import signal
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from types import FrameType

from e2e.fuzz.kept import seeds
from e2e.fuzz.model import Found, Kind, Ran, Read, Target

MEMORY = 64 * 1024
"""KiB by which one input may let the process grow."""

WAITS = 30.0
"""Seconds by the clock on the wall after which an input hangs, although it computes nothing."""

POOL, SEED = 200, 4 * 1024
"""How many inputs of a run become seeds, and how many octets each has at most."""

MINIMISING, SLOWLY = 400, 12
"""How many shorter inputs are tried, and how many where each takes long."""

_PRODUCT = Path(__file__).parents[2] / "harness"


class TooSlow(BaseException):
    """An input takes too long; no reader may take it for an error of its own."""


def run(target: Target, *, inputs: int, seed: str) -> Ran:
    """Run inputs against a target.

    Args:
        target: The target.
        inputs: How many.
        seed: What they follow from: the same seed makes the same inputs of the same corpus.

    An input that is answered with a word that was not heard before is a seed of later ones.
    """
    read, random, corpus = target.prepare(), Random(seed), list(seeds(target.name))
    known, accepted, refused = len(corpus), 0, Counter[str]()
    found: dict[tuple[Kind, str], Found] = {}
    begun = time.process_time()
    with watched():
        for _ in range(inputs):
            octets = target.vary(random, corpus)
            word, defect = attempt(target, read, octets)
            if defect is not None:
                if defect not in found:
                    kind, said = defect
                    tries = MINIMISING if kind == "exception" else SLOWLY
                    small = smallest(octets, functools.partial(_shows, target, read, defect), tries)
                    found[defect] = Found(target=target.name, kind=kind, said=said, octets=small)
                continue
            if word is None:
                accepted += 1
                continue
            if word not in refused and len(corpus) < known + POOL and len(octets) < SEED:
                corpus.append(octets)
            refused[word] += 1
    return Ran(
        target=target.name,
        inputs=inputs,
        seconds=time.process_time() - begun,
        accepted=accepted,
        refused=refused,
        found=tuple(found.values()),
    )


def attempt(target: Target, read: Read, octets: bytes) -> tuple[str | None, tuple[Kind, str] | None]:
    """Give one input to a reader.

    Args:
        target: The target.
        read: Its reader.
        octets: The input.

    Returns:
        The word for why it is refused, ``None`` when it is accepted; and the defect that it shows.
    """
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    signal.setitimer(signal.ITIMER_VIRTUAL, target.seconds)
    signal.setitimer(signal.ITIMER_REAL, WAITS)
    try:
        word = read(octets)
    except TooSlow as error:
        return None, ("too slow", f"more than {target.seconds:g} s{_place(error)}")
    except target.refuses as error:
        word = _word(error)
    except Exception as error:
        return None, ("exception", f"{type(error).__name__}{_place(error)}")
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return word, ("memory", f"more than {MEMORY // 1024} MiB") if grown > MEMORY else None


@contextmanager
def watched() -> Iterator[None]:
    """Let an input that takes too long end; only the main thread of a process can do so."""
    known = {one: signal.signal(one, _too_slow) for one in (signal.SIGVTALRM, signal.SIGALRM)}
    try:
        yield
    finally:
        for number, handler in known.items():
            signal.signal(number, handler)


def _too_slow(_: int, __: FrameType | None) -> None:
    raise TooSlow


def _shows(target: Target, read: Read, defect: tuple[Kind, str], octets: bytes) -> bool:
    return attempt(target, read, octets)[1] == defect


def smallest(octets: bytes, shows: Callable[[bytes], bool], tries: int = MINIMISING) -> bytes:
    """Return a part of an input that still shows the same defect.

    Args:
        octets: The input.
        shows: Tells whether another one shows it.
        tries: How many shorter inputs are tried.
    """
    size, left = max(1, len(octets) // 2), tries
    while left:
        for first in range(0, len(octets), size):
            left -= 1
            if shows(shorter := octets[:first] + octets[first + size :]):
                octets = shorter
                break
            if not left:
                break
        else:
            if size == 1:
                break
            size = max(1, size // 2)
    return octets


def _word(error: Exception) -> str:
    """Return the code of a refusal, else the name of the error."""
    code = getattr(getattr(error, "problem", error), "code", None)
    return code if isinstance(code, str) else type(error).__name__


def _place(error: BaseException) -> str:
    """Say where in the product an error arose; nothing where it is not ours."""
    frames: Sequence[traceback.FrameSummary] = traceback.extract_tb(error.__traceback__)
    ours = [one for one in frames if Path(one.filename).is_relative_to(_PRODUCT)]
    return f" in {Path(ours[-1].filename).relative_to(_PRODUCT.parent)}, {ours[-1].name}" if ours else ""
