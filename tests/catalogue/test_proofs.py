"""Each check has a fault that makes it fail, and what no fault can show has a test that says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.catalogue.codes import codes
from harness.catalogue.faults import faults
from harness.checks.judgement import CHECKS
from harness.checks.verdict import check_backend
from harness.history.reach import words
from harness.verification.pipeline import STEPS

TESTS = Path(__file__).parents[1]
WANTED = [
    (expectation.code, expectation.findings) for fault in faults().values() for expectation in fault.expect
] + [(fault.weakened.code, fault.weakened.findings) for fault in faults().values()]
SHOWN = {code for own, found in WANTED for code in (own, *(code for code, _ in found)) if code is not None}
"""Every code that a fault of the catalogue has to be diagnosed with."""

OWN_BRAND = "only a brand of one's own can show it: the sample names every host, and its people sign in"
BEFORE = "the preflight finds it, which nobody asks of the sample"
PROBE = "a probe finds it, which is sent to the authorization server of a brand of one's own alone"
RECORDED = "a timeline that a browser recorded shows it"
SEVERAL = "only a scenario of several sign-ins shows it"
BACKEND = "only another verification backend shows it"

ELSEWHERE = {
    "brand.token_broadcast": ("checks/test_page_secrets.py", RECORDED),
    "browser.page_crashed": ("checks/test_recording.py", RECORDED),
    "claims.sub_constant": ("checks/test_scenario.py", SEVERAL),
    "claims.sub_unstable": ("checks/test_scenario.py", SEVERAL),
    "config.port_unusual": ("preflight/test_network.py", BEFORE),
    "harness.endpoint_not_named": ("verification/test_discovery.py", OWN_BRAND),
    "harness.login_unknown": ("checks/test_reach.py", OWN_BRAND),
    "harness.page_elsewhere": ("checks/test_reach.py", OWN_BRAND),
    "harness.page_unreachable": ("checks/test_reach.py", OWN_BRAND),
    "harness.recording_incomplete": ("checks/test_recording.py", RECORDED),
    "harness.step_failed": ("checks/test_reach.py", OWN_BRAND),
    "idp.pkce_plain": ("probing/test_probing.py", PROBE),
    "net.address_private": ("preflight/test_network.py", BEFORE),
    "platform.backend_failed": ("verification/test_remote.py", BACKEND),
    "platform.undocumented": ("preflight/test_undocumented.py", BEFORE),
    "sdk.dialog_opened": ("checks/test_page_environment.py", RECORDED),
}
"""Of each other code the tests that show it, and why no fault does. A code that gets a fault leaves it."""


def test_every_code_has_a_fault_that_shows_it_or_a_test() -> None:
    """No check is believed that never failed; what a fault can show needs no excuse."""
    assert codes().keys() - SHOWN == ELSEWHERE.keys()


@pytest.mark.parametrize("code", ELSEWHERE)
def test_the_test_of_a_code_without_a_fault_is_where_it_is_said_to_be(code: str) -> None:
    """It names the code."""
    where, _ = ELSEWHERE[code]

    assert f'"{code}"' in (TESTS / where).read_text("utf-8")


PASSED_ON = {"check_verdict", "check_not_logged_in", "check_refused", "key_choice"}
"""What passes codes on that others found: verification backend, the platform's front door, source of keys."""

FUNCTIONS = tuple(one for one in (*CHECKS, check_backend, *STEPS) if one.__name__ not in PASSED_ON)


@pytest.mark.parametrize("function", FUNCTIONS, ids=[one.__name__ for one in FUNCTIONS])
def test_every_check_and_every_step_can_find_something_that_is_shown(
    function: Callable[..., Any],
) -> None:
    """One of the codes that it can come to is one that a fault shows, or a test elsewhere."""
    assert words(function) & codes().keys() & (SHOWN | ELSEWHERE.keys())
