"""What the consumer did, and whether each time came to the end that it should."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from harness.checks import judge
from harness.checks.scenario import acts, check_subjects

if TYPE_CHECKING:
    from tests.checks.conftest import Happened, Told

Verdict = Callable[..., "Told"]


def does(account: str | None, wanted: str = "authenticated") -> Told:
    """Return that a consumer does something, and how it should end."""
    return "harness", "consumer.acts", {"account": account, "wanted": wanted}


def test_every_verdict_belongs_to_what_was_done_before_it(happened: Happened, verdict: Verdict) -> None:
    """Up to the next thing that is done."""
    first, second = acts(happened(does("alice"), verdict(), verdict(), does("bob"), verdict()))

    assert [("alice", 2), ("bob", 1)] == [(one.account, len(one.verdicts)) for one in (first, second)]
    assert {"authenticated"} == {first.outcome, second.outcome}


def test_a_timeline_that_says_nothing_is_one_sign_in(happened: Happened, verdict: Verdict) -> None:
    """It should end signed in."""
    (only,) = acts(happened(verdict(), verdict()))

    assert ("authenticated", "authenticated", 2) == (only.wanted, only.outcome, len(only.verdicts))


def test_what_nobody_decided_is_undetermined(happened: Happened, verdict: Verdict) -> None:
    """A verdict before it belongs to something else."""
    _, second = acts(happened(does("alice"), verdict(), does("alice")))

    assert "undetermined" == second.outcome


@pytest.mark.parametrize(
    ("second", "outcome", "passed"),
    [
        ({}, "authenticated", True),
        ({"outcome": "refused", "code": "claims.expired", "profile": None}, "refused", False),
    ],
)
def test_a_case_passes_when_every_act_ends_as_it_should(
    second: dict[str, str | None], outcome: str, passed: bool, happened: Happened, verdict: Verdict
) -> None:
    """The first that does not is the case's outcome."""
    judgement = judge(happened(does("alice"), verdict(), does("alice"), verdict(**second)))

    assert (outcome, passed) == (judgement.outcome, judgement.passed)


def test_a_guest_who_should_be_one_passes(happened: Happened, verdict: Verdict) -> None:
    """What is wanted is not always a sign-in."""
    guest = verdict(outcome="not_authenticated", code="sdk.brand_reported_error", profile=None)
    judgement = judge(happened(does(None, "not_authenticated"), guest))

    assert ("not_authenticated", True) == (judgement.outcome, judgement.passed)


def test_a_refusal_is_not_made_good_by_what_follows(happened: Happened, verdict: Verdict) -> None:
    """Its code is the case's."""
    refused = verdict(outcome="refused", code="claims.expired", profile=None)
    judgement = judge(happened(does("alice"), refused, does("alice"), verdict()))

    assert ("refused", "claims.expired") == (judgement.outcome, judgement.code)


@pytest.mark.parametrize(
    ("subjects", "codes"),
    [
        ({"alice": ["a1"], "bob": ["b1"]}, []),
        ({"alice": ["a1", "a1"]}, []),
        ({"alice": ["a1", "a2"]}, ["claims.sub_unstable"]),
        ({"alice": ["x1"], "bob": ["x1"]}, ["claims.sub_constant"]),
        ({"alice": ["x1", "a2"], "bob": ["x1"]}, ["claims.sub_unstable", "claims.sub_constant"]),
    ],
)
def test_one_consumer_is_one_subject_and_two_are_two(
    subjects: dict[str, list[str]], codes: list[str], happened: Happened, verdict: Verdict
) -> None:
    """A subject that changes, and one that everybody has (OpenID Connect Core section 2)."""
    told = [
        one
        for account, seen in subjects.items()
        for subject in seen
        for one in (does(account), verdict(subject=subject))
    ]

    assert codes == [found.code for found in check_subjects(happened(*told))]


def test_who_is_not_known_is_not_compared(happened: Happened, verdict: Verdict) -> None:
    """Somebody who signs in in the course of it may be anybody, and a refusal names nobody."""
    refused = verdict(outcome="refused", code="claims.expired", profile=None, subject="x1")
    timeline = happened(does(None), verdict(), does("alice"), refused, does("bob"), verdict(subject="x1"))

    assert [] == list(check_subjects(timeline))
