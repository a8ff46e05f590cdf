"""Cases that are repeated: what is counted, and which round stands for all."""

from __future__ import annotations

from itertools import islice
from typing import Any

import pytest

from harness.executors import Played, Ticket
from harness.executors.usage import Usage
from harness.matrix import Case
from harness.report.model import CaseResult, Percentiles, Timings
from harness.soaking import Rounds, Soaking, percentiles

from .made import result, told

EMBEDDED, POPUP = Case(surface="embedded", flow="code"), Case(surface="popup", flow="code")
FAILED: dict[str, Any] = {"outcome": "refused", "code": "claims.expired", "passed": False}


def soaked(*ends: CaseResult, cases: int = 1) -> Soaking:
    """Return what was counted of results that came one after the other."""
    soaking = Soaking(cases)
    for place, one in enumerate(ends):
        soaking.add(Played(ticket=Ticket(place=place, case=EMBEDDED), result=one), one)
    return soaking


def took(whole: float, in_page: float = 0) -> CaseResult:
    """Return a case that passed and took some milliseconds."""
    return result(EMBEDDED, timings_ms=Timings(case=whole, flow_in_page=in_page))


def test_the_cases_come_round_by_round() -> None:
    """Each in its place of the run."""
    given = tuple(Rounds(repeat=2).tickets((EMBEDDED, POPUP)))

    assert [EMBEDDED, POPUP, EMBEDDED, POPUP] == [one.case for one in given]
    assert [0, 1, 2, 3] == [one.place for one in given]


def test_without_a_number_of_rounds_there_is_no_end() -> None:
    """Time ends them."""
    assert 1000 == len(list(islice(Rounds(seconds=1).tickets((EMBEDDED,)), 1000)))
    assert [] == list(Rounds(seconds=1).tickets(()))


def test_the_first_round_is_whole_however_short_the_time() -> None:
    """Every case was seen once."""
    goes_on = Rounds(seconds=0).goes_on(3, lambda: True)

    assert [True, True, True, False] == [goes_on() for _ in range(4)]


def test_whoever_else_ends_a_run_ends_every_round() -> None:
    """The first too."""
    assert not Rounds(seconds=60).goes_on(3, lambda: False)()


def test_a_case_that_passed_now_and_then_is_flaky_and_has_not_passed() -> None:
    """Of its rounds the first that failed is told."""
    first = result(EMBEDDED, told("claims.expired", observed="the first"), **FAILED)
    soaking = soaked(result(EMBEDDED), first, result(EMBEDDED), result(EMBEDDED, **FAILED))
    ((_, shown),) = soaking.shown()
    counted = soaking.counted()

    assert (True, False, first.findings) == (shown.flaky, shown.passed, shown.findings)
    assert (4, 2, 2, 1) == (counted.flows, counted.passed, counted.failed, counted.flaky)
    assert {"claims.expired": 2} == counted.cases[0].codes


def test_a_case_that_passed_in_every_round_has_passed() -> None:
    """The latest round is told."""
    soaking = soaked(took(100), took(200))
    ((_, shown),) = soaking.shown()

    assert (True, False, 200) == (shown.passed, shown.flaky, shown.timings_ms.case)


def test_a_case_that_never_passed_has_failed() -> None:
    """That is no flake."""
    soaking = soaked(result(EMBEDDED, **FAILED), result(EMBEDDED, **FAILED))

    assert [False] == [one.flaky for _, one in soaking.shown()]
    assert 0 == soaking.counted().flaky


def test_a_retry_that_passed_fails_nothing() -> None:
    """A browser broke down; the case is flaky, and no round of it has failed."""
    again = result(EMBEDDED, passed=False, flaky=True, retried=True)
    soaking = soaked(result(EMBEDDED), again)
    ((_, shown),) = soaking.shown()
    counted = soaking.counted()

    assert shown.on_retry
    assert (1, 1, 0, 1) == (counted.passed, counted.retried, counted.failed, counted.flaky)


def test_each_case_is_counted_by_itself() -> None:
    """Rounds are those that all cases have."""
    soaking = soaked(result(EMBEDDED), result(POPUP), result(EMBEDDED), cases=2)
    counted = soaking.counted()

    assert [2, 1] == [one.flows for one in counted.cases]
    assert (1, 3) == (counted.rounds, counted.flows)


def test_percentiles_are_those_of_all_rounds() -> None:
    """What has no time in the page, as a guest's case, counts for none."""
    counted = soaked(*(took(number, number / 10) for number in range(1, 101)), took(101)).counted()

    assert Percentiles(p50=51, p95=96, p99=100) == counted.case
    assert Percentiles(p50=5, p95=9.5, p99=9.9) == counted.flow_in_page


@pytest.mark.parametrize(("values", "expected"), [([], None), ([7.0], Percentiles(p50=7, p95=7, p99=7))])
def test_percentiles_of_little(values: list[float], expected: Percentiles | None) -> None:
    """Of one value they are that value."""
    assert expected == percentiles(values)


def test_what_is_not_given_back_is_called_a_leak() -> None:
    """From after the first round, in which everything is filled, to the end; for each process."""
    soaking = Soaking(1)
    sockets = {0: 5, 1: 20, 2: 25, 3: 40}
    for place, number in sockets.items():
        held = Usage(
            process=7, server_octets=100 << 20, browser_octets=None, files=30, sockets=number, folders=1
        )
        played = Played(ticket=Ticket(place=place, case=EMBEDDED), usage=held)
        soaking.add(played, result(EMBEDDED))
    kept = {one.what: one for one in soaking.counted().kept}

    assert (20, 40, True) == tuple(getattr(kept["open sockets"], name) for name in ("start", "end", "leak"))
    assert (100, 100, False) == tuple(getattr(kept["servers"], name) for name in ("start", "end", "leak"))
    assert "browser" not in kept
