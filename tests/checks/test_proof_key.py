"""What the timeline says of the platform's proof key."""

from __future__ import annotations

from typing import Any

import pytest

from harness.checks.proof_key import check_proof_key, check_verifier_kept
from harness.timeline import Event, Timeline


def timeline(*events: tuple[str, str | None, dict[str, Any]]) -> Timeline:
    """Return a timeline of types, flows and data."""
    return Timeline(
        tuple(
            Event(seq=seq, at=float(seq), source="platform", type=type_, flow=flow, data=data)
            for seq, (type_, flow, data) in enumerate(events)
        )
    )


def exchanged(
    flow: str, challenge: str | None, verifier: str | None = None
) -> tuple[str, str, dict[str, Any]]:
    """Return the event of an exchange."""
    return "exchange.sent", flow, {"code_challenge": challenge, "code_verifier": verifier}


@pytest.mark.parametrize(
    ("second", "number"),
    [
        (exchanged("two", "aaaaaaaaaaaa"), 1),
        (exchanged("two", "bbbbbbbbbbbb"), 0),
        (exchanged("one", "aaaaaaaaaaaa"), 0),
    ],
    ids=["the same", "another", "the same transaction"],
)
def test_each_transaction_has_a_challenge_of_its_own(
    second: tuple[str, str, dict[str, Any]], number: int
) -> None:
    """One that comes again is no proof of anything (RFC 9700 section 2.1.1)."""
    found = list(check_proof_key(timeline(exchanged("one", "aaaaaaaaaaaa"), second)))

    assert ["pkce.challenge_reused"] * number == [one.code for one in found]


def test_without_a_challenge_none_is_reused() -> None:
    """As in the flow code."""
    assert [] == list(check_proof_key(timeline(exchanged("one", None), exchanged("two", None))))


@pytest.mark.parametrize(("mark", "number"), [("cccccccccccc", 1), ("dddddddddddd", 0)])
def test_a_verifier_is_not_seen_in_the_browser(mark: str, number: int) -> None:
    """In no request, message or store; a sealed one has other octets."""
    sent = {"url": "https://chat.platform.test/api/answer", "fingerprints": [mark]}
    found = list(
        check_verifier_kept(
            timeline(("request.sent", None, sent), exchanged("one", "aaaaaaaaaaaa", "cccccccccccc"))
        )
    )

    assert ["pkce.verifier_exposed"] * number == [one.code for one in found]
    assert [] == [one for one in found if "/api/answer" not in one.observed]
