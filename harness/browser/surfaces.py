"""The three surfaces as a person uses them: page objects on labels and roles."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import BrowserContext, Error, FrameLocator, Locator, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from harness.browser.camera import Camera
from harness.browser.login import customer, fill_login
from harness.config import Config, Flow, Mode, Surface
from harness.roles.brand import shop_url
from harness.sample import Customer

ENDED = "main[data-state]:not([data-state=connecting])"
"""The chat window when its sign-in has ended, however it ended."""

_HEARD = """started => {
  const launcher = document.querySelector("[data-outcome]");
  const overdue = document.querySelector("[data-overdue]")?.dataset.overdue === "true";
  if (launcher) return [launcher.dataset.outcome, overdue];
  return performance.timeOrigin === started ? null : ["navigated", overdue];
}"""


COVERED_MS = 5_000
"""How long the launcher that was there first is tried, before the page is looked at anew."""

LATE_SECONDS = 5
"""How much longer a page method that is overdue is listened to."""


class NoChat(Exception):
    """The page offers no chat, or none opens: the SDK is not there, could not start, or was blocked."""


@dataclass(frozen=True, kw_only=True)
class ChatWindow:
    """An open chat window.

    Attributes:
        view: The page or the frame that shows it.
    """

    view: Page | FrameLocator

    @property
    def status(self) -> Locator:
        """The line that says who is signed in."""
        return self.view.get_by_role("status")

    @property
    def conversation(self) -> Locator:
        """The messages."""
        return self.view.get_by_role("log", name="Conversation")

    def wait_ended(self) -> str:
        """Wait until the sign-in has ended and return how."""
        return self.view.locator(ENDED).get_attribute("data-state") or ""

    def wait_open(self) -> None:
        """Wait until messages can be written."""
        self.view.get_by_label("Your message").wait_for()

    def say(self, text: str) -> None:
        """Write a message as the consumer.

        Args:
            text: The message.
        """
        self.view.get_by_label("Your message").fill(text)
        self.view.get_by_role("button", name="Send").click()


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """The agent's workspace.

    Attributes:
        page: The page that shows it.
        newest: Returns the newest conversation with a consumer of a name, which the page may not show yet.
    """

    page: Page
    newest: Callable[[str], str | None] = lambda _: None

    @property
    def verified(self) -> Locator:
        """What the brand vouches for, beside the secure sign."""
        return self.page.locator("section.verified")

    @property
    def unverified(self) -> Locator:
        """What the page supplied."""
        return self.page.locator("section.unverified")

    @property
    def card(self) -> Locator:
        """All that is shown of the consumer, and what can be done for them."""
        return self.page.get_by_role("region", name="Consumer", exact=True)

    @property
    def conversation(self) -> Locator:
        """The open conversation's messages."""
        return self.page.get_by_role("log", name="Conversation")

    def choose(self, name: str) -> None:
        """Open the newest conversation with a consumer of this name; the list is waited for."""
        rows = self.page.get_by_role("navigation").get_by_role("button", name=name)
        newest = self.newest(name)
        known = self.page.locator(f'[data-conversation="{newest}"]') if newest else None
        (rows.and_(known) if known else rows).first.click()

    def say(self, text: str) -> None:
        """Write a message as the agent.

        Args:
            text: The message.
        """
        self.page.get_by_label("Reply").fill(text)
        self.page.get_by_role("button", name="Send").click()

    def order(self, plan: str) -> None:
        """Order a plan that is offered on the consumer's card, and confirm it."""
        self.card.get_by_role("button", name=f"Order {plan}", exact=True).click()
        self.page.get_by_role("dialog").get_by_role("button", name="Place order").click()

    def agree_payment(self, bill: str, way: str) -> None:
        """Choose a way to pay the bill of a date on the consumer's card, and confirm it."""
        self.card.get_by_role("button", name=f"Pay {bill} by {way}", exact=True).click()
        self.page.get_by_role("dialog").get_by_role("button", name="Agree on payment").click()


