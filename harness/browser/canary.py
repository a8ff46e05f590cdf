"""Reads back from a browser which conditions really hold, once per launch."""

from __future__ import annotations

from playwright.sync_api import Browser, Error

from harness.browser.engines import Found
from harness.config import Sites
from harness.report.model import Conditions


def conditions(browser: Browser, found: Found, sites: Sites, proxy_url: str) -> Conditions:
    """Visit the canary's two sites and return what they saw.

    Where a page could not tell, the condition is unknown rather than assumed.
    """
    context = browser.new_context(proxy={"server": proxy_url})
    try:
        page = context.new_page()
        page.goto(f"https://{sites.canary_frame}/seed")
        page.goto(f"https://{sites.canary}/")
        seen = page.evaluate("window.conditions")
    except Error:
        seen = {}
    finally:
        context.close()
    cookie, storage, blocker = seen.get("cookie"), seen.get("storage"), seen.get("popup_blocker")
    return Conditions(
        third_party_cookies="unknown" if cookie is None else "allowed" if cookie else "blocked",
        partitioning=None if storage is None else storage != "shared",
        popup_blocker=blocker,
        engine_version=f"{browser.browser_type.name} {browser.version} ({found.origin})",
        tls_trust="per-run CA, leaf pinned by its public key",
    )
