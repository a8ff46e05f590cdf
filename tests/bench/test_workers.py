from __future__ import annotations

from e2e.bench.workers import SAMPLE
from harness.catalogue.faults import faults


def test_the_sample_is_40_faults_of_the_catalogue() -> None:
    """Each exists, and none counts twice."""
    assert 40 == len(set(SAMPLE))
    assert set(SAMPLE) <= faults().keys()
