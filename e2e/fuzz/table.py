"""What came of a run as text, 80 columns wide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from e2e.fuzz.model import Ran

_NAMES = ("inputs", "per second", "accepted", "refused")
_HEAD = f"{'target':16}{''.join(f'{name:>11}' for name in _NAMES)}{'kinds':>6}{'foreign':>8}"


def table(done: Mapping[str, Ran]) -> str:
    """Return a line for each target: ``kinds`` counts the words for why, ``foreign`` what must not be."""
    return "\n".join((_HEAD, *_rows(done)))


def _rows(done: Mapping[str, Ran]) -> Iterator[str]:
    for name, ran in done.items():
        rate = ran.inputs / ran.seconds if ran.seconds else 0
        refused = sum(ran.refused.values())
        yield (
            f"{name:16}{ran.inputs:>11,}{rate:>11,.0f}{ran.accepted:>11,}{refused:>11,}"
            f"{len(ran.refused):>6}{len(ran.found):>8}"
        )
