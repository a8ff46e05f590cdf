"""Every page in every state that a person can meet, as a table: how to get there."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from playwright.sync_api import Page, Route, WebSocketRoute, expect

from harness import Harness
from harness.browser.scenarios import EXPIRED_AFTER
from harness.browser.surfaces import ChatWindow, SurfaceDriver, Workspace
from harness.opened import OpenCase
from harness.stories import PURCHASE, AgreePayment, Line, PlaceOrder, Story

SHOP, LOGIN, APP = "https://www.brand.test", "https://login.brand.test", "https://app.brand.test"
CHAT, AGENT = "https://chat.platform.test", "https://agent.platform.test"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What a scene is made with: the plugin's own fixtures."""

    harness: Harness
    surface: Callable[..., SurfaceDriver]
    run: Callable[..., OpenCase]
    desk: Callable[[], Workspace]

    def page(self, address: str, *, account: str | None = None) -> Page:
        """Go to an address as somebody who is signed in, or as nobody."""
        page = self.surface(surface="embedded", flow="code-pkce", account=account).page
        page.goto(address)
        return page

    def chat(self, *, surface: str = "embedded", account: str | None = "alice") -> OpenCase:
        """Open a chat and wait until its sign-in has ended."""
        return self.run(surface=surface, flow="code-pkce", account=account)

    def workspace_of(self, name: str) -> Page:
        """Open the workspace at the newest conversation with somebody."""
        desk = self.desk()
        desk.choose(name)
        desk.card.get_by_role("heading", name="Unverified, from the page").wait_for()
        return desk.page


def play(story: Story, window: ChatWindow, desk: Workspace) -> None:
    """Play a story: each beat when the one before it has reached the other side."""
    for beat in story.beats:
        match beat:
            case PlaceOrder():
                desk.order(beat.plan)
                window.conversation.get_by_role("article", name="Order placed").wait_for()
            case AgreePayment():
                desk.agree_payment(beat.bill, beat.way)
                window.conversation.get_by_role("article", name="Payment agreed").wait_for()
            case Line():
                mine, other = (window, desk) if beat.speaker == "consumer" else (desk, window)
                mine.say(beat.text)
                expect(other.conversation).to_contain_text(beat.text)


def page_of(opened: OpenCase) -> Page:
    """Return the page that shows a case's chat window."""
    assert opened.driven is not None
    view = opened.window.view
    return view if isinstance(view, Page) else opened.driven.surface.page


def hold(route: Route) -> None:
    """Leave a request without an answer."""


def failed_sign_in(stage: Stage) -> Page:
    """The shop, when a response belongs to no request of its own."""
    return stage.page(f"{SHOP}/callback?code=stolen&state=foreign&iss={LOGIN}")


def login(stage: Stage) -> Page:
    """The login, before anybody has typed."""
    return stage.page(f"{SHOP}/login")


def login_failed(stage: Stage) -> Page:
    """The login, after a wrong password."""
    page = login(stage)
    page.get_by_label("Username").fill("alice")
    page.get_by_label("Password").fill("a guess")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("alert").wait_for()
    return page


def consent(stage: Stage) -> Page:
    """The question whether the platform may know carol."""
    query = "client_id=platform-code&response_type=code&scope=openid&state=s&prompt=consent"
    page = stage.page(f"{LOGIN}/authorize?{query}&redirect_uri={CHAT}/window", account="carol")
    page.get_by_role("button", name="Allow").wait_for()
    return page


def going_on(stage: Stage) -> Page:
    """The page that posts the response, where the form does not go."""
    page = stage.surface(surface="embedded", flow="implicit", account="alice").page
    # A navigation that is under way would keep the driver from looking at the page that it leaves.
    page.add_init_script("HTMLFormElement.prototype.submit = () => {};")
    query = "client_id=platform-implicit&response_type=id_token&response_mode=form_post&scope=openid&nonce=n"
    page.goto(f"{LOGIN}/authorize?{query}&redirect_uri={CHAT}/window")
    page.get_by_role("heading", name="One moment…").wait_for()
    return page


def chat_before_the_verdict(stage: Stage, answer: Callable[[Route], None]) -> SurfaceDriver:
    """Open an embedded chat whose call of the platform is met by something else."""
    shop = stage.surface(surface="embedded", flow="code-pkce", account="alice")
    shop.page.route(f"{CHAT}/api/answer", answer)
    shop.open_page()
    shop.open_chat()
    return shop


def connecting(stage: Stage) -> Page:
    """The chat while the platform has not decided yet."""
    page = chat_before_the_verdict(stage, hold).page
    page.frame_locator("iframe").locator("main[data-state=connecting]").wait_for()
    return page


def broken(stage: Stage) -> Page:
    """The chat when the platform cannot be reached."""
    page = chat_before_the_verdict(stage, lambda route: route.abort()).page
    page.frame_locator("iframe").locator("main[data-state=broken]").wait_for()
    return page


