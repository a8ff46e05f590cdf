"""What findings said when faults were put into the sample: ``examples.toml``, read once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from harness.catalogue.table import read
from harness.settings import Settings


class Example(Settings):
    """What a finding said once.

    Attributes:
        expected: What was asked for.
        observed: What was seen.
    """

    expected: str
    observed: str


@cache
def examples() -> Mapping[str, Example]:
    """Return an example for each code of which one was collected, by the code."""
    return {code: Example(**row) for code, row in read("examples.toml").items()}
