"""Policies: named, engine-neutral vectors of browser conditions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from harness.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Conditions that a browser is asked for.

    Attributes:
        name: How it is asked for.
        description: Whom it stands for.
        third_party_cookies: Whether a third party's cookies are sent.
        partitioning: Whether third parties' storage is kept apart per top-level site.
        popup_blocker: Whether a popup without a click is blocked.
    """

    name: str
    description: str
    third_party_cookies: Literal["allowed", "blocked"]
    partitioning: bool = True
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
            description="Chrome with third-party cookies blocked in its settings",
            third_party_cookies="blocked",
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
