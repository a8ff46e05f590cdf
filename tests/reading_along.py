"""Somebody who asks for what is new while others write it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TypeVar

New = TypeVar("New")


@contextlib.contextmanager
def reading_along(after: Callable[[New | None], Sequence[New]]) -> Iterator[list[New]]:
    """Give what was read during the block, and right after it.

    Args:
        after: Asks for what has come after the newest that is known, ``None`` at first.
    """
    read: list[New] = []
    over = Event()

    def follow() -> None:
        while True:
            ended = over.is_set()
            read.extend(after(read[-1] if read else None))
            if ended:
                return

    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(follow)
        try:
            yield read
        finally:
            over.set()
            reader.result()
