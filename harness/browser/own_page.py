"""A brand's own page, as its consumers use it: the surfaces of a configuration file."""

from __future__ import annotations

import time
from collections.abc import Collection
from fnmatch import fnmatchcase
from urllib.parse import urlsplit
from weakref import WeakSet

from playwright.sync_api import BrowserContext, Error, Page, StorageState
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from harness.browser.steps import LoginUnknown, StepFailed, play, target
from harness.browser.surfaces import ENDED, ChatWindow, Embedded, NoChat, Popup, SurfaceDriver
from harness.config import Config, EngineName, Surface
from harness.errors import UsageError
from harness.matrix import Case
from harness.own_brand import BrandPage, Login
from harness.roles.platform.sdk import sdk_source

READY = "html[data-parley]"
"""The SDK has started in the page, or could not."""

LOGIN_FIELD = "input[type=password]"
"""What a login has, whoever wrote it."""

Whose = tuple[EngineName, str]
"""An engine and an account."""

READY_SECONDS = 15
SIGNED_IN_SECONDS = 10


def login_of(config: Config, account: str, on: str) -> Login | None:
    """Return how somebody signs in somewhere; ``None`` where the configuration does not say."""
    return next((one for one in config.logins if (one.account, one.on) == (account, on)), None)


def accounts(config: Config) -> tuple[str, ...]:
    """Return the people that a configuration names, each once."""
    return tuple(dict.fromkeys(one.account for one in config.logins))


def unplayable(config: Config, case: Case, kept: Collection[Whose] = ()) -> str | None:
    """Return why a case of a brand's own cannot be played; ``None`` where it can.

    Args:
        config: The configuration.
        case: The row of the matrix.
        kept: Whose sessions were kept from an earlier login.
    """
    if config.brand is None:
        return None
    people = accounts(config)
    on_page = {one.account for one in config.logins if one.on == "page"}
    signed_in = on_page | {account for engine, account in kept if engine == case.engine}
    on_idp = {one.account for one in config.logins if one.on == "authorize"}
    if case.surface == "app":
        return "a brand's own app is not driven"
    if case.scenario == "switch-user" and len(on_page) < 2:
        return (
            "switch-user takes two accounts, and the file says of one only how it signs in; add a [[login]]"
        )
    if case.surface == "popup" and case.scenario == "logged-out" and not on_idp:
        return 'a stranger signs in inside the popup; say how in a [[login]] with on = "authorize"'
    if case.surface == "embedded" and case.scenario != "logged-out" and people and not signed_in:
        return 'nobody can be signed in on the page; say how in a [[login]] with on = "page"'
    return None


def signs_in_alone(config: Config, account: str) -> bool:
    """Tell whether somebody's steps on the page can be taken with nobody before the browser."""
    login = login_of(config, account, "page")
    return login is not None and all(step.verb != "pause" for step in login.steps)


def needs_a_person(config: Config, kept: Collection[Whose] = ()) -> str | None:
    """Return why somebody has to sit before the browser; ``None`` where nobody has to.

    Args:
        config: The configuration.
        kept: Whose sessions were kept from an earlier login: their steps are not taken.
    """
    brand = config.brand
    if brand is None:
        return None
    if any(step.verb == "pause" for step in (*brand.before, *([brand.launcher] if brand.launcher else []))):
        return "[brand] has a step pause, in which a person acts; add --headed"
    for login in config.logins:
        signed_in = all((engine, login.account) in kept for engine in config.matrix.engines)
        if any(step.verb == "pause" for step in login.steps) and not signed_in:
            return (
                f"the [[login]] of {login.account} has a step pause, in which a person acts; add --headed, "
                "or sign in once with harness login"
            )
    return None


def sign_in(context: BrowserContext, config: Config, account: str) -> StorageState:
    """Sign in on the brand's page, as the configuration says, and return what the browser keeps of it.

    Raises:
        NoChat: When the page could not be reached.
        StepFailed: When a step could not be taken, or a login elsewhere asks again after the last one.
        UsageError: When nobody said how.
    """
    login = login_of(config, account, "page")
    if login is None:
        raise UsageError(f"no [[login]] says how {account!r} signs in on the page; add one with on = 'page'")
    page = context.new_page()
    sign_in_on(page, _brand(config), login)
    page.close()
    return context.storage_state(indexed_db=True)


def sign_in_on(page: Page, brand: BrandPage, login: Login) -> None:
    """Go to the brand's page and take the steps of a login there.

    Raises:
        NoChat: When the page could not be reached.
        StepFailed: When a step could not be taken, or a login elsewhere asks again after the last one.
    """
    try:
        page.goto(brand.page)
    except Error:
        raise NoChat from None
    first = login.steps[0]
    # Somebody who is a stranger may be shown the login at once, without a banner.
    before = tuple(one.model_copy(update={"optional": True}) for one in brand.before)
    known = first.verb in ("fill", "click", "check", "select", "totp", "wait_for")
    play(page, before, until=(lambda: target(page, first)) if known else None)
    if login.steps[-1].verb == "wait_for":
        play(page, login.steps)
        return
    play(page, login.steps[:-1])
    try:
        # A login ends in a navigation, of the page's history at least.
        with page.expect_event("framenavigated", timeout=SIGNED_IN_SECONDS * 1000):
            play(page, login.steps[-1:])
        page.wait_for_url(lambda url: is_on(brand, url), timeout=SIGNED_IN_SECONDS * 1000)
    except PlaywrightTimeout:
        # Some pages only fetch; whether it worked, the page method will tell, unless a login elsewhere does.
        if not is_on(brand, page.url) and page.locator(f"{LOGIN_FIELD}:visible").count():
            raise StepFailed(login.steps[-1], page.url, asks_again=True) from None


def is_on(brand: BrandPage, url: str) -> bool:
    """Tell whether an address is of the page's origin: https://acme.eu.idp.example is not of https://acme.eu."""
    return url == brand.origin or url.startswith(f"{brand.origin}/")


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
            self.press(self.launcher)
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
        play(popup, login.steps)

    wait_ended = Popup.wait_ended
    flow_in_page = Popup.flow_in_page
    confirm = Popup.confirm


OWN_DRIVERS: dict[Surface, type[SurfaceDriver]] = {"embedded": OwnPage, "popup": OwnPopup}
