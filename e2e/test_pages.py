"""Every page in every state: readable, reachable and whole, at three widths, light and dark.

The screenshots are in pytest-playwright's output folder, one folder a page.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Frame, Locator, Page, ViewportSize, expect

from e2e.scenes import SCENES, SHOP, Stage, page_of
from harness import Harness
from harness.browser.surfaces import ChatWindow, SurfaceDriver, Workspace
from harness.opened import OpenCase

SIZES = ((360, 740), (768, 1024), (1440, 900))
"""A small phone, a tablet and a desk, in CSS pixels."""

JUDGED = (360, 1440)
"""Where axe-core is asked: between them nothing is coloured or named in another way."""

PHONE: ViewportSize = {"width": 360, "height": 740}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LOOKS = (Path(__file__).parent / "looks.js").read_text("utf-8")

COLOURS = """(sign) => {
  const own = getComputedStyle(sign, sign.matches("h2") ? "::before" : null);
  return [own.backgroundColor, getComputedStyle(document.body).backgroundColor];
}"""

PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""Ends when what has changed is on screen."""

# Every rule, best practices included; frames are asked one by one, since they are of other origins.
AXE_OPTIONS = {"resultTypes": ["violations"], "iframes": False}

# A colour scheme changes colours and nothing else, so that every rule is asked in the first one only.
COLOUR_RULES = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
AXE_IN: Mapping[str, Mapping[str, Any]] = {"light": AXE_OPTIONS, "dark": {**AXE_OPTIONS, **COLOUR_RULES}}


@pytest.fixture
def stage(
    harness: Harness,
    open_surface: Callable[..., SurfaceDriver],
    run_flow: Callable[..., OpenCase],
    request: pytest.FixtureRequest,
) -> Stage:
    """What scenes are made with."""
    return Stage(
        harness=harness,
        surface=open_surface,
        run=run_flow,
        desk=lambda: request.getfixturevalue("workspace"),
    )


def violations(frame: Frame, scheme: str) -> list[str]:
    """Return what axe-core finds in one frame and colour scheme: impact, rule, and where."""
    if not frame.evaluate("typeof axe === 'object'"):
        frame.evaluate(AXE_SCRIPT)
    found = frame.evaluate(f"axe.run({json.dumps(AXE_IN[scheme])})")["violations"]
    return [
        f"{one['impact']} {one['id']}: {node['target']} {node['failureSummary']}"
        for one in found
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("name", SCENES)
def test_a_page_is_accessible_and_whole_at_every_width(name: str, stage: Stage, output_path: str) -> None:
    """No violation of axe-core's rules, nothing cut off or too small for a thumb, light and dark."""
    page = SCENES[name](stage)
    wrong = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            for frame in page.frames:
                frame.evaluate(PAINTED)
            page.screenshot(path=Path(output_path, f"{name}-{width}-{scheme}.png"))
            ill = [
                sentence
                for frame in page.frames
                for sentence in (
                    *frame.evaluate(LOOKS, {"touch": width == PHONE["width"]}),
                    *(violations(frame, scheme) if width in JUDGED else ()),
                )
            ]
            wrong += [f"{width} px, {scheme}: {sentence}" for sentence in ill]

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "name", ["chat-story", "popup-expired", "workspace-card", "workspace-list", "account"]
)
def test_a_page_can_be_read_in_colours_that_its_reader_forces(
    name: str, stage: Stage, output_path: str
) -> None:
    """Secure signs, edges and choices survive the loss of every colour of ours."""
    page = SCENES[name](stage)
    page.emulate_media(forced_colors="active")
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=Path(output_path, f"{name}-{width}-forced.png"))
    signs = [
        sign
        for frame in page.frames
        for sign in frame.locator(".sign, .receipt h2").all()
        if sign.is_visible()
    ]

    for sign in signs:
        drawn, around = sign.evaluate(COLOURS)
        assert drawn != around


def test_the_chat_leaves_a_phones_page_its_own_controls(stage: Stage) -> None:
    """Over the open chat the head of the page can be used, and with the chat put away all of it."""
    page = SCENES["chat"](stage)
    page.set_viewport_size(PHONE)
    head = page.get_by_role("banner")
    expect(head.get_by_role("button", name="Sign out")).to_be_visible()
    head.get_by_role("button", name="Sign out").click(trial=True)
    head.get_by_role("link", name="Fernhill").click(trial=True)
    page.get_by_role("button", name="Hide chat").click()

    for control in (page.get_by_role("link", name="Account"), page.locator("summary")):
        control.click(trial=True)
    page.get_by_role("button", name="Chat with us").click()
    expect(page.frame_locator("iframe[title=Chat]").get_by_role("status")).to_have_text(
        "Signed in as Alice Abel"
    )


