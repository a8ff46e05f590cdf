"""A brand's own page, as its consumers use it: the surfaces of a configuration file."""

from __future__ import annotations

import time
from fnmatch import fnmatchcase
from urllib.parse import urlsplit
from weakref import WeakSet

from playwright.sync_api import BrowserContext, Error, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from harness.browser.own_logins import LOGIN_FIELD, is_on, login_of, sign_in_on
from harness.browser.steps import LoginUnknown, play, target
from harness.browser.surfaces import ENDED, ChatWindow, Embedded, NoChat, Popup, SurfaceDriver
from harness.config import Config, Surface
from harness.own_brand import BrandPage
from harness.roles.platform.sdk import sdk_source

READY = "html[data-parley]"
"""The SDK has started in the page, or could not."""

READY_SECONDS = 15


def _brand(config: Config) -> BrandPage:
    assert config.brand is not None, "only for a brand of one's own"
    return config.brand


def bring_sdk(context: BrowserContext, config: Config) -> bool:
    """See to it that the SDK gets into a brand's pages, where the platform's own names do not do that.

    Args:
        context: The consumer's browser, before it goes to the page.
        config: How the page has its SDK.

    Returns:
        Whether it is the first time; a second one changes nothing.
    """
    sdk = _brand(config).sdk
    if context in _BROUGHT:
        return False
    _BROUGHT.add(context)
    if sdk.inject:
        context.add_init_script(sdk_source(config, injected=True))
    elif sdk.replace is not None and urlsplit(sdk.replace).netloc != config.sites.tag:
        pattern, source = sdk.replace, sdk_source(config, injected=False)
        # The tag comes from a host of the brand's own, whose other answers stay its own.
        context.route(
            lambda url: fnmatchcase(url, pattern),
            lambda route: route.fulfill(
                body=source,
                content_type="text/javascript",
                headers={"Access-Control-Allow-Origin": "*", "Cache-Control": "no-cache"},
            ),
        )
    return True


_BROUGHT: WeakSet[BrowserContext] = WeakSet()


class OwnPage(Embedded):
    """The iframe in a page that is somebody's own."""

    account: str | None = None

    @property
    def brand(self) -> BrandPage:
        """The page."""
        return _brand(self._config)

    def open_page(self) -> None:
        """Go to the brand's page and do what has to be done before the chat is there."""
        if not bring_sdk(self.context, self._config):
            self._let_the_second_pass()
        try:
            self.page.goto(self.brand.page)
        except Error:
            # Refused or not reached: what the browser saw tells more.
            raise NoChat from None
        if not self._led_elsewhere():
            play(self.page, self.brand.before, until=lambda: self.page.locator(READY))
        self.arrive()

    def _let_the_second_pass(self) -> None:
        """Be no faster than a person who opens a page again.

        Without a ``jti`` two id_tokens of one second are the same octets, and the second one would count as
        used before, or not, as the clock has it.
        """
        self.page.wait_for_timeout(1000 - time.time() * 1000 % 1000)

    def _led_elsewhere(self) -> bool:
        """Tell whether the page has sent its visitor to another site, as strangers are sent to a login."""
        return not is_on(self.brand, self.page.url)

    def arrive(self) -> None:
        """Wait until the SDK has started in the page."""
        try:
            self.page.locator(READY).wait_for(state="attached", timeout=READY_SECONDS * 1000)
        except PlaywrightTimeout:
            raise NoChat from None
        self._loaded_at = self.page.evaluate("performance.timeOrigin")
        if self.page.locator("html[data-parley=broken]").count():
            raise NoChat

    def click_launcher(self) -> None:
        """Open the chat: by the page's own launcher where it has one."""
        if self.brand.launcher is None:
            self.press_launcher()
            return
        play(self.page, (self.brand.launcher,))

    def open_chat(self) -> ChatWindow:
        """Open the chat; the window is a frame of the page."""
        self.click_launcher()
        return ChatWindow(view=self.page.frame_locator("iframe[title=Chat]"))

    def sign_out(self) -> None:
        """Become a stranger to the brand; what the platform keeps stays, as on a shared device."""
        self.page.close()
        ours = self._config.served
        hosts = {cookie["domain"] for cookie in self.context.cookies()}
        for host in hosts:
            if host.lstrip(".") not in ours:
                self.context.clear_cookies(domain=host)
        self.page = self.context.new_page()
        self._forget_storage()

    def _forget_storage(self) -> None:
        self.page.goto(self.brand.page)
        self.page.evaluate("localStorage.clear(); sessionStorage.clear()")

    def sign_in(self, account: str) -> None:
        """Take the steps of somebody's login on the page."""
        login = login_of(self._config, account, "page")
        if login is not None:
            sign_in_on(self.page, self.brand, login)
        self._signed_in, self.account = login is not None, account


class OwnPopup(OwnPage, Popup):
    """The popup window from a page that is somebody's own."""

    surface: Surface = "popup"

    def open_chat(self) -> ChatWindow:
        """Open the chat and take the popup that opens, with the login in it where there is one to take."""
        return self.popup_after(self.click_launcher)

    def log_in(self, popup: Page) -> None:
        """Take the steps of the login on the authorization server's page, if it asks.

        A stranger is whoever can sign in there.

        Raises:
            StepFailed: When a step could not be taken.
            LoginUnknown: When it asks, and nobody said how.
        """
        able = (one for one in self._config.logins if one.on == "authorize")
        login = next((one for one in able if self.account in (one.account, None)), None)
        first = target(popup, login.steps[0]) if login else popup.locator(LOGIN_FIELD)
        first.or_(popup.locator(ENDED)).first.wait_for(state="attached")
        if popup.locator(ENDED).count():
            return
        if login is None:
            raise LoginUnknown(popup.url)
        self.shows("login", popup)
        play(popup, login.steps)

    wait_ended = Popup.wait_ended
    flow_in_page = Popup.flow_in_page
    confirm = Popup.confirm


OWN_DRIVERS: dict[Surface, type[SurfaceDriver]] = {"embedded": OwnPage, "popup": OwnPopup}
