"""The stories fit the sample brand: its people, its plans, their bills."""

from __future__ import annotations

import pytest

from harness.browser.login import customer
from harness.sample import PLANS
from harness.stories import STORIES, AgreePayment, Line, PlaceOrder, Story


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.id)
def test_a_story_is_possible(story: Story) -> None:
    """What is ordered is sold and new to the consumer; what is paid is open, in a way that is theirs."""
    who = customer(story.account)
    for beat in story.beats:
        if isinstance(beat, PlaceOrder):
            assert beat.plan in {plan.name for plan in PLANS} - {who.package}
        elif isinstance(beat, AgreePayment):
            assert beat.bill in {bill.date for bill in who.open_bills}
            assert beat.way in {way.name for way in who.ways_to_pay}


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.id)
def test_a_story_begins_and_ends_with_the_consumer(story: Story) -> None:
    """They ask, and they are content."""
    first, last = story.beats[0], story.beats[-1]

    assert isinstance(first, Line)
    assert isinstance(last, Line)
    assert {"consumer"} == {first.speaker, last.speaker}
