"""What the canary's pages saw, in the words of the conditions, and held against a policy."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from harness.browser.canary import conditions, differences
from harness.browser.policies import POLICIES
from harness.config import Sites
from harness.report.model import Conditions
from harness.roles.canary import Canary

COOKIES = {
    "allowed": {"seeded": True, "framed": True, "partitioned": True},
    "partitioned": {"seeded": False, "framed": True, "partitioned": True},
    "blocked": {"seeded": False, "framed": False, "partitioned": True},
}
KEPT = {"chrome-today": "allowed", "firefox-default": "partitioned", "safari-like": "blocked"}


def held(cookies: str = "allowed", storage: str = "partitioned", *, blocker: bool = True) -> Conditions:
    """Return the conditions of a browser in which the canary saw this."""
    seen: dict[str, Any] = {"cookies": COOKIES[cookies], "storage": storage, "popup_blocker": blocker}
    return conditions(seen, engine_version="firefox 153.7.0 (system)", tls_trust="per-run CA")


@pytest.mark.parametrize("cookies", COOKIES)
def test_which_cookies_come_back_says_how_third_parties_are_treated(cookies: str) -> None:
    """The one of a visit: allowed. Only the frame's own: partitioned. Neither: blocked."""
    assert cookies == held(cookies).third_party_cookies


@pytest.mark.parametrize(
    ("storage", "partitioning"), [("shared", False), ("partitioned", True), ("denied", None)]
)
def test_denied_storage_says_nothing_about_partitioning(storage: str, partitioning: bool | None) -> None:
    """What is unknown stays unknown."""
    assert partitioning is held(storage=storage).partitioning
    assert storage == held(storage=storage).frame_storage


@pytest.mark.parametrize("name", KEPT)
def test_what_was_asked_for_differs_in_nothing(name: str) -> None:
    """Cookies, storage and blocker as the policy says."""
    assert "" == differences(POLICIES[name], held(KEPT[name]))


@pytest.mark.parametrize(
    ("name", "found", "told"),
    [
        ("third-party-blocked", held(), "third-party cookies: asked for blocked, read back allowed"),
        (
            "chrome-today",
            held(storage="shared"),
            "storage in a frame: asked for partitioned, read back shared",
        ),
        (
            "safari-like",
            held("blocked", "denied"),
            "storage in a frame: asked for partitioned, read back denied",
        ),
        ("unpartitioned", held(), "storage in a frame: asked for shared, read back partitioned"),
        ("chrome-today", held(blocker=False), "popup blocker: asked for on, read back off"),
        ("popups-allowed", held(), "popup blocker: asked for off, read back on"),
    ],
)
def test_what_holds_otherwise_is_named(name: str, found: Conditions, told: str) -> None:
    """The sentence says what was asked for and what was read."""
    assert told == differences(POLICIES[name], found)


def test_a_policy_may_leave_the_cookies_to_the_engine() -> None:
    """With popups allowed it does not matter how third parties are treated."""
    for cookies in COOKIES:
        assert "" == differences(POLICIES["popups-allowed"], held(cookies, blocker=False))


def test_the_frame_sets_one_cookie_with_and_one_without_partitioned() -> None:
    """Both are for cross-site use; only one says Partitioned."""
    client = TestClient(Canary(Sites()).asgi(), base_url="https://frame.canary-other.test")
    plain, partitioned = client.get("/frame").headers.get_list("set-cookie")

    assert "SameSite=None" in plain
    assert "Partitioned" not in plain
    assert partitioned.startswith("__Host-")
    assert partitioned.endswith("Partitioned")


def test_the_canary_tells_which_cookies_came_back() -> None:
    """Each by its own name."""
    client = TestClient(Canary(Sites()).asgi(), base_url="https://frame.canary-other.test")
    client.get("/seed")

    assert {"seeded": True, "framed": False, "partitioned": False} == client.get("/cookies").json()
    client.get("/frame")
    assert {"seeded": True, "framed": True, "partitioned": True} == client.get("/cookies").json()
