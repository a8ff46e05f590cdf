"""Attacks on our own side: what got through is found, and what was refused is nobody's mistake."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from harness.checks import judge
from harness.checks.attacks import ATTACKS, check_attacks, check_refused
from harness.checks.verdict import check_verdict
from tests.checks.conftest import PROBLEM

if TYPE_CHECKING:
    from tests.checks.conftest import Happened, Told

Verdict = Callable[..., "Told"]

SEEN: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "damaged_encryption": ({"answers": ["a", "a"]}, {"answers": ["a", "b"]}),
    "defective_tokens": ({"answers": ["a", "a"]}, {"answers": ["a", "b"]}),
    "return_address": (
        {"callback": "https://chat.test/window", "location": "/window"},
        {"callback": "https://chat.test/window", "location": "//evil.test/"},
    ),
    "near_states": ({"answers": ["a", "a"]}, {"answers": ["a", "b"]}),
    "known_session": ({"taken": False}, {"taken": True}),
    "guest_before": ({"shown": False}, {"shown": True}),
    "key_of_other_issuer": ({"outcome": "refused"}, {"outcome": "authenticated"}),
    "origin_reads": (
        {"origin": "https://a.test", "allowed": None},
        {"origin": "https://a.test", "allowed": "*"},
    ),
    "foreign_page": ({"status": 403}, {"status": 200}),
    "oversized": ({"status": 413}, {"status": 200}),
    "other_form": ({"status": 415}, {"status": 200}),
    "many_attempts": ({"status": 429, "retry_after": "60"}, {"status": 429, "retry_after": None}),
    "foreign_host": ({"status": 421}, {"status": 200}),
    "no_run_token": ({"status": 403}, {"status": 200}),
    "undeclared_host": ({"status": 403}, {"status": 200}),
    "hostile_name": ({"outside": False}, {"outside": True}),
    "planted_in_log": ({"found": 0}, {"found": 1}),
    "planted_in_artefact": ({"found": 0}, {"found": 1}),
    "hostile_report": ({"ran": False}, {"ran": True}),
    "parallel_runs": ({"shared": False}, {"shared": True}),
    "after_logout": ({"alive": False}, {"alive": True}),
    "every_interface": ({"loopback": True}, {"loopback": False}),
}
"""Of each attack what a platform that resists shows, and what a weak one does."""


def seen(name: str, facts: dict[str, Any]) -> Told:
    """Return what an attacker saw."""
    return "harness", "attack.seen", {"attack": name, **facts}


def during(name: str, *told: Told) -> tuple[Told, ...]:
    """Return what happened while an attack went on."""
    return (
        ("harness", "attack.started", {"attack": name}),
        *told,
        ("harness", "attack.ended", {"attack": name}),
    )


REFUSED: Told = (
    "platform",
    "request.refused",
    {"code": "platform.csrf", "status": 403, "expected": "the window's own page"},
)


def test_every_attack_is_told_of_here() -> None:
    """None is without an example of both kinds."""
    assert ATTACKS.keys() == SEEN.keys()


@pytest.mark.parametrize("name", SEEN)
def test_what_got_through_is_found_and_what_did_not_is_not(name: str, happened: Happened) -> None:
    """Each attack has the code of what lets it happen."""
    resisted, through = SEEN[name]

    assert [] == list(check_attacks(happened(seen(name, resisted))))
    assert [ATTACKS[name].code] == [one.code for one in check_attacks(happened(seen(name, through)))]


def test_an_attackers_refused_credential_is_no_finding(happened: Happened, verdict: Verdict) -> None:
    """What the consumer does beside it is judged as always."""
    refused = verdict(outcome="refused", code="claims.expired", problems=[PROBLEM])
    timeline = happened(*during("foreign_page", refused), verdict())

    assert [] == list(check_verdict(timeline))
    assert ("authenticated", None, ()) == (
        judge(timeline).outcome,
        judge(timeline).code,
        judge(timeline).findings,
    )


def test_an_attacker_who_is_taken_in_is_a_consumer_who_is_signed_in(
    happened: Happened, verdict: Verdict
) -> None:
    """So that nothing hides what a weak platform did."""
    assert "authenticated" == judge(happened(*during("foreign_page", verdict()))).outcome


def test_an_attack_that_is_kept_out_is_a_refusal_without_a_finding(happened: Happened) -> None:
    """The platform's own word for it is the code."""
    judgement = judge(happened(*during("foreign_page", REFUSED, seen("foreign_page", {"status": 403}))))

    assert ("refused", "platform.csrf", ()) == (judgement.outcome, judgement.code, judgement.findings)


def test_what_says_nothing_itself_is_refused_by_what_the_attacker_saw(happened: Happened) -> None:
    """As the proxy, which answers with a status alone."""
    judgement = judge(happened(*during("undeclared_host", seen("undeclared_host", {"status": 403}))))

    assert ("refused", "harness.target_forbidden") == (judgement.outcome, judgement.code)


def test_a_consumers_own_request_that_is_refused_is_found(happened: Happened) -> None:
    """Nobody has attacked, so that somebody has to act."""
    assert ["platform.csrf"] == [one.code for one in check_refused(happened(REFUSED))]
