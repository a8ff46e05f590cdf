"""A thread of one's own for what belongs to one thread, as Playwright's synchronous driver does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


def loop_runs() -> bool:
    """Tell whether an event loop runs in this thread, in which nothing synchronous of Playwright's works."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


class OwnThread:
    """Does everything that it is given in one thread, in order; ``close`` ends it.

    Args:
        name: What the thread is called.
    """

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._ident = self._pool.submit(threading.get_ident).result()

    @property
    def is_current(self) -> bool:
        """Whether the caller is in it."""
        return threading.get_ident() == self._ident

    def do(self, work: Callable[Given, Answer], *args: Given.args, **given: Given.kwargs) -> Answer:
        """Do something there, and wait for what comes of it."""
        return self._pool.submit(work, *args, **given).result()

    def ado(
        self, work: Callable[Given, Answer], *args: Given.args, **given: Given.kwargs
    ) -> Awaitable[Answer]:
        """Do something there, while the caller's event loop goes on."""
        return asyncio.wrap_future(self._pool.submit(work, *args, **given))

    def close(self) -> None:
        """Wait until all is done, and end the thread."""
        self._pool.shutdown()
