"""The platform's proof key: new each time, and nothing that a browser sees (RFC 9700 section 2.1.1)."""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks.found import Found
from harness.checks.seen import path
from harness.timeline import Event, Timeline


def check_proof_key(timeline: Timeline) -> Iterator[Found]:
    """Each transaction has a challenge of its own."""
    flows: dict[str, set[str | None]] = {}
    for sent in timeline.of("exchange.sent"):
        if challenge := sent.data.get("code_challenge"):
            flows.setdefault(challenge, set()).add(sent.flow)
    for same in flows.values():
        if len(same) > 1:
            yield Found(
                code="pkce.challenge_reused",
                severity="error",
                expected="a code_challenge of its own for each transaction",
                observed=f"one for {len(same)} transactions",
            )


def check_verifier_kept(timeline: Timeline) -> Iterator[Found]:
    """A verifier stays with the platform, or is sealed wherever it travels through a browser."""
    verifiers = {one.data.get("code_verifier") for one in timeline.of("exchange.sent")} - {None}
    seen = (one for one in timeline if verifiers.intersection(one.data.get("fingerprints") or ()))
    for where in sorted({_where(one) for one in seen}):
        yield Found(
            code="pkce.verifier_exposed",
            severity="error",
            expected="a code_verifier that no browser sees, or sees sealed only",
            observed=f"the code_verifier itself in {where}",
        )


def _where(event: Event) -> str:
    address = path(event.data.get("url"))
    return f"{event.type}, {address}" if address else event.type
