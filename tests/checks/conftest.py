"""Timelines made by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.event_types import EVENT_TYPES
from harness.timeline import Event, Source, Timeline

BRAND, PLATFORM, IDP = "https://www.brand.test", "https://chat.platform.test", "https://login.brand.test"

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


EMPTY: dict[str, Any] = {"texts": [], "cookies": [], "fingerprints": [], "headers": {}}


@pytest.fixture
def seen() -> Callable[..., Told]:
    """Makes an event as the recorder has it: every field of its type, in the first document of the tab."""

    def make(type_: str, **facts: Any) -> Told:
        known = EVENT_TYPES[type_]
        assert facts.keys() <= known.fields.keys()
        usual = {"page": 1, "document": 1, "call": 1, "nth": 1, "top": True, "origin": BRAND}
        data = {name: EMPTY.get(kind, usual.get(name)) for name, (kind, _) in known.fields.items()}
        return known.source, type_, {**data, **facts}

    return make


@pytest.fixture
def opened() -> Told:
    """The first event of a case: whose site is whose."""
    facts = {
        "sites": {"brand": BRAND, "platform": PLATFORM, "idp": IDP},
        "issuer": IDP,
        "authorization_endpoint": f"{IDP}/authorize",
        "method": "lpGetAuthenticationToken",
        "tag": f"{PLATFORM}/tag/",
        "callback_deadline": 10,
    }
    return "harness", "case.started", facts