class SurfaceDriver(ABC):
    """Drives one surface in one browser context.

    Args:
        context: The consumer's browser.
        config: Host names.
        flow: The flow under test.
        mode: The platform's mode.
        signed_in: Whether the context holds the cookies of a signed-in consumer.
        phone: Whether the context is a phone's.

    Attributes:
        camera: What takes pictures at the steps of the case; ``None`` where nobody wants any.
    """

    camera: Camera | None = None

    def __init__(
        self,
        context: BrowserContext,
        config: Config,
        *,
        flow: Flow,
        mode: Mode,
        signed_in: bool,
        phone: bool = False,
    ) -> None:
        self.context, self._config, self._flow, self._mode = context, config, flow, mode
        self._signed_in = signed_in
        browser = context.browser
        self._touch = phone and browser is not None and browser.browser_type.name in TOUCH
        self.page = context.new_page()

    def press(self, button: Locator, *, timeout: float | None = None) -> None:
        """Tap on a button, or click where there is no touch.

        Args:
            button: The button.
            timeout: Milliseconds after which it is given up; the case's deadline when left out.
        """
        if self._touch:
            button.tap(timeout=timeout)
        else:
            button.click(timeout=timeout)

    def shows(self, step: str, view: Page | FrameLocator | None = None) -> None:
        """Say what the consumer sees now: the moment for a picture.

        Args:
            step: What that is.
            view: The page on which it is; the surface's own when it is none or a frame of that.
        """
        if self.camera is not None:
            self.camera.take(view if isinstance(view, Page) else self.page, step)

    def at_login(self, page: Page) -> None:
        """Say that a page asks the consumer to sign in."""
        if self.camera is not None:
            page.get_by_label("Username").wait_for()
            self.camera.take(page, "login")

    def lands_on(self, heading: str) -> None:
        """Wait for a page of this heading, and until it has loaded: the consumer goes on from there.

        In Firefox a navigation away from a page that is still loading may get two ids, and the driver then
        takes it for two, one of which interrupts the other.
        """
        self.page.get_by_role("heading", name=heading).wait_for()
        self.page.wait_for_load_state()

    @abstractmethod
    def open_page(self) -> None:
        """Go to where the chat can be opened, the consumer being signed in."""

    @abstractmethod
    def open_chat(self) -> ChatWindow:
        """Click on the chat's launcher and return the window that opens."""

    @abstractmethod
    def wait_ended(self, window: ChatWindow) -> str:
        """Wait until the sign-in has ended, or cannot go on, and return how."""

    @abstractmethod
    def sign_out(self) -> None:
        """Sign out of the brand and of its login."""

    @abstractmethod
    def sign_in(self, account: str) -> None:
        """Sign in to the brand on its own pages.

        Args:
            account: Who does.

        Raises:
            UsageError: When the sample brand has no such account.
        """

    @abstractmethod
    def confirm(self, window: ChatWindow) -> None:
        """Do what the consumer has to do when an expired sign-in is renewed."""

    @abstractmethod
    def flow_in_page(self) -> float:
        """Return milliseconds from the click to the authenticated message, by the page's clock."""


class Embedded(SurfaceDriver):
    """The iframe in the brand's page."""

    surface: Surface = "embedded"

    def open_page(self) -> None:
        """Go to the account page, whose section asks for this surface."""
        url = shop_url(self._config, "/account", surface=self.surface, flow=self._flow, mode=self._mode)
        self.page.goto(url)
        self.arrive()

    def arrive(self) -> None:
        """Wait until a page that has been gone to offers the chat."""
        # An async script holds the load event back, so the SDK has run by now or never will.
        self._loaded_at = self.page.evaluate("window.lpTag?.timings ? performance.timeOrigin : null")
        if self._loaded_at is None:
            raise NoChat
        self.launcher.or_(self.page.locator("html[data-parley=broken]")).first.wait_for()
        if not self.launcher.is_visible():
            raise NoChat

    def confirm(self, window: ChatWindow) -> None:
        """Do nothing: the page is asked again."""

    def sign_out(self) -> None:
        """Sign out in the shop, and at the login that it leads to."""
        self.page.goto(f"https://{self._config.sites.brand}/account")
        self.page.get_by_role("button", name="Sign out").click()
        self.page.get_by_role("heading", name="Sign out everywhere?").wait_for()
        self.page.get_by_role("button", name="Sign out").click()
        self.lands_on("You are signed out.")

    def sign_in(self, account: str) -> None:
        """Sign in to the shop.

        Args:
            account: Who does.

        Raises:
            UsageError: When the sample brand has no such account.
        """
        self.page.goto(f"https://{self._config.sites.brand}/login")
        fill_login(self.page, customer(account))
        self.lands_on("Your account")
        self._signed_in = True

    @property
    def launcher(self) -> Locator:
        """The platform's button in the brand's page; of several the one on top."""
        return self.page.get_by_role("button", name="Chat with us").last

    def press_launcher(self) -> None:
        """Press the platform's button, and where another one has come over it meanwhile, that."""
        try:
            self.press(self.launcher, timeout=COVERED_MS)
        except PlaywrightTimeout:
            # A click stays with the element that it began with, whatever comes over it.
            self.press(self.launcher)

    def open_chat(self) -> ChatWindow:
        """Click the launcher; the window is a frame of the page."""
        self.press_launcher()
        return ChatWindow(view=self.page.frame_locator("iframe[title=Chat]"))

    def wait_ended(self, window: ChatWindow) -> str:
        """Wait for what the SDK tells the page, or for the page to be another one."""
        ended, overdue = self._heard()
        if overdue:
            # The page method may still answer, which is another mistake than never to answer.
            grace = 1000 * min(LATE_SECONDS, self._config.connector_for(self._flow).callback_deadline)
            with contextlib.suppress(PlaywrightTimeout):
                self.page.locator("[data-overdue=called]").wait_for(timeout=grace)
        return ended

    def _heard(self) -> tuple[str, bool]:
        """Return how it ended, and whether the page method has not answered in time."""
        heard = None
        while heard is None:
            found = self.page.wait_for_function(_HEARD, arg=self._loaded_at)
            # The page may be left for the next one in between; of one that is gone the next wait tells.
            with contextlib.suppress(Error):
                heard = found.json_value()
        if not isinstance(heard, list):
            # Over WebDriver BiDi a page's own Promise is handed over unsettled; a locator has the browser's.
            self.page.locator("[data-outcome]").first.wait_for(state="attached")
            heard = self.page.evaluate(_HEARD, self._loaded_at)
        ended, overdue = heard
        return str(ended), bool(overdue)

    def flow_in_page(self) -> float:
        """Return what the SDK measured between click and outcome."""
        ended = self.page.locator("[data-outcome=authenticated]")
        return float(ended.evaluate("() => lpTag.timings.flow_in_page"))


