"""The surfaces as people are shown them: the same drivers, with time to read between their steps."""

from __future__ import annotations

from collections.abc import Mapping

from playwright.sync_api import Page

from harness.browser.login import customer
from harness.browser.surfaces import App, ChatWindow, Embedded, Popup, SurfaceDriver
from harness.config import Sites, Surface
from harness.demo.guide import Guide
from harness.sample import Customer

KEY_MS = 55
"""Milliseconds between two keys where somebody watches a person type."""


LOGIN_ALOUD = frozenset({"login.succeeded", "login.failed", "login.refused"})
"""What is said of the shop's own login: its code and tokens are not the story."""


class Accompanied(SurfaceDriver):
    """Says what each step of a driver is about, and what came of it.

    Attributes:
        guide: Who says it; set before the first step.
    """

    guide: Guide

    def open_page(self) -> None:
        """Go to where the chat can be opened."""
        super().open_page()  # type: ignore[safe-super] # a mixin: the driver behind it has it
        self.guide.catch_up("page")

    def open_chat(self) -> ChatWindow:
        """Click on the launcher."""
        self.guide.say("consumer", "page", "A click on “Chat with us”. From here on nobody types anything.")
        return super().open_chat()  # type: ignore[safe-super] # as above

    def wait_ended(self, window: ChatWindow) -> str:
        """Wait for the end, and say how it came about."""
        ended = super().wait_ended(window)  # type: ignore[safe-super] # as above
        self.guide.catch_up("chat")
        return ended


class ShownEmbedded(Accompanied, Embedded):
    """The iframe in the brand's page."""

    def sign_in(self, account: str) -> None:
        """Sign in to the shop, visibly."""
        sign_in(self.page, self._config.sites, customer(account), self.guide)
        self._signed_in = True

    def sign_out(self) -> None:
        """Sign out in the shop and at the login."""
        self.guide.say("consumer", "shop", "Signing out, in the shop and at the login server.")
        super().sign_out()
        self.guide.catch_up("signed-out")


class ShownPopup(ShownEmbedded, Popup):
    """The popup window."""

    def log_in(self, popup: Page) -> None:
        """Fill the login in that the popup shows to somebody who is not signed in."""
        self.guide.beside(popup)
        if self._signed_in:
            return
        popup.get_by_label("Username").wait_for()
        self.at_login(popup)
        self.guide.catch_up("popup-login")
        type_login(popup, customer("alice"), self.guide)


class ShownApp(Accompanied, App):
    """The mobile app."""


SHOWN: Mapping[Surface, type[SurfaceDriver]] = {
    "embedded": ShownEmbedded,
    "popup": ShownPopup,
    "app": ShownApp,
}


def sign_in(page: Page, sites: Sites, who: Customer, guide: Guide) -> None:
    """Sign in to the shop as a person does, by typing.

    Args:
        page: Where.
        sites: Host names.
        who: The person.
        guide: Who says what happens.
    """
    page.goto(f"https://{sites.brand}/")
    guide.say(
        "consumer", "shop", f"{who.given_name} visits the shop, which does not know her yet.", picture="shop"
    )
    page.get_by_role("link", name="Sign in", exact=True).click()
    page.get_by_label("Username").wait_for()
    guide.catch_up("login")
    type_login(page, who, guide)
    page.get_by_role("heading", name="Your account").wait_for()
    guide.catch_up("account", aloud=LOGIN_ALOUD)


def type_login(page: Page, who: Customer, guide: Guide) -> None:
    """Type user name and password key by key, and send them."""
    guide.say("consumer", "login", "Name and password go to the brand's login server, and to nobody else.")
    delay = 0 if guide.panel.pace == "none" else KEY_MS
    page.get_by_label("Username").press_sequentially(who.username, delay=delay)
    page.get_by_label("Password").press_sequentially(who.password, delay=delay)
    guide.picture("login-typed")
    page.get_by_role("button", name="Sign in").click()
