"""Policies: named, engine-neutral vectors of browser conditions. How an engine gets there is in settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from harness.errors import UsageError

ThirdPartyCookies = Literal["allowed", "partitioned", "blocked"]


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Conditions that a browser is asked for.

    Attributes:
        name: How it is asked for.
        description: Whom it stands for.
        third_party_cookies: Whether a third party has its own cookies, others per top-level site, or none
            but those that say ``Partitioned``; ``None`` for what the engine's own consumers have.
        partitioning: Whether third parties' storage is kept apart per top-level site.
        storage: Whether third parties have any; ``None`` for what the engine makes of it.
        popup_blocker: Whether a popup without a click is blocked.
    """

    name: str
    description: str
    third_party_cookies: ThirdPartyCookies | None
    partitioning: bool = True
    storage: bool | None = True
    popup_blocker: bool = True


POLICIES: Mapping[str, Policy] = {
    policy.name: policy
    for policy in (
        Policy(
            name="chrome-today",
            description="Chrome as it comes: third-party cookies allowed, storage partitioned, blocker on",
            third_party_cookies="allowed",
        ),
        Policy(
            name="third-party-blocked",
            description="a consumer who blocks third-party cookies in the settings",
            third_party_cookies="blocked",
        ),
        Policy(
            name="firefox-default",
            description="Firefox as it comes: total protection, third-party cookies and storage partitioned",
            third_party_cookies="partitioned",
        ),
        Policy(
            name="safari-like",
            description="Safari as far as an engine can: third-party cookies blocked, storage partitioned",
            third_party_cookies="blocked",
        ),
        Policy(
            name="popups-allowed",
            description="the engine as it comes, its popup blocker switched off",
            third_party_cookies=None,
            popup_blocker=False,
        ),
        Policy(
            name="unpartitioned",
            description="how browsers used to be, for comparison: nothing is kept apart",
            third_party_cookies="allowed",
            partitioning=False,
        ),
        Policy(
            name="storage-denied",
            description="a consumer whose settings leave third parties neither cookies nor storage",
            third_party_cookies="blocked",
            storage=False,
        ),
        Policy(
            name="playwright-default",
            description="the engine as Playwright drives it, for comparison: blocker off, nothing kept apart",
            third_party_cookies=None,
            partitioning=False,
            storage=None,
            popup_blocker=False,
        ),
    )
}


def policy(name: str) -> Policy:
    """Return a policy by its name.

    Raises:
        UsageError: When there is none, with the names that there are.
    """
    try:
        return POLICIES[name]
    except KeyError:
        raise UsageError(f"there is no policy {name!r}; choose one of {', '.join(POLICIES)}") from None
