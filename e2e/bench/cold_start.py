"""(d) From typing ``harness check`` to the first verdict, on a machine that has run it before."""

from __future__ import annotations

from collections.abc import Iterator

from e2e.bench.command import first_verdict
from e2e.bench.model import Benchmark, Effort, Row, Say, Target, measured
from harness.errors import HarnessBroken

SAMPLES = 5
SOON = Target(limit=3.0, of="median")


def run(effort: Effort, say: Say) -> Iterator[Row]:
    """Measure."""
    name = "first verdict of a check"
    try:
        if effort.share == 1:
            first_verdict("check")
        took = []
        for number in range(samples := effort.of(SAMPLES)):
            say(f"cold start {number + 1} of {samples}")
            took.append(first_verdict("check"))
    except HarnessBroken as error:
        yield Row(name=name, unit="s", missing=str(error))
        return
    yield measured(name, took, unit="s", target=SOON)


BENCHMARK = Benchmark(name="cold-start", title="cold start of harness check to the first verdict", run=run)
