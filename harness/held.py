"""A value that can be exchanged for the length of a block."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Held(Generic[Value]):
    """Holds a value.

    Attributes:
        now: The value that is in place.
    """

    def __init__(self, value: Value) -> None:
        self.now = value

    @contextlib.contextmanager
    def put(self, value: Value) -> Iterator[None]:
        """Put another value in place for the length of the block."""
        before, self.now = self.now, value
        try:
            yield
        finally:
            self.now = before
