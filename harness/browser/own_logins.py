"""Who signs in to a brand of one's own, and how: the logins of a configuration file."""

from __future__ import annotations

from collections.abc import Collection

from playwright.sync_api import BrowserContext, Error, Page, StorageState
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from harness.browser.steps import StepFailed, play, target
from harness.browser.surfaces import NoChat
from harness.config import Config, EngineName
from harness.errors import UsageError
from harness.matrix import Case
from harness.own_brand import BrandPage, Login

LOGIN_FIELD = "input[type=password]"
"""What a login has, whoever wrote it."""

Whose = tuple[EngineName, str]
"""An engine and an account."""

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
    assert config.brand is not None, "only for a brand of one's own"
    sign_in_on(page, config.brand, login)
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
