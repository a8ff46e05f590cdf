"""What a target is, and what came of running inputs against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Literal

Read = Callable[[bytes], str | None]
"""Reads one input: returns ``None`` when it accepts it, else a word for why not, or a documented error."""

Vary = Callable[[Random, Sequence[bytes]], bytes]
"""Makes an input of seeds."""

Kind = Literal["exception", "too slow", "memory", "died"]


@dataclass(frozen=True, kw_only=True)
class Target:
    """One reader of foreign octets.

    Attributes:
        name: Its name on the command line, and of its folder in the corpus.
        title: What is read.
        prepare: Makes the reader, with its keys and folders, in the process that runs it.
        refuses: The exceptions that the reader documents.
        vary: Makes inputs of the corpus.
        seconds: How much processor time one input may take.
        chunk: How many inputs are one piece of work.
    """

    name: str
    title: str
    prepare: Callable[[], Read]
    refuses: tuple[type[Exception], ...]
    vary: Vary
    seconds: float = 1.0
    chunk: int = 10_000


@dataclass(frozen=True, kw_only=True)
class Found:
    """A defect.

    Attributes:
        target: The target's name.
        kind: What happened.
        said: In one line, with the place in the product where it happened.
        octets: The smallest input that shows it.
    """

    target: str
    kind: Kind
    said: str
    octets: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What came of some inputs of one target.

    Attributes:
        target: The target's name.
        inputs: How many there were.
        seconds: How much processor time they took, which others on the machine do not change.
        accepted: How many were accepted.
        refused: How many were refused as documented, by the word for why.
        found: The defects, each once.
    """

    target: str
    inputs: int = 0
    seconds: float = 0
    accepted: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    found: tuple[Found, ...] = ()

    def and_(self, other: Ran) -> Ran:
        """Return both together."""
        known = {(one.kind, one.said) for one in self.found}
        return Ran(
            target=self.target,
            inputs=self.inputs + other.inputs,
            seconds=self.seconds + other.seconds,
            accepted=self.accepted + other.accepted,
            refused=self.refused + other.refused,
            found=(*self.found, *(one for one in other.found if (one.kind, one.said) not in known)),
        )
