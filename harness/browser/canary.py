"""Reads back from a browser which conditions really hold, once per launch, and holds them to the policy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error

from harness.browser.drive import consumer_context
from harness.browser.engines import Found
from harness.browser.policies import Policy, ThirdPartyCookies
from harness.browser.trial import first_line, undrivable
from harness.config import EngineName, Sites
from harness.errors import PolicyUnavailable
from harness.report.model import Conditions

TLS_TRUST: Mapping[EngineName, str] = {
    "chromium": "per-run CA, leaf pinned by its public key",
    "firefox": "per-run CA in the profile's certificate store",
    "webkit": "not checked: every certificate is accepted, because WebKit can be given no authority",
}
"""How an engine was made to trust the run; that it does, a visit of the canary proves."""

_ON = {True: "on", False: "off", None: "unknown"}


def checked(
    browser: Browser,
    found: Found,
    asked: Policy,
    sites: Sites,
    proxy_url: str,
    *,
    deadline: float,
    accepts_all: str | None = None,
) -> Conditions:
    """Visit the canary's two sites and return what they saw, if it is what the policy asks for.

    Args:
        browser: The browser, just started.
        found: Which one it is.
        asked: The conditions that were asked for.
        sites: The canary's names.
        proxy_url: The name-mapping proxy.
        deadline: Seconds that a page may take.
        accepts_all: Why it has to accept every certificate; ``None`` when it trusts the run's.

    Raises:
        PolicyUnavailable: When something else holds, with what was read back.
        EngineUnavailable: When the browser does not obey the driver.
    """
    try:
        blind = accepts_all is not None
        with consumer_context(browser, proxy_url, deadline=deadline, any_certificate=blind) as context:
            seen = _visit(context, found, asked, sites)
    except Error as error:
        raise undrivable(found, browser.version, error) from None
    held = conditions(
        seen,
        engine_version=f"{found.engine} {browser.version} ({found.label})",
        tls_trust=accepts_all or TLS_TRUST[found.engine],
    )
    if wrong := differences(asked, held):
        raise PolicyUnavailable(found.engine, asked.name, wrong)
    return held


def conditions(seen: Mapping[str, Any], *, engine_version: str, tls_trust: str) -> Conditions:
    """Return the conditions that the canary's pages saw.

    Args:
        seen: ``popup_blocker``, ``storage`` of the frame, and ``cookies``: which of the framed site's came
            back, those ``seeded`` in a visit, ``framed`` or ``partitioned`` in the frame.
        engine_version: Name and version, and how it is driven.
        tls_trust: How it was made to trust the run.
    """
    cookies, storage = seen["cookies"], seen["storage"]
    own: ThirdPartyCookies = "partitioned" if cookies["framed"] else "blocked"
    return Conditions(
        third_party_cookies="allowed" if cookies["seeded"] else own,
        partitioned_cookies=cookies["partitioned"],
        # Where storage is denied, nothing says how it would be kept.
        partitioning={"shared": False, "partitioned": True}.get(storage),
        frame_storage=storage,
        popup_blocker=seen["popup_blocker"],
        engine_version=engine_version,
        tls_trust=tls_trust,
    )


def differences(asked: Policy, held: Conditions) -> str:
    """Return in words what holds otherwise than it was asked for; empty when nothing does."""
    cookies, storage = asked.third_party_cookies, held.frame_storage
    wanted = ("partitioned" if asked.partitioning else "shared") if asked.storage else "denied"
    rows: tuple[tuple[str, str, object, bool], ...] = (
        ("third-party cookies", str(cookies), held.third_party_cookies, cookies is not None),
        ("storage in a frame", wanted, storage, asked.storage is not None),
        ("popup blocker", _ON[asked.popup_blocker], _ON[held.popup_blocker], True),
    )
    return "; ".join(
        f"{what}: asked for {due}, read back {found}"
        for what, due, found, matters in rows
        if matters and due != found
    )


def _visit(context: BrowserContext, found: Found, asked: Policy, sites: Sites) -> Mapping[str, Any]:
    try:
        # Each in a page of its own: Firefox counts one navigation per page, and where the end of the last one
        # comes late, it gives the next a second id, which Playwright takes for another navigation.
        context.new_page().goto(f"https://{sites.canary_frame}/seed")
        page = context.new_page()
        page.goto(f"https://{sites.canary}/", wait_until="commit")
        seen: Mapping[str, Any] = json.loads(
            page.locator("html[data-seen]").get_attribute("data-seen") or "{}"
        )
    except Error as error:
        reason = f"what holds could not be read back: {first_line(error)}"
        raise PolicyUnavailable(found.engine, asked.name, reason) from None
    return seen
