"""Signing in as a person does, through the real pages, once per engine and account."""

from __future__ import annotations

from typing import cast

from playwright.sync_api import BrowserContext, Page, StorageState, StorageStateCookie

from harness.config import Sites
from harness.errors import UsageError
from harness.sample import CUSTOMERS, Customer


def customer(username: str) -> Customer:
    """Return an invented person by user name.

    Raises:
        UsageError: When there is none, with those that there are.
    """
    for one in CUSTOMERS:
        if one.username == username:
            return one
    raise UsageError(f"there is no account {username!r}; choose {', '.join(c.username for c in CUSTOMERS)}")


def sign_in(context: BrowserContext, sites: Sites, who: Customer) -> StorageState:
    """Sign in to the shop through its authorization server and return the browser's cookies.

    The shop keeps nothing else in a browser, and to ask for that would open each of its origins once more.
    """
    page = context.new_page()
    page.goto(f"https://{sites.brand}/login", wait_until="commit")
    fill_login(page, who)
    page.get_by_role("heading", name="Your account").wait_for()
    # One form with two names: as Playwright gives cookies out, and as it takes them.
    return {"cookies": cast("list[StorageStateCookie]", context.cookies()), "origins": []}


def fill_login(page: Page, who: Customer) -> None:
    """Fill and send the authorization server's login form."""
    page.get_by_label("Username").fill(who.username)
    page.get_by_label("Password").fill(who.password)
    page.get_by_role("button", name="Sign in").click()
