"""Every fault that needs no page to show gets its diagnosis, over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from harness import selftest
from harness.catalogue.faults import faults
from harness.config import FLOWS, MODES, SURFACES, Flow, Mode, Surface
from harness.matrix import Case
from harness.probing import PROBES
from harness.selftest import Entry, InProcess

ENTRIES = tuple(entry for entry in selftest.entries() if not entry.in_browser)
ROWS = tuple(dict.fromkeys(entry.row.id for entry in ENTRIES))


@pytest.fixture(scope="module")
def process() -> Iterator[InProcess]:
    """One server for all of them."""
    with InProcess(ENTRIES) as started:
        yield started


@pytest.mark.parametrize("fault", ROWS)
def test_a_fault_gets_its_outcome_its_code_and_its_findings(fault: str, process: InProcess) -> None:
    """Every entry, on every surface and in every mode, is what the catalogue demands."""
    chosen = tuple(entry for entry in ENTRIES if entry.row.id == fault)

    assert [] == [row for row in (process.row(entry) for entry in chosen) if not row.right]


@pytest.mark.parametrize("group", ["N", "O"])
def test_an_event_loop_may_run_in_the_thread_as_where_browsers_are_driven(
    group: str, process: InProcess
) -> None:
    """One worker shows what needs a browser and what needs none, in one thread."""
    chosen = [entry for entry in ENTRIES if entry.row.group == group]

    async def rows() -> list[selftest.Row]:
        return [process.row(entry) for entry in chosen]

    assert [] == [row for row in asyncio.run(rows()) if not row.right]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("surface", SURFACES)
def test_without_a_fault_the_consumer_is_signed_in(
    surface: Surface, flow: Flow, mode: Mode, process: InProcess
) -> None:
    """The twin of every fault: nothing put in, nothing found."""
    twin = process.twin(Case(surface=surface, flow=flow, mode=mode))

    assert ("authenticated", ()) == (twin.outcome, twin.findings)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("flow", FLOWS)
def test_a_careful_authorization_server_gets_nothing_from_any_probe(
    flow: Flow, mode: Mode, process: InProcess
) -> None:
    """The twin of every weakness: all probes, no finding."""
    twin = process.twin(Case(surface="popup", flow=flow, mode=mode), tuple(one.name for one in PROBES))

    assert ("authenticated", ()) == (twin.outcome, twin.findings)


@pytest.mark.parametrize("surface", ["embedded", "popup"])
def test_the_platform_makes_a_challenge_for_each_transaction(surface: Surface, process: InProcess) -> None:
    """The product does what the weakened platform of the row does not, and nothing is found."""
    entry = entry_of("pkce-challenge-constant")
    strong = replace(entry, case=replace(entry.case, surface=surface))

    assert () == process.judgement(strong, ()).findings


def test_a_probe_that_can_find_an_error_has_a_weakness_that_it_finds() -> None:
    """Each is named by a row; what else the table has finds a warning, or is seen without a probe too."""
    named = {name for row in faults().values() for name in row.probes}

    assert {"long-state-and-nonce", "plain-challenge", "framing"} == {one.name for one in PROBES} - named


def test_the_positive_controls_are_accepted_without_an_error() -> None:
    """Group P is unusual but correct: no expectation of its rows is a refusal."""
    controls = [row for row in faults().values() if row.group == "P"]

    assert {"authenticated"} == {expect.outcome for row in controls for expect in row.expect}


def entry_of(fault: str) -> Entry:
    """Return the first entry of a fault."""
    return next(entry for entry in ENTRIES if entry.row.id == fault)


def test_a_wrong_expectation_is_reported_as_wrong(process: InProcess) -> None:
    """The self-test can fail: a good sign-in is not what a fault's row expects."""
    entry = entry_of("exp-past")
    harmless = selftest.compare(entry, [process.twin(entry.twin)])

    assert not harmless.right
    assert harmless.observed is not None
    assert "authenticated" == harmless.observed.outcome


def test_a_fault_that_an_engine_cannot_show_is_unavailable_there() -> None:
    """It counts neither as right nor as wrong, and the row says why."""
    entry = next(entry for entry in selftest.entries(engine="firefox") if entry.in_browser)
    hidden = replace(entry, row=entry.row.model_copy(update={"not_visible": {"firefox": "it shows nothing"}}))

    score = selftest.run((hidden,))

    assert ["it shows nothing"] == [row.unavailable for row in score.rows]
    assert ((), (0, 1)) == (score.wrong, score.score())
    assert '"right": 0,\n    "wrong": 0,\n    "unavailable": 1' in score.as_json()


def test_the_order_of_the_entries_is_of_no_account(process: InProcess) -> None:
    """Who has been given to another person is their own again for the next."""
    process.row(entry_of("sub-reassigned"))

    assert process.row(entry_of("email-merge")).right
