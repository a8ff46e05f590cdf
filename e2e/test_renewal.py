"""A sign-in that has expired is renewed while the consumer chats, and what they said arrives once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Playwright, Route, WebSocketRoute, expect

from harness import Config, Harness
from harness.browser.drive import drive
from harness.browser.surfaces import ChatWindow, SurfaceDriver, Workspace
from harness.clock import ManualClock
from harness.config import Flow, Surface
from harness.opened import OpenCase

EXPIRED_AFTER = 400
"""Seconds after which an id_token of the sample has expired, leeway included."""

DELEGATING: Flow = "code"
TEXT = "My last bill looks too high."

RunFlow = Callable[..., OpenCase]
OpenSurface = Callable[..., SurfaceDriver]


@pytest.fixture(scope="module")
def clock() -> ManualClock:
    """The servers' clock, which stands still unless a test moves it."""
    return ManualClock(time.time())


@pytest.fixture(scope="module")
def harness(clock: ManualClock, playwright: Playwright, pytestconfig: pytest.Config) -> Iterator[Harness]:
    """A harness with a clock of its own, and one connector that may renew without the page."""
    sample = Config()
    connectors = tuple(
        one.model_copy(update={"delegation": one.flow == DELEGATING}) for one in sample.connectors
    )
    config = sample.model_copy(update={"connectors": connectors})
    headed = pytestconfig.getoption("--headed")
    with Harness(config, playwright=playwright, headed=headed, clock=clock) as running:
        yield running


@pytest.fixture
def events(harness: Harness) -> Callable[[str], int]:
    """Counts the events of a type since the test began."""
    before = harness.server.store.events.last()
    return lambda type_: [one.type for one in harness.server.store.events.after(before)].count(type_)


def expire(window: ChatWindow, clock: ManualClock) -> None:
    """Let what a window holds expire; one that has not said hello yet would be told before it is used."""
    window.wait_open()
    clock.advance(EXPIRED_AFTER)


@pytest.mark.parametrize(("flow_name", "calls"), [("code-pkce", 2), (DELEGATING, 1)])
def test_the_page_is_asked_again_unless_the_brand_delegates(
    flow_name: Flow,
    calls: int,
    run_flow: RunFlow,
    workspace: Workspace,
    clock: ManualClock,
    events: Callable[[str], int],
) -> None:
    """What is said after the expiry arrives once, in the same conversation, of the same consumer."""
    case = run_flow(surface="embedded", flow=flow_name)
    case.window.say("Hello.")
    expect(case.window.conversation).to_contain_text("Hello.")
    expire(case.window, clock)
    case.window.say(TEXT)

    expect(case.window.conversation).to_contain_text(TEXT)
    expect(case.window.status).to_have_text("Signed in as Alice Abel")
    workspace.choose("Alice Abel")
    expect(workspace.conversation.locator(".consumer")).to_have_text(
        ["Alice Abel Hello.", f"Alice Abel {TEXT}"]
    )
    assert calls == events("call.opened")


def test_what_is_said_around_the_expiry_arrives_once_and_in_order(
    run_flow: RunFlow, workspace: Workspace, clock: ManualClock
) -> None:
    """Whether a message was taken just before or was not, it is neither lost nor said twice."""
    case = run_flow(surface="embedded", flow="code-pkce")
    texts = [f"Message {number}." for number in range(4)]
    for number, text in enumerate(texts):
        clock.advance(EXPIRED_AFTER if number == 2 else 0)
        case.window.say(text)

    expect(case.window.conversation.locator(".consumer")).to_have_text([f"You {text}" for text in texts])
    workspace.choose("Alice Abel")
    expect(workspace.conversation.locator(".consumer")).to_have_text([f"Alice Abel {text}" for text in texts])


def test_what_is_said_during_a_renewal_arrives_after_it(run_flow: RunFlow, clock: ManualClock) -> None:
    """The consumer goes on writing while the platform makes sure that it is still them."""
    case = run_flow(surface="embedded", flow="code-pkce")

    def speak(route: Route) -> None:
        expect(case.window.status).to_have_text("Confirming that it is still you")
        case.window.say("During.")
        route.continue_()

    case.window.conversation.page.route("**/api/call", speak, times=1)
    expire(case.window, clock)
    case.window.say("Before.")

    expect(case.window.conversation.locator(".consumer")).to_have_text(["You Before.", "You During."])
    expect(case.window.status).to_have_text("Signed in as Alice Abel")