def popup_broken(stage: Stage) -> Page:
    """A popup whose sign-in belongs to nothing."""
    page = stage.page(f"{CHAT}/window")
    page.locator("main[data-state=broken]").wait_for()
    return page


def popup_expired(stage: Stage) -> Page:
    """A popup whose sign-in has expired, with what was said and not taken."""
    opened = stage.chat(surface="popup")
    # A window that has not said hello yet would be told of the expiry before anything is said.
    opened.window.wait_open()
    stage.harness.advance(EXPIRED_AFTER)
    opened.window.say("My last bill looks too high.")
    opened.window.view.get_by_role("link", name="Sign in again").wait_for()
    return page_of(opened)


def story(stage: Stage, surface: str) -> tuple[OpenCase, Workspace]:
    """The purchase, played to its end, on both sides."""
    opened, desk = stage.chat(surface=surface), stage.desk()
    desk.choose("Alice Abel")
    play(PURCHASE, opened.window, desk)
    return opened, desk


def app_signed_in(stage: Stage) -> Page:
    """The app with alice in it."""
    app = stage.surface(surface="app", flow="code-pkce", account="alice")
    app.open_page()
    return app.page


def workspace_empty(stage: Stage) -> Page:
    """The workspace before anybody has opened a chat."""
    page = stage.desk().page

    def nobody(socket: WebSocketRoute) -> None:
        socket.send(json.dumps({"type": "conversations", "items": []}))

    page.route_web_socket("**/ws", nobody)
    page.reload()
    page.get_by_text("Nobody has opened a chat yet.").wait_for()
    return page


def workspace_list(stage: Stage) -> Page:
    """The workspace as it opens, with a known consumer and a guest waiting."""
    stage.chat().window.say("My last bill looks too high.")
    stage.chat(account=None).window.say("Do you deliver to Norway?")
    page = stage.desk().page
    page.get_by_role("navigation").get_by_role("button", name="Do you deliver").first.wait_for()
    return page


def workspace_card(stage: Stage, account: str | None, name: str) -> Page:
    """The workspace at somebody's card, as a phone gets there."""
    stage.chat(account=account)
    page = stage.workspace_of(name)
    page.set_viewport_size({"width": 360, "height": 740})
    page.get_by_role("button", name="Consumer", exact=True).click()
    page.get_by_role("region", name="Consumer", exact=True).wait_for()
    return page


def workspace_confirming(stage: Stage) -> Page:
    """The question before an order."""
    stage.chat()
    page = stage.workspace_of("Alice Abel")
    page.get_by_role("button", name="Order Mobile Solo 20 GB").click()
    page.get_by_role("dialog").wait_for()
    return page


SCENES: Mapping[str, Callable[[Stage], Page]] = {
    "shop": lambda stage: stage.page(SHOP),
    "shop-signed-in": lambda stage: stage.page(SHOP, account="alice"),
    "plan": lambda stage: stage.page(f"{SHOP}/plans/mobile-solo"),
    "plan-signed-in": lambda stage: stage.page(f"{SHOP}/plans/mobile-solo", account="alice"),
    "plan-unknown": lambda stage: stage.page(f"{SHOP}/plans/satellite"),
    "account": lambda stage: stage.page(f"{SHOP}/account", account="alice"),
    "account-all-paid": lambda stage: stage.page(f"{SHOP}/account", account="bob"),
    "account-signed-out": lambda stage: stage.page(f"{SHOP}/account"),
    "sign-in-failed": failed_sign_in,
    "login": login,
    "login-failed": login_failed,
    "login-dead-end": lambda stage: stage.page(f"{LOGIN}/login?ticket=gone"),
    "consent": consent,
    "going-on": going_on,
    "logout": lambda stage: stage.page(f"{LOGIN}/logout", account="alice"),
    "logged-out": lambda stage: stage.page(f"{LOGIN}/logout"),
    "chat-connecting": connecting,
    "chat-broken": broken,
    "chat": lambda stage: page_of(stage.chat()),
    "chat-guest": lambda stage: page_of(stage.chat(account=None)),
    "chat-story": lambda stage: page_of(story(stage, "embedded")[0]),
    "popup": lambda stage: page_of(story(stage, "popup")[0]),
    "popup-expired": popup_expired,
    "popup-broken": popup_broken,
    "app": lambda stage: stage.page(APP),
    "app-signed-in": app_signed_in,
    "app-chat": lambda stage: page_of(stage.chat(surface="app")),
    "app-sheet": lambda stage: stage.page(f"{APP}/sheet"),
    "workspace-closed": lambda stage: stage.page(AGENT),
    "workspace-empty": workspace_empty,
    "workspace-list": workspace_list,
    "workspace-talk": lambda stage: story(stage, "embedded")[1].page,
    "workspace-card": lambda stage: workspace_card(stage, "alice", "Alice Abel"),
    "workspace-guest": lambda stage: workspace_card(stage, None, "Guest"),
    "workspace-confirming": workspace_confirming,
}
