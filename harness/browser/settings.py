"""How an engine is brought to a policy: one table, policy by engine, of preferences and arguments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.config import EngineName
from harness.errors import PolicyUnavailable

Preference = bool | int | str

PARTITIONING = "ThirdPartyStoragePartitioning"
BLOCKER_OFF = "--disable-popup-blocking"

# Chromium draws what drops down from its address bar with two documents of its own, which it loads for every
# context. Nobody types there, and they take more processor time than a sign-in.
ADDRESS_BAR = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What is set before an engine starts; it starts as Playwright has it, apart from this.

    Attributes:
        preferences: Chromium's profile preferences, their path dotted, or Firefox's preferences.
        kept_features: Chromium's features that Playwright switches off and that stay on.
        lost_features: Further ones that are switched off.
        dropped_arguments: Playwright's arguments that are left out.
    """

    preferences: Mapping[str, Preference] = field(default_factory=dict)
    kept_features: tuple[str, ...] = ()
    lost_features: tuple[str, ...] = ()
    dropped_arguments: tuple[str, ...] = ()


def _chromium(*, cookies_blocked: bool, partitioning: bool = True, blocker: bool = True) -> Settings:
    return Settings(
        preferences={"profile.cookie_controls_mode": int(cookies_blocked)},
        kept_features=(PARTITIONING,) if partitioning else (),
        lost_features=ADDRESS_BAR,
        dropped_arguments=(BLOCKER_OFF,) if blocker else (),
    )


def _firefox(*, behaviour: int, opt_in: bool = False, blocker: bool = True) -> Settings:
    # 0 accepts everything unpartitioned; 5 partitions third parties' cookies and storage, and with opt-in
    # only those cookies that say Partitioned are kept. 1, 2 and 4 deny storage or keep it unpartitioned.
    return Settings(
        preferences={
            "network.cookie.cookieBehavior": behaviour,
            "network.cookie.cookieBehavior.optInPartitioning": opt_in,
            "dom.disable_open_during_load": blocker,
        }
    )


_AS_IT_COMES = Settings()
"""WebKit has no such settings: what it has is read back, and that decides."""

TABLE: Mapping[str, Mapping[EngineName, Settings | str]] = {
    "chrome-today": {
        "chromium": _chromium(cookies_blocked=False),
        "firefox": "Firefox partitions third parties' cookies and storage together, or neither",
        "webkit": _AS_IT_COMES,
    },
    "third-party-blocked": {
        "chromium": _chromium(cookies_blocked=True),
        "firefox": _firefox(behaviour=5, opt_in=True),
        "webkit": _AS_IT_COMES,
    },
    "firefox-default": {
        "chromium": "Chromium partitions only those third-party cookies that say Partitioned",
        "firefox": _firefox(behaviour=5),
        "webkit": _AS_IT_COMES,
    },
    "safari-like": {
        "chromium": _chromium(cookies_blocked=True),
        "firefox": _firefox(behaviour=5, opt_in=True),
        "webkit": _AS_IT_COMES,
    },
    "popups-allowed": {
        "chromium": _chromium(cookies_blocked=False, blocker=False),
        "firefox": _firefox(behaviour=5, blocker=False),
        "webkit": _AS_IT_COMES,
    },
    "unpartitioned": {
        "chromium": _chromium(cookies_blocked=False, partitioning=False),
        "firefox": _firefox(behaviour=0),
        "webkit": _AS_IT_COMES,
    },
    "storage-denied": {
        # Without partitioning, Chromium denies storage wherever it blocks cookies.
        "chromium": _chromium(cookies_blocked=True, partitioning=False),
        "firefox": _firefox(behaviour=1),
        "webkit": _AS_IT_COMES,
    },
    "playwright-default": {
        "chromium": Settings(lost_features=ADDRESS_BAR),
        "firefox": "the harness starts Firefox with the settings of its consumers alone",
        "webkit": _AS_IT_COMES,
    },
}
"""What reaches a policy, or the sentence that says why nothing does."""


def settings(engine: EngineName, policy: str) -> Settings:
    """Return what brings an engine to a policy.

    Raises:
        PolicyUnavailable: When nothing does, with the reason.
    """
    found = TABLE[policy][engine]
    if isinstance(found, str):
        raise PolicyUnavailable(engine, policy, found)
    return found
