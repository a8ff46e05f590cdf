"""The report for a terminal: first who must act, then the details, within 80 columns."""

from __future__ import annotations

import re
from typing import Any

import pytest

from harness.matrix import Case
from harness.report import text
from harness.report.model import (
    Broken,
    Kept,
    Percentiles,
    ProbeResult,
    ProbeSent,
    Readiness,
    Soak,
    SoakedCase,
)

from ..made import report, result, told

EMBEDDED, POPUP = Case(surface="embedded", flow="code-pkce"), Case(surface="popup", flow="code-pkce")
ANYWAY = "the callback is called with what the method returns, and with an error where that is nothing"


def test_whether_each_surface_is_ready_comes_first() -> None:
    """A sign and a sentence for each; what is long goes on below its beginning."""
    ready = [
        Readiness(surface="embedded", ready=True, sentence="embedded: ready; 1 of 1 cases passed."),
        Readiness(surface="popup", ready=False, sentence="popup: not ready; " + "very " * 20 + "so."),
        Readiness(surface="app", ready=None, sentence="app: cannot be told."),
    ]
    lines = text.render(report(result(EMBEDDED), readiness=tuple(ready))).splitlines()

    assert "✓ embedded: ready; 1 of 1 cases passed." == lines[0]
    assert lines[1].startswith("✗ popup: not ready; very")
    assert lines[2].startswith("  very")
    assert "? app: cannot be told." == lines[3]


def test_a_finding_says_what_came_of_its_overlay() -> None:
    """Confirmed or not; of what nobody tried nothing is said."""
    shown = [
        text.finding(told("sdk.callback_timeout", confirmed=confirmed, overlay=ANYWAY))
        for confirmed in (True, False, None)
    ]

    assert "    tried     cause confirmed: gone when the callback is called with" in shown[0]
    assert "    tried     cause not confirmed: no better when the callback is called" in shown[1]
    assert "tried" not in shown[2]


def test_a_cause_is_not_called_confirmed_for_another_case() -> None:
    """Cases that are told together have come to the same."""
    cases = [
        result(case, told("sdk.callback_timeout", confirmed=confirmed, overlay=ANYWAY), outcome="refused")
        for case, confirmed in ((EMBEDDED, True), (POPUP, False))
    ]
    shown = text.render(report(*cases))

    assert 1 == shown.count("cause confirmed") == shown.count("cause not confirmed")


def test_a_guest_who_passes_is_not_called_authenticated() -> None:
    """The scenario wants a guest; the sum says what holds of every case."""
    guest = result(
        Case(surface="embedded", flow="code-pkce", scenario="logged-out"), outcome="not_authenticated"
    )
    passed = guest.model_copy(update={"passed": True})

    assert "2 of 2 cases passed in" in text.render(report(result(EMBEDDED), passed))
    assert "1 of 1 cases authenticated in" in text.render(report(result(EMBEDDED)))


def test_what_was_learned_and_found_before_is_told_after_the_cases() -> None:
    """And the summary last."""
    shown = text.render(
        report(
            result(EMBEDDED, told("claims.expired"), outcome="refused", code="claims.expired"),
            learned="one login: authenticated",
            preflight=(told("net.connect_failed", "warning"),),
        )
    )

    order = [
        "claims.expired",
        "before any login",
        "net.connect_failed",
        "learned first: one login",
        "0 of 1 cases",
    ]
    found = [shown.index(one) for one in order]
    assert sorted(found) == found


def test_what_probes_sent_is_listed_with_what_came_back() -> None:
    """A sign for each probe: found something, nothing, or why it says nothing."""
    address = "https://login.acme.example/token"
    sent = ProbeSent(what="the exchange", method="POST", url=address, answered="no")
    silent = ProbeResult(name="no-verifier", connector="acme", what="a code is sent twice", sent=(sent,))
    weak = {"name": "code-reuse", "sent": (sent, sent), "findings": (told("idp.code_reusable"),)}
    unsent = {"name": "code-lifetime", "sent": (), "reason": "not sent: it takes long"}
    probes = (silent.model_copy(update=weak), silent, silent.model_copy(update=unsent))
    lines = text.render(report(result(EMBEDDED), probes=probes)).splitlines()

    assert "probes of the authorization server (acme), 3 requests sent" in lines
    assert "  ✗ code-reuse: a code is sent twice" in lines
    assert "  error: idp.code_reusable (token endpoint; RFC6749-4.1.2)" in lines
    assert "  ✓ no-verifier: a code is sent twice" in lines
    assert "  ? code-lifetime: not sent: it takes long" in lines
    assert 3 == lines.count("    POST https://login.acme.example/token: the exchange; no")


def test_without_a_brand_of_ones_own_nothing_is_said_of_it() -> None:
    """The sample's report begins with its table."""
    shown = text.render(report(result(EMBEDDED)))

    assert shown.startswith(" " * 8)
    assert not [word for word in ("ready", "learned", "before any login") if word in shown]


@pytest.mark.parametrize("outcome", ["refused", "undetermined"])
def test_every_line_fits(outcome: str) -> None:
    """Whatever is told, a word that is longer than a line apart."""
    found = told("sdk.callback_timeout", confirmed=True, overlay=ANYWAY * 3, observed="a b " * 80)
    shown = text.render(
        report(result(EMBEDDED, found, outcome=outcome), preflight=(found,), learned="so it was " * 30)
    )

    assert [] == [line for line in shown.splitlines() if len(line) > text.WIDTH]


def test_what_was_repeated_is_counted_in_eighty_columns() -> None:
    """Flakes, percentiles, leaks, and which case did not pass each time."""
    common: dict[str, Any] = {
        "flows": 10_000,
        "passed": 9_999,
        "failed": 1,
        "undetermined": 0,
        "expected": 0,
        "retried": 0,
        "flow_in_page": Percentiles(p50=40.1, p95=60, p99=12_345.6),
        "case": Percentiles(p50=340.1, p95=460, p99=700),
    }
    case = SoakedCase(id=EMBEDDED.id, codes={"claims.expired": 1}, **common)
    kept = Kept(worker=1, what="open sockets", unit="", start=20, end=40, leak=True)
    soak = Soak(rounds=10_000, seconds=3600, flaky=1, cases=(case,), kept=(kept,), **common)
    said = text.render(report(result(EMBEDDED), soak=soak))
    cut_short = text.render(report(result(EMBEDDED), soak=soak.model_copy(update={"interrupted": True})))

    assert "10000 flows in 10000 rounds, 3600.0 s\n" in said
    assert "10000 flows in 10000 rounds, 3600.0 s, then interrupted\n" in cut_short
    assert "9999 passed, 1 failed; 1 of 1 cases flaky" in said
    assert re.search(r"open sockets +20 +40 +\+20 +leak", said)
    assert f"{EMBEDDED.id}: passed 9999 of 10000" in " ".join(said.split())
    assert max(map(len, said.splitlines())) <= 80


def test_a_retry_that_passed_is_flaky_and_a_case_that_broke_is_told() -> None:
    """Neither counts as passed."""
    again = result(EMBEDDED, passed=False, flaky=True, retried=True)
    said = text.render(report(again, broken=(Broken(id="popup/code", reason="the browser was closed"),)))

    assert "authenticated, on its retry only" in said
    assert "0 of 1 cases authenticated, 1 flaky, 1 broken" in said
    assert "popup/code: the browser was closed" in said
