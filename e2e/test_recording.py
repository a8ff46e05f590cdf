"""What `harness record` sees of a person: played, it comes to the same, and no secret leaves the page."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route
from pydantic import SecretStr

from harness import Harness
from harness.brand_file.shown import Derived, derive
from harness.browser import attended
from harness.browser.steps import play
from harness.browser.watching import Watching
from harness.own_brand import Step

PAGE = "https://www.acme.example/login"
LOGIN = (Path(__file__).parent / "pages" / "login.html").read_text("utf-8")
FIELD = "<!doctype html><label>Card <input></label><button type=button>Check</button>"
BASE32 = "JBSWY3DPEHPK3PXP"


def serve(route: Route) -> None:
    """Answer for every host but one."""
    url = route.request.url
    if url == PAGE:
        route.fulfill(body=LOGIN, content_type="text/html")
    elif url.startswith("https://frame.example/"):
        route.fulfill(body=FIELD, content_type="text/html")
    elif "gone.example" in url:
        route.abort()
    else:
        route.fulfill(body="", content_type="text/javascript")


@contextlib.contextmanager
def answering(harness: Harness) -> Iterator[BrowserContext]:
    """Give a context in which the pages are answered without a network."""
    browser, _ = harness.browser("chromium")
    with contextlib.closing(browser.new_context()) as context:
        context.set_default_timeout(5_000)
        context.route("**/*", serve)
        yield context


@pytest.fixture
def context(harness: Harness) -> Iterator[BrowserContext]:
    """Give such a context to one test."""
    with answering(harness) as context:
        yield context


def opened(context: BrowserContext) -> Page:
    """Return the login page, opened anew."""
    page = context.new_page()
    page.goto(PAGE)
    return page


def person(page: Page) -> None:
    """Do everything that can be done there."""
    page.get_by_placeholder("Your e-mail").press_sequentially("alise")
    page.get_by_placeholder("Your e-mail").fill("alice")
    page.get_by_label("Show password").click()
    page.get_by_role("textbox", name="Password").fill("open sesame")
    page.get_by_label("Country").select_option(label="Norway")
    page.get_by_label("Remember me").check()
    page.get_by_label("Business").check()
    page.locator("#nameless").fill("A-17")
    page.locator("#repeated").fill("open sesame")
    page.get_by_label("Code").fill("123456")
    page.get_by_text("Continue").nth(1).click()
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_text("I have no account").click()
    page.frame_locator("iframe").get_by_label("Card").fill("4711")
    page.frame_locator("iframe").get_by_role("button").click()
    page.get_by_label("Customer number").fill("12")
    page.get_by_placeholder("Search").fill("chat")
    page.get_by_placeholder("Search").press("Enter")
    page.get_by_role("heading").click()
    page.get_by_role("textbox", name="Password").press("Enter")


def test_a_person_is_done_when_the_last_window_is_closed(context: BrowserContext) -> None:
    """What the browser keeps can be read then."""
    page = opened(context)
    page.on("console", lambda _: page.close())
    page.evaluate("localStorage.setItem('signed', 'in'); setTimeout(() => console.log('done'))")
    attended.person(page)

    (origin,) = context.storage_state(indexed_db=True)["origins"]
    assert [] == context.pages
    assert [{"name": "signed", "value": "in"}] == origin["localStorage"]


@pytest.fixture(scope="module")
def recorded(harness: Harness) -> Iterator[tuple[Watching, Derived, Any]]:
    """Give what was seen of the person, what it amounts to, and what became of the page."""
    with (
        answering(harness) as context,
        Watching(context, ours=("chat.platform.test",), in_popup=False) as watching,
    ):
        page = opened(context)
        person(page)
        yield watching, derive(watching.shown, account="alice"), page.evaluate("state()")


def test_the_steps_are_in_words_of_the_page(recorded: tuple[Watching, Derived, Any]) -> None:
    """By label, button name or placeholder; by a selector where there is no name, or it leads elsewhere."""
    watching, derived, _ = recorded

    assert (
        {"fill": "Your e-mail", "value": "alice"},
        {"click": "Show password"},
        {"fill": "Password", "env": "ALICE_PASSWORD"},
        {"select": "Country", "value": "Norway"},
        {"check": "Remember me"},
        {"check": "Business"},
        {"fill": "css=#nameless", "value": "A-17"},
        {"fill": "css=#repeated", "env": "ALICE_PASSWORD_2"},
        {"totp": "Code", "env": "ALICE_TOTP"},
        {"click": "css=html > body > form > p:nth-of-type(7) > button:nth-of-type(2)"},
        {"click": "Use a passkey"},
        {"click": "I have no account"},
        {"frame": "Sign in safely"},
        {"fill": "Card", "value": "4711"},
        {"click": "Check"},
        {"frame": ""},
        {"fill": "Customer number", "value": "12"},
        {"fill": "Search", "value": "chat"},
        {"press": "Enter"},
        {"click": "Sign in"},
    ) == derived.steps
    assert 0 == watching.gaps


def test_what_was_typed_into_a_password_field_stays_in_the_page(
    recorded: tuple[Watching, Derived, Any],
) -> None:
    """Also when it is shown, and when it is typed again elsewhere."""
    assert "open sesame" not in repr(recorded[0].shown)


def test_the_steps_do_what_the_person_did(
    recorded: tuple[Watching, Derived, Any], context: BrowserContext
) -> None:
    """Played on the page as it was at first."""
    _, derived, state = recorded
    secrets = {"ALICE_PASSWORD": "open sesame", "ALICE_PASSWORD_2": "open sesame", "ALICE_TOTP": BASE32}
    page = opened(context)
    play(page, tuple(step(one, secrets) for one in derived.steps))

    assert state == page.evaluate("state()")
    assert ["second", "icon", "text", "searched", "sent"] == state["log"]


def step(written: Any, secrets: dict[str, str]) -> Step:
    """Return a step as the configuration has it."""
    verb, target = next(iter(written.items()))
    value = written.get("value", secrets.get(written.get("env", "")))
    return Step(verb=verb, target=target, value=None if value is None else SecretStr(value))


def test_the_hosts_are_told_with_what_asked_for_them(recorded: tuple[Watching, Derived, Any]) -> None:
    """Documents and scripts are needed; pictures, styles and what never answered are not."""
    hosts = recorded[0].hosts(lambda host: host == "www.acme.example")

    assert {
        ("styles.example", "stylesheet, for www.acme.example", False),
        ("scripts.example", "script, for www.acme.example", True),
        ("gone.example", "script, for www.acme.example; it never answered", False),
        ("pictures.example", "image, for www.acme.example", False),
        ("frame.example", "document, for www.acme.example", True),
    } == {(one.host, one.why, one.needed) for one in hosts}
