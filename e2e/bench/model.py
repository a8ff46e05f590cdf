"""What every benchmark results in: rows of one form, and a report of them that is JSON or a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from e2e.bench.figures import median, percentile


@dataclass(frozen=True, kw_only=True)
class Target:
    """What is to be reached.

    Attributes:
        limit: The most that is good.
        of: What is held against it: the median, or its ratio to the twin's.
        source: Who says so.
    """

    limit: float
    of: Literal["median", "ratio"] = "ratio"
    source: str = "design.md, section 9"


@dataclass(frozen=True, kw_only=True)
class Row:
    """What was measured of one thing.

    Attributes:
        name: What was measured; a comparison's two rows differ in it.
        unit: What ``median`` and ``p95`` are in.
        median: The middle of the samples; ``None`` where nothing could be measured.
        p95: What 95 per cent of them do not exceed.
        samples: How many there are.
        twin: The name of the row that this one is compared with.
        ratio: This median by the twin's.
        target: What is to be reached.
        missing: Why nothing could be measured.
        note: What else there is to know.
    """

    name: str
    unit: str = "ms"
    median: float | None = None
    p95: float | None = None
    samples: int = 0
    twin: str | None = None
    ratio: float | None = None
    target: Target | None = None
    missing: str | None = None
    note: str | None = None

    @property
    def reached(self) -> bool | None:
        """Whether the target is reached; ``None`` where there is none, or nothing was measured."""
        value = None if self.target is None else self.ratio if self.target.of == "ratio" else self.median
        return None if self.target is None or value is None else value <= self.target.limit

    def as_json(self) -> dict[str, Any]:
        """Return the row as JSON, with whether its target is reached."""
        return {**asdict(self), "reached": self.reached}


def measured(
    name: str, samples: Sequence[float], *, unit: str = "ms", twin: Row | None = None, **more: Any
) -> Row:
    """Return the row of some samples.

    Args:
        name: What was measured.
        samples: The samples; where there are none, the row is missing.
        unit: What they are in.
        twin: The row that this one is compared with.
        more: Further attributes of the row.
    """
    if not samples:
        return Row(name=name, unit=unit, **{"missing": "no sample was taken", **more})
    middle = median(samples)
    comparable = twin is not None and twin.median
    return Row(
        name=name,
        unit=unit,
        median=middle,
        p95=percentile(samples, 95),
        samples=len(samples),
        twin=twin.name if twin else None,
        ratio=middle / twin.median if twin and twin.median and comparable else None,
        **more,
    )


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How much is measured: 1 in earnest, less to see that everything runs.

    Attributes:
        share: The share of the samples of a run in earnest.
    """

    share: float = 1.0

    def of(self, samples: int, *, least: int = 1) -> int:
        """Return how many samples are taken where a run in earnest takes ``samples``."""
        return max(least, round(samples * self.share))


Say = Callable[[str], None]
"""Hears what is being done."""


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """One benchmark.

    Attributes:
        name: Its name on the command line.
        title: What it measures.
        run: Measures, and yields the rows.
        apart: Whether it is run only when it is named.
    """

    name: str
    title: str
    run: Callable[[Effort, Say], Iterator[Row]]
    apart: bool = False


@dataclass(frozen=True, kw_only=True)
class Section:
    """What one benchmark came to.

    Attributes:
        name: The benchmark's name.
        title: What it measures.
        rows: What it found.
        seconds: How long it took.
    """

    name: str
    title: str
    rows: tuple[Row, ...]
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """Return the section as JSON."""
        return {
            "name": self.name,
            "title": self.title,
            "seconds": round(self.seconds, 1),
            "rows": [row.as_json() for row in self.rows],
        }


@dataclass(frozen=True, kw_only=True)
class Results:
    """Everything that was measured in one run.

    Attributes:
        date: When, by ISO 8601.
        machine: On what, and with which versions.
        share: The share of the samples of a run in earnest.
        sections: The benchmarks that ran.
    """

    date: str
    machine: Mapping[str, Any]
    share: float
    sections: tuple[Section, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """Return the whole as JSON."""
        return {
            "schema": 1,
            "date": self.date,
            "machine": dict(self.machine),
            "share": self.share,
            "seconds": round(sum(one.seconds for one in self.sections), 1),
            "benchmarks": [one.as_json() for one in self.sections],
        }
