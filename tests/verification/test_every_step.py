"""No step of the verification pipeline can be left out: the self-test tells."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from harness import selftest
from harness.catalogue.codes import codes
from harness.errors import HarnessBroken
from harness.history.reach import words
from harness.selftest import Entry, InProcess
from harness.verification import pipeline, verifier
from harness.verification.pipeline import Examined, Step, Subject

ENTRIES = tuple(entry for entry in selftest.entries() if not entry.in_browser)
MOST = 12
"""How many entries of a step are asked at most: one that turns wrong is enough."""


ASKED = {"key_choice": ("jwks.", "config.key", "net.")}
"""How the codes begin that a step has from whom it asks, whose code it does not name."""


def owned(step: Step) -> tuple[Entry, ...]:
    """Return entries whose expected code a step can yield, one of each fault, those that it ends first."""
    asked = {code for code in codes() if code.startswith(ASKED.get(step.__name__, " "))}
    own = asked | (words(step) & codes().keys())
    first = {entry.row.id: entry for entry in reversed(ENTRIES) if entry.expectation.code in own}
    more = {
        entry.row.id: entry
        for entry in reversed(ENTRIES)
        if own & {code for code, _ in entry.expectation.findings}
    }
    return tuple({**more, **first}.values())


def turns_wrong(process: InProcess, entry: Entry) -> bool:
    """Tell whether a row is wrong, also because a later step has nothing to look at and breaks the case."""
    try:
        return not process.row(entry).right
    except (HarnessBroken, httpx2.TransportError):  # a server that broke has closed its connections too
        return True


@pytest.fixture(scope="module")
def process() -> Iterator[InProcess]:
    """One server for all of them."""
    with InProcess(ENTRIES) as started:
        yield started


def without(monkeypatch: pytest.MonkeyPatch, left_out: Step | None) -> None:
    """Take one step out of the product's pipeline."""

    def examine(subject: Subject, steps: tuple[Step, ...]) -> Examined:
        return pipeline.examine(subject, tuple(one for one in steps if one is not left_out))

    monkeypatch.setattr(verifier, "examine", examine)


@pytest.mark.parametrize("step", pipeline.STEPS, ids=[step.__name__ for step in pipeline.STEPS])
def test_with_every_step_in_place_its_rows_are_right(
    step: Step, process: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the missing step that the next test sees, and nothing else."""
    without(monkeypatch, None)

    assert process.row(owned(step)[0]).right


@pytest.mark.parametrize("step", pipeline.STEPS, ids=[step.__name__ for step in pipeline.STEPS])
def test_a_pipeline_without_one_step_gets_a_row_of_the_selftest_wrong(
    step: Step, process: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What only one step can find is missed without it; what rests on a step falls with it."""
    without(monkeypatch, step)

    assert any(turns_wrong(process, entry) for entry in owned(step)[:MOST])
