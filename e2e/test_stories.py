"""Both stories of the platform's documentation, played by two people in two browsers."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from e2e.scenes import play
from harness.browser.surfaces import Workspace
from harness.opened import OpenCase
from harness.stories import STORIES, Line, Story

WHO_ARE_YOU = re.compile(
    r"who (are|am) |your (full )?name|account number|customer number|date of birth|born|post ?code|zip"
    r"|address\?|e-?mail|phone number|password|confirm (that )?(it|you)|verify|identify|prove",
    re.IGNORECASE,
)
"""How an agent asks who somebody is."""

RunFlow = Callable[..., OpenCase]


def begin(story: Story, run_flow: RunFlow, workspace: Workspace) -> OpenCase:
    """Open the consumer's chat, and the conversation in the workspace."""
    case = run_flow(surface=story.surface, flow="code-pkce", account=story.account)
    workspace.choose("Alice Abel")
    return case


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.id)
def test_the_agent_knows_it_all_before_their_first_word(
    story: Story, run_flow: RunFlow, workspace: Workspace
) -> None:
    """Who it is, their account and what the story needs is on the card while nobody has spoken."""
    case = begin(story, run_flow, workspace)

    expect(workspace.conversation).to_be_empty()
    for fact in story.on_card:
        expect(workspace.card).to_contain_text(fact)
    expect(case.window.status).to_have_text("Signed in as Alice Abel")


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.id)
def test_a_story_ends_with_a_receipt_that_both_people_read(
    story: Story, run_flow: RunFlow, workspace: Workspace
) -> None:
    """It names the account, what was done and what it costs; and everything was said on both sides."""
    case = begin(story, run_flow, workspace)
    play(story, case.window, workspace)

    for conversation in (case.window.conversation, workspace.conversation):
        receipt = conversation.get_by_role("article")
        expect(receipt).to_have_count(1)
        for fact in story.receipt:
            expect(receipt).to_contain_text(fact)
        for beat in story.beats:
            if isinstance(beat, Line):
                expect(conversation).to_contain_text(beat.text)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.id)
def test_nobody_is_asked_who_they_are(story: Story) -> None:
    """No line of the agent's is an identifying question."""
    asked = [
        beat.text
        for beat in story.beats
        if isinstance(beat, Line) and beat.speaker == "agent" and WHO_ARE_YOU.search(beat.text)
    ]

    assert [] == asked


def test_what_was_ordered_is_not_offered_again(run_flow: RunFlow, workspace: Workspace) -> None:
    """The card says what has been done in this conversation."""
    begin(STORIES[0], run_flow, workspace)
    workspace.order("Fibre 1000")

    expect(workspace.card.get_by_role("listitem").filter(has_text="Fibre 1000")).to_contain_text("ordered")
    expect(workspace.card.get_by_role("button", name="Order Fibre 1000")).to_have_count(0)


def test_an_order_can_be_thought_better_of(run_flow: RunFlow, workspace: Workspace) -> None:
    """Cancelling the question places nothing."""
    begin(STORIES[0], run_flow, workspace)
    workspace.card.get_by_role("button", name="Order Fibre 1000").click()
    workspace.page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    workspace.say("Not yet, then.")

    expect(workspace.conversation).to_have_text("You Not yet, then.")


def test_the_cheapest_way_to_pay_comes_first(run_flow: RunFlow, workspace: Workspace) -> None:
    """By what this consumer would pay in all, whatever the order in their token."""
    begin(STORIES[1], run_flow, workspace)
    offered = workspace.card.get_by_role("listitem").filter(has=workspace.page.get_by_text("Choose"))

    expect(offered).to_contain_text(
        ["Direct debit €45.90", "Card on file €48.90", "Bank transfer €50.40", "Three instalments €53.40"]
    )
    expect(offered.first).to_contain_text("cheapest")


def test_a_guests_card_offers_nothing_and_says_why(run_flow: RunFlow, workspace: Workspace) -> None:
    """No order, no payment, no account: they are asked to sign in instead."""
    run_flow(surface="embedded", flow="code-pkce", account=None)
    workspace.choose("Guest")

    expect(workspace.card).to_contain_text("Orders and payments are not offered to a guest.")
    expect(workspace.card.get_by_role("button", name=re.compile("^(Order|Pay) "))).to_have_count(0)
    expect(workspace.verified).to_have_count(0)
