"""What is done out of the ordinary with a popup: closed, left open, orphaned, opened twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus

from playwright.sync_api import ConsoleMessage, Page, Response

from harness.browser.drive import Driven
from harness.browser.login import customer, fill_login
from harness.browser.scenarios import Stage, sign_in
from harness.browser.surfaces import ChatWindow, Popup

LAUNCHED = "chat launched"
"""What the page of the fault writes to its console when it has, late, clicked on the launcher itself."""


def waits_for_the_page(stage: Stage) -> Driven:
    """Click, and let the page take its time; a wait on the page itself would count as a gesture there."""
    shop = _opened_page(stage)

    def launched(line: ConsoleMessage) -> bool:
        return line.text == LAUNCHED

    def click() -> None:
        with shop.page.expect_console_message(launched):
            shop.press_launcher()

    return _ended(shop, shop.popup_after(click))


def ends_on_an_error(stage: Stage) -> None:
    """Open the popup, which ends on an error page: nothing answers, or a status that is an error."""
    shop = _opened_page(stage)

    def ended(answer: Response) -> bool:
        return answer.request.is_navigation_request() and answer.status >= HTTPStatus.BAD_REQUEST

    with shop.context.expect_event("response", ended):
        shop.press_launcher()


def goes_in_circles(stage: Stage) -> None:
    """Open the popup, which is redirected until the browser gives up."""
    shop = _opened_page(stage)
    with shop.context.expect_event("requestfailed", lambda request: request.is_navigation_request()):
        shop.press_launcher()


def closes_the_popup(stage: Stage) -> None:
    """Close the popup on its login page."""
    _, popup = _at_the_login(stage)
    popup.close()


def leaves_the_popup(stage: Stage) -> None:
    """Leave the popup open on its login page for longer than it is waited for."""
    shop, _ = _at_the_login(stage)
    stage.advance(stage.server.config.deadlines.state + 1)
    shop.page.locator("[data-outcome=failed]").wait_for()


def closes_the_shop(stage: Stage) -> Driven:
    """Close the brand's tab while the popup shows the login, sign in there and talk."""
    shop, popup = _at_the_login(stage)
    shop.page.close()
    fill_login(popup, customer(str(stage.account)))
    driven = _ended(shop, ChatWindow(view=popup))
    driven.window.say("Is somebody there?")
    driven.window.conversation.get_by_text("Is somebody there?").wait_for()
    return driven


def loses_the_shop(stage: Stage) -> Driven:
    """Sign in where the login page sends the brand's tab elsewhere meanwhile."""
    shop, popup = _at_the_login(stage)
    shop.page.wait_for_url(f"https://{stage.server.config.sites.partner_idp}/**")
    fill_login(popup, customer(str(stage.account)))
    return _ended(shop, ChatWindow(view=popup))


def opens_again(stage: Stage) -> Driven:
    """Open the chat, and click on the launcher once more while it is open."""
    driven = sign_in(stage)
    shop, popup = _shop(stage), driven.window.view
    assert isinstance(popup, Page)
    with popup.expect_response("**/api/popup"):
        shop.press_launcher()
    return _ended(shop, driven.window)


def clicks_twice(stage: Stage) -> Driven:
    """Open a second popup beside the first, and sign in to the later one, then to the earlier."""
    shop, first = _at_the_login(stage)
    second = _login_of(shop)
    for popup in (second, first):
        fill_login(popup, customer(str(stage.account)))
        driven = _ended(shop, ChatWindow(view=popup))
    return driven


def _shop(stage: Stage) -> Popup:
    shop = stage.surface
    assert isinstance(shop, Popup), "a fault of the popup is shown on that surface"
    return shop


def _opened_page(stage: Stage) -> Popup:
    stage.note("opens_chat", stage.account)
    shop = _shop(stage)
    shop.open_page()
    return shop


def _at_the_login(stage: Stage) -> tuple[Popup, Page]:
    """Open the popup of a consumer who is signed in to the shop, and has to sign in again for the chat."""
    # The session itself goes on: other cases share it.
    stage.surface.context.clear_cookies(domain=stage.server.config.sites.idp)
    shop = _opened_page(stage)
    return shop, _login_of(shop)


def _login_of(shop: Popup) -> Page:
    """Click on the launcher and return the popup that shows the login; the page may have gone by then."""
    with shop.page.expect_popup() as opened:
        shop.press_launcher()
    opened.value.get_by_label("Username").wait_for()
    return opened.value


def _ended(shop: Popup, window: ChatWindow) -> Driven:
    return Driven(surface=shop, window=window, state=shop.wait_ended(window))


POPUP_DEEDS: Mapping[str, Callable[[Stage], Driven | None]] = {
    "waits-for-the-page": waits_for_the_page,
    "ends-on-an-error": ends_on_an_error,
    "goes-in-circles": goes_in_circles,
    "closes-the-popup": closes_the_popup,
    "leaves-the-popup": leaves_the_popup,
    "closes-the-shop": closes_the_shop,
    "loses-the-shop": loses_the_shop,
    "opens-again": opens_again,
    "clicks-twice": clicks_twice,
}
"""By the names that rows of ``faults.toml`` use."""