class Popup(Embedded):
    """The popup window, which becomes the chat window."""

    surface: Surface = "popup"

    def open_chat(self) -> ChatWindow:
        """Click the launcher and take the popup that opens."""
        return self.popup_after(self.press_launcher)

    def popup_after(self, click: Callable[[], None]) -> ChatWindow:
        """Take the popup that opens when something is done.

        Args:
            click: Does it.
        """
        opened: list[Page] = []
        self.page.on("popup", lambda page: opened.append(page))
        click()
        shown = self.page.locator("[data-popup=opened], [data-outcome]").first
        if shown.evaluate("() => document.querySelector('[data-outcome=blocked]') !== null"):
            raise NoChat
        if not opened:
            opened.append(self.page.wait_for_event("popup"))
        popup = opened[0]
        self.log_in(popup)
        return ChatWindow(view=popup)

    def log_in(self, popup: Page) -> None:
        """Fill the login in that the popup shows to somebody who is not signed in."""
        if not self._signed_in:
            self.at_login(popup)
            fill_login(popup, customer("alice"))

    def wait_ended(self, window: ChatWindow) -> str:
        """Wait for what the popup shows."""
        return window.wait_ended()

    def flow_in_page(self) -> float:
        """Return what the SDK measured, or 0 where the page that it ran in is gone."""
        gone = self.page.is_closed() or self.page.evaluate("performance.timeOrigin") != self._loaded_at
        return 0.0 if gone else super().flow_in_page()

    def confirm(self, window: ChatWindow) -> None:
        """Go through the authorization endpoint again, unless the platform may renew by itself."""
        if self._config.connector_for(self._flow).delegation:
            return
        window.view.get_by_role("link", name="Sign in again").click()
        window.wait_ended()
        window.say("Are you still there?")


class App(SurfaceDriver):
    """The mobile app's stand-in."""

    _who: Customer | None = None

    def open_page(self) -> None:
        """Open the app; a consumer with a session at the login signs in to the app with one tap."""
        url = f"https://{self._config.sites.app}/?flow={self._flow}&mode={self._mode}"
        self.page.goto(url)
        if not self._signed_in:
            return
        with self.page.expect_popup() as sheet:
            self._press("Sign in")
        if self._who is not None:
            self.at_login(sheet.value)
            fill_login(sheet.value, self._who)
            self._who = None
        self.page.get_by_role("status").filter(has_text="Signed in as").wait_for()

    def open_chat(self) -> ChatWindow:
        """Tap on the chat; the app fetches the platform's credential and hands it over."""
        self._press("Chat with us")
        return ChatWindow(view=self.page.frame_locator("iframe[title=Chat]"))

    def wait_ended(self, window: ChatWindow) -> str:
        """Wait for what the sheet of the chat shows."""
        return window.wait_ended()

    def confirm(self, window: ChatWindow) -> None:
        """Tap on what the app asks for, so that it may fetch a fresh credential.

        Its own request asks for no offline access, so that there is nothing to renew with in any case.
        """
        self._press("Confirm it is you")

    def sign_out(self) -> None:
        """Sign out in the app, which forgets everything, and at the login."""
        self.page.goto(f"https://{self._config.sites.idp}/logout")
        self.page.get_by_role("button", name="Sign out").click()
        self.lands_on("You are signed out.")
        self._signed_in = False

    def sign_in(self, account: str) -> None:
        """Let the login that the app opens be filled in by somebody.

        Args:
            account: Who does.

        Raises:
            UsageError: When the sample brand has no such account.
        """
        self._signed_in, self._who = True, customer(account)

    def flow_in_page(self) -> float:
        """Return what the app measured between tap and outcome."""
        self.page.locator("main > [data-outcome=authenticated]").wait_for()
        return float(self.page.evaluate("timings.flow_in_page"))

    def _press(self, name: str) -> None:
        self.press(self.page.get_by_role("button", name=name))


DRIVERS: dict[Surface, type[SurfaceDriver]] = {"embedded": Embedded, "popup": Popup, "app": App}

PHONE = {"viewport": {"width": 390, "height": 844}}
"""A phone's screen (an iPhone 14's size)."""

TOUCHING = {"has_touch": True, "is_mobile": True}
"""What makes a context a phone's."""

TOUCH = dict.fromkeys(("chromium", "webkit"), TOUCHING)
"""The engines that have touch; Firefox has a mouse only."""
