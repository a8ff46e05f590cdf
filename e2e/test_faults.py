"""Faults get their diagnosis in a real browser, on each surface where they can occur and in each mode."""

from __future__ import annotations

import pytest

from harness import Harness
from harness.catalogue.faults import faults
from harness.selftest import entries

SHOWN = (
    "callback-never-called",
    "pkce-swapped-codes",
    "key-of-other-issuer",
    "aud-wrong",
    "exp-past",
    "nonce-mismatch",
)
"""One fault per hop; the self-test runs the rest in process."""

ENTRIES = tuple(entry for entry in entries() if entry.row.id in SHOWN)


@pytest.mark.parametrize("fault", SHOWN)
def test_a_fault_gets_its_outcome_its_code_and_its_findings(fault: str, harness: Harness) -> None:
    """What the catalogue demands, not merely a refusal, in each of its cases; after them it is gone."""
    every = [entry for entry in ENTRIES if entry.row.id == fault]
    for entry in every:
        result = harness.run(entry.case)

        ended = (entry.case.id, result.outcome, result.code)
        assert (entry.case.id, entry.expectation.outcome, entry.expectation.code) == ended
        assert set(entry.expectation.findings) <= {(found.code, found.severity) for found in result.findings}
    assert harness.run(every[-1].twin).passed


def test_what_the_self_test_runs_in_process_is_the_same_in_a_browser(harness: Harness) -> None:
    """A sample over the hops: the token endpoint, the key set, the header, the encryption."""
    for name in ("token-duplicate-member", "typ-other-token", "jwe-inner-alg-none", "time-in-milliseconds"):
        entry = next(entry for entry in entries() if entry.row.id == name)

        assert faults()[name].expect[0].code == harness.run(entry.case).code


@pytest.mark.parametrize("name", ["silent-iframe-login", "samesite-lax-form-post", "token-secret-encoding"])
def test_a_check_sets_up_the_names_and_the_connector_that_a_fault_needs(name: str, harness: Harness) -> None:
    """Beside the configuration that is checked, which stays as it is."""
    row, before = faults()[name], harness.config
    entry = next(entry for entry in entries() if entry.row.id == name)

    (result,) = harness.check([entry.case]).cases

    assert not row.in_browser
    assert (entry.expectation.outcome, entry.expectation.code) == (result.outcome, result.code)
    assert before is harness.config