def test_a_conversation_goes_on_while_its_window_is_put_away(stage: Stage, workspace: Workspace) -> None:
    """What the agent writes meanwhile is there when the window is shown again."""
    opened = stage.chat()
    page = page_of(opened)
    page.get_by_role("button", name="Hide chat").click()
    expect(page.get_by_role("button", name="Chat with us")).to_be_focused()
    workspace.choose("Alice Abel")
    workspace.say("Are you still there?")
    expect(workspace.conversation).to_contain_text("Are you still there?")
    page.get_by_role("button", name="Chat with us").click()

    expect(opened.window.conversation).to_contain_text("Are you still there?")


def test_an_app_closes_its_chat(stage: Stage) -> None:
    """The way back to the app is on the chat."""
    page = SCENES["app-chat"](stage)
    page.get_by_role("button", name="Close chat").click()

    expect(page.locator("iframe")).to_have_count(0)
    page.get_by_role("button", name="Sign out").click(trial=True)


def reach(page: Page, target: Locator, *, steps: int = 40) -> None:
    """Press Tab until something has the focus."""
    page.bring_to_front()  # Firefox has one window in front, and keys go there
    for _ in range(steps):
        page.keyboard.press("Tab")
        if target.evaluate("(element) => element.matches(':focus')"):
            return
    pytest.fail(f"{steps} times Tab do not lead to {target}")


def test_a_keyboard_signs_in_chats_and_hears_the_answer(stage: Stage, workspace: Workspace) -> None:
    """From the shop to the agent's answer with Tab, Enter and letters alone."""
    page = stage.page(SHOP)
    reach(page, page.get_by_role("link", name="Sign in", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_label("Username")).to_be_focused()
    page.keyboard.type("bob")
    reach(page, page.get_by_label("Password"))
    page.keyboard.type("bob-likes-the-sea")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Your account").wait_for()
    reach(page, page.get_by_role("button", name="Chat with us"))
    page.keyboard.press("Enter")
    window = ChatWindow(view=page.frame_locator("iframe[title=Chat]"))
    expect(window.status).to_have_text("Signed in as Bob Brandt")
    expect(window.view.locator("input:focus")).to_be_editable()
    page.keyboard.type("Do I still owe anything?")
    expect(window.view.get_by_label("Your message")).to_have_value("Do I still owe anything?")
    page.keyboard.press("Enter")
    expect(window.conversation).to_contain_text("Do I still owe anything?")
    workspace.choose("Bob Brandt")
    workspace.say("No, every bill is paid.")
    expect(window.conversation).to_contain_text("No, every bill is paid.")

    page.keyboard.press("Shift+Tab")
    expect(window.conversation).to_be_focused()


def test_a_keyboard_runs_the_workspace(stage: Stage, workspace: Workspace) -> None:
    """List, conversation, card and confirmation with Tab and Enter, and focus outlives what comes in."""
    window = stage.chat(account="bob").window
    window.say("I would like fibre at home.")
    page = workspace.page
    entry = page.get_by_role("navigation").get_by_role("button", name="I would like fibre at home.").first
    entry.wait_for()
    reach(page, entry)
    page.keyboard.press("Enter")
    window.say("The fastest that you have.")
    expect(workspace.conversation).to_contain_text("The fastest that you have.")
    reach(page, page.get_by_label("Reply"))
    page.keyboard.type("Fibre 1000 it is.")
    page.keyboard.press("Enter")
    reach(page, workspace.card.get_by_role("button", name="Order Fibre 1000"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("button", name="Place order")).to_be_focused()
    page.keyboard.press("Enter")

    expect(window.conversation.get_by_role("article", name="Order placed")).to_contain_text("Fibre 1000")


@pytest.mark.parametrize("name", ["chat", "popup", "workspace-talk"])
def test_what_changes_is_announced(name: str, stage: Stage) -> None:
    """Status and messages are live regions, and only what is new is added to them."""
    page = SCENES[name](stage)
    frame = page.frames[-1]
    log = frame.get_by_role("log", name="Conversation")

    expect(frame.get_by_role("status").or_(log).first).to_be_attached()
    before = log.locator("> *").element_handles()
    frame.get_by_role("textbox").fill("One more thing.")
    frame.get_by_role("button", name="Send").click()
    expect(log).to_contain_text("One more thing.")
    assert all(element.evaluate("(e) => e.isConnected") for element in before)


def test_a_phone_leads_an_agent_from_list_to_conversation_to_card_and_back(stage: Stage) -> None:
    """One part at a time, each with its way to the next."""
    page = SCENES["workspace-list"](stage)
    page.set_viewport_size(PHONE)
    talk, card = (
        page.get_by_role("log", name="Conversation"),
        page.get_by_role("region", name="Consumer", exact=True),
    )
    expect(talk).to_be_hidden()
    page.get_by_role("navigation").get_by_role("button", name="My last bill looks too high.").first.click()
    expect(talk).to_contain_text("My last bill looks too high.")
    page.get_by_role("button", name="Consumer", exact=True).click()
    expect(card).to_contain_text("FH-100-234")
    expect(talk).to_be_hidden()
    page.get_by_role("button", name="Back to the conversation").click()
    expect(talk).to_be_visible()
    page.get_by_role("button", name="All chats").click()

    expect(page.get_by_role("navigation")).to_be_visible()
