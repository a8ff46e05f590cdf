"""Ctrl-C in a long run: the first one ends it with what has begun, so that nothing counted is lost."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def winding_down(say: Callable[[str], None]) -> Iterator[Callable[[], bool]]:
    """Give what says whether a further case may begin, which after a first Ctrl-C none may.

    A second Ctrl-C does what it always does. What is played must not hear the first one: workers do not.

    Args:
        say: Is told once that no further case begins, by whoever asks whether one may.
    """
    came, said = False, False

    def first(*_: object) -> None:
        nonlocal came
        came = True
        signal.signal(signal.SIGINT, before)

    def goes_on() -> bool:
        nonlocal said
        if came and not said:
            said = True
            say("ending with the cases that have begun; Ctrl-C once more stops at once")
        return not came

    before = signal.getsignal(signal.SIGINT)
    with contextlib.ExitStack() as ending:
        with contextlib.suppress(ValueError):  # not in the main thread: then signals are somebody else's
            signal.signal(signal.SIGINT, first)
            ending.callback(signal.signal, signal.SIGINT, before)
        yield goes_on