def test_what_was_not_taken_is_given_back_where_a_renewal_fails(
    run_flow: RunFlow, clock: ManualClock
) -> None:
    """Nobody has to write it again."""
    case = run_flow(surface="embedded", flow="code-pkce")
    case.window.conversation.page.route("**/api/call", lambda route: route.abort())
    expire(case.window, clock)
    case.window.say(TEXT)

    expect(case.window.status).to_have_text("The chat could not be opened. Please try again.")
    expect(case.window.view.get_by_label("Your message")).to_have_value(TEXT)


def test_a_popup_is_renewed_without_a_word_where_the_brand_delegates(
    run_flow: RunFlow, workspace: Workspace, clock: ManualClock, events: Callable[[str], int]
) -> None:
    """The refresh token of the popup's own sign-in renews it, and no second request is made."""
    case = run_flow(surface="popup", flow=DELEGATING)
    expire(case.window, clock)
    case.window.say(TEXT)

    expect(case.window.conversation).to_contain_text(TEXT)
    workspace.choose("Alice Abel")
    expect(workspace.conversation.locator(".consumer")).to_have_text([f"Alice Abel {TEXT}"])
    assert 1 == events("authorization.requested")


def test_a_popup_keeps_what_was_said_and_offers_to_sign_in_again(
    run_flow: RunFlow, workspace: Workspace, clock: ManualClock
) -> None:
    """It has no page to ask: the consumer follows a link, and then is signed in again."""
    case = run_flow(surface="popup", flow="code-pkce")
    expire(case.window, clock)
    case.window.say(TEXT)

    expect(case.window.status).to_have_text("Your sign-in has expired. Sign in again")
    expect(case.window.view.get_by_label("Your message")).to_have_value(TEXT)
    case.window.view.get_by_role("link", name="Sign in again").click()

    expect(case.window.status).to_have_text("Signed in as Alice Abel")
    case.window.say(TEXT)
    workspace.choose("Alice Abel")
    expect(workspace.conversation.locator(".consumer")).to_have_text([f"Alice Abel {TEXT}"])


@pytest.mark.parametrize("flow_name", ["code-pkce", DELEGATING])
def test_an_app_asks_its_consumer_to_confirm(
    flow_name: Flow,
    run_flow: RunFlow,
    workspace: Workspace,
    clock: ManualClock,
    events: Callable[[str], int],
) -> None:
    """The app fetches a fresh credential after a tap; its own request asks for no offline access."""
    case = run_flow(surface="app", flow=flow_name)
    expire(case.window, clock)
    case.window.say(TEXT)
    assert case.driven is not None
    case.driven.surface.confirm(case.window)

    expect(case.window.conversation).to_contain_text(TEXT)
    workspace.choose("Alice Abel")
    expect(workspace.conversation.locator(".consumer")).to_have_text([f"Alice Abel {TEXT}"])
    assert 2 == events("call.opened")


def test_a_socket_that_drops_comes_back_and_nobody_is_asked_again(
    open_surface: OpenSurface, clock: ManualClock, events: Callable[[str], int]
) -> None:
    """What was said meanwhile arrives once, and a renewal is still one renewal."""
    sockets: list[WebSocketRoute] = []

    def watch(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        socket.connect_to_server()

    surface = open_surface(surface="embedded", flow="code-pkce")
    surface.context.route_web_socket("**/ws", watch)
    window = drive(surface).window
    expire(window, clock)
    window.say("Hello.")
    expect(window.conversation).to_contain_text("Hello.")
    sockets[-1].close(code=4000)
    window.say(TEXT)

    expect(window.conversation.locator(".consumer")).to_have_text(["You Hello.", f"You {TEXT}"])
    assert 3 == len(sockets), "the first, the renewed one, and the one after the drop"
    assert (2, 2) == (events("call.opened"), events("verdict"))


@pytest.mark.parametrize(("surface_name", "address"), [("embedded", "answer"), ("popup", "popup")])
def test_a_sign_in_that_was_cut_off_goes_on_when_the_browser_is_back(
    surface_name: Surface, address: str, open_surface: OpenSurface
) -> None:
    """The consumer has nothing to do."""
    surface = open_surface(surface=surface_name, flow="code-pkce")

    def lose(route: Route) -> None:
        surface.context.set_offline(True)
        route.abort("internetdisconnected")

    surface.context.route(f"**/api/{address}", lose, times=1)
    window = drive(surface).window
    expect(window.status).to_have_text("You are offline. The chat opens when you are back.")
    surface.context.set_offline(False)

    expect(window.status).to_have_text("Signed in as Alice Abel")
