"""Timelines made by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.timeline import Event, Source, Timeline

Told = tuple[Source, str, dict[str, Any]]
"""Who saw it, what it was, and the facts."""

Happened = Callable[..., Timeline]

PROBLEM = {"step": "exp", "code": "claims.expired", "severity": "error", "expected": "a", "observed": "b"}


@pytest.fixture
def happened() -> Happened:
    """Makes a timeline of what happened, in order."""

    def make(*told: Told) -> Timeline:
        return Timeline(
            tuple(
                Event(seq=seq, at=float(seq), source=source, type=type_, flow=None, data=data)
                for seq, (source, type_, data) in enumerate(told, 1)
            )
        )

    return make


@pytest.fixture
def verdict() -> Callable[..., Told]:
    """Makes a verdict: alice, authenticated, with changes."""

    def make(**changes: Any) -> Told:
        alice: dict[str, Any] = {
            "outcome": "authenticated",
            "code": None,
            "problems": [],
            "profile": 1,
            "issuer": "https://login.brand.test",
            "account": "fernhill",
            "subject": "a1ice0",
            "auth_time": 1_000,
        }
        return "platform", "verdict", {**alice, **changes}

    return make
