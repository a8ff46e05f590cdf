"""Every benchmark, in the order in which they run."""

from __future__ import annotations

import datetime
import time
from collections.abc import Mapping, Sequence
from typing import Any

from e2e.bench import browser_flows, cold_start, http_flows, load, memory, verification, workers
from e2e.bench.model import Benchmark, Effort, Results, Say, Section

BENCHMARKS: Mapping[str, Benchmark] = {
    module.BENCHMARK.name: module.BENCHMARK
    for module in (browser_flows, verification, http_flows, cold_start, workers, memory, load)
}

WHOLE = tuple(name for name, one in BENCHMARKS.items() if not one.apart)
"""What is run where nothing is named."""


def run(names: Sequence[str], effort: Effort, say: Say, machine: Mapping[str, Any]) -> Results:
    """Run benchmarks one after the other.

    Args:
        names: Which; those of the whole run when empty.
        effort: How much is measured.
        say: Hears what is being done.
        machine: On what.
    """
    date = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    sections = tuple(_section(BENCHMARKS[name], effort, say) for name in names or WHOLE)
    return Results(date=date, machine=machine, share=effort.share, sections=sections)


def _section(benchmark: Benchmark, effort: Effort, say: Say) -> Section:
    begun = time.monotonic()
    rows = tuple(benchmark.run(effort, say))
    seconds = time.monotonic() - begun
    return Section(name=benchmark.name, title=benchmark.title, rows=rows, seconds=seconds)
