"""A picture of a page at a step of a case."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture of a page.

    Attributes:
        step: What the consumer had just done, or saw.
        jpeg: The picture.
    """

    step: str
    jpeg: bytes
