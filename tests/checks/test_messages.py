"""Messages between page and window."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from harness.checks.messages import (
    check_answered_origin,
    check_answering_window,
    check_arrival,
    check_ignored,
    check_target,
)

if TYPE_CHECKING:
    from tests.checks.conftest import Happened, Told

Seen = Callable[..., "Told"]

SHOP, CHAT = "https://www.brand.test", "https://chat.platform.test"
WINDOW = f"{CHAT}/window"
ATTACKER = "https://chat.platform.test.attacker.test"
CALL, STALE, FRESH = "ca11ca11ca11", "57a1e57a1e00", "f4e54f4e5400"


@pytest.fixture(name="start")
def _start(seen: Seen, opened: Told) -> tuple[Told, ...]:
    """A page with the chat window in it."""
    window = {"document": 2, "url": WINDOW, "origin": CHAT, "top": False, "ancestors": [SHOP]}
    return (
        opened,
        seen("document.started", url=f"{SHOP}/account", origin=SHOP),
        seen("iframe.added", url=WINDOW, name="chat"),
        seen("document.started", **window),
    )


@pytest.fixture(name="received")
def _received(seen: Seen) -> Callable[..., Told]:
    """A message at the page, or at the window where that is its document."""

    def make(type_: str, **facts: Any) -> Told:
        usual = {"origin": CHAT, "sender": "frame", "members": ["ns", "type"]}
        return seen("message.received", type=type_, **{**usual, **facts})

    return make


def test_a_credential_for_everybody_is_told(happened: Happened, seen: Seen, start: tuple[Told, ...]) -> None:
    """With the origin to name; a greeting may go to everybody."""
    (found,) = check_target(happened(*start, seen("message.sent", to="*", type="answer")))

    assert ("browser.postmessage_wildcard", "error", None) == (found.code, found.severity, found.ends)
    assert CHAT in str(found.fix)
    assert [] == list(check_target(happened(*start, seen("message.sent", to="*", type="hello"))))
    assert [] == list(check_target(happened(*start, seen("message.sent", to=CHAT, type="answer"))))


def test_a_credential_for_an_origin_like_the_platforms_is_told(
    happened: Happened, seen: Seen, start: tuple[Told, ...]
) -> None:
    """Whoever resembles the platform is not the platform; what is for everybody is another finding."""
    (found,) = check_answered_origin(happened(*start, seen("message.sent", to=ATTACKER, type="answer")))

    assert ("browser.postmessage_origin", "refused") == (found.code, found.ends)
    assert ATTACKER in found.observed
    for to in (CHAT, "*"):
        assert [] == list(check_answered_origin(happened(*start, seen("message.sent", to=to, type="answer"))))


@pytest.fixture(name="asked")
def _asked(received: Callable[..., Told], start: tuple[Told, ...]) -> tuple[Told, ...]:
    """A window that has asked its page, and heard an answer from another window."""
    other = received(
        "answer", document=2, origin=SHOP, sender="other", fingerprints=[CALL, STALE], members=["ns", "type"]
    )
    return *start, received("call", fingerprints=[CALL]), other


@pytest.fixture(name="right")
def _right(received: Callable[..., Told]) -> Told:
    """The page's own answer."""
    return received("answer", document=2, origin=SHOP, sender="parent", fingerprints=[CALL, FRESH])


@pytest.fixture(name="posted")
def _posted(seen: Seen) -> Callable[..., Told]:
    """What the window tells its server."""

    def make(*marks: str) -> Told:
        facts = {"url": f"{CHAT}/api/answer", "method": "POST", "top": False, "document_url": WINDOW}
        return seen("request.sent", **facts, body=["answer"] if marks else [], fingerprints=list(marks))

    return make


def test_an_answer_from_another_window_that_was_taken_is_told(
    happened: Happened, asked: tuple[Told, ...], right: Told, posted: Callable[..., Told]
) -> None:
    """Its credential went on to the platform."""
    (found,) = check_answering_window(happened(*asked, right, posted(CALL, STALE)))

    assert ("browser.postmessage_source", "refused") == (found.code, found.ends)
    assert "event.source" in str(found.fix)


def test_an_answer_from_another_window_that_was_left_alone_is_none(
    happened: Happened, asked: tuple[Told, ...], right: Told, posted: Callable[..., Told]
) -> None:
    """What went on is the page's own answer; the name of the call is in both."""
    assert [] == list(check_answering_window(happened(*asked, right, posted(CALL, FRESH))))
    assert [] == list(check_answering_window(happened(*asked)))


def test_where_bodies_are_not_seen_the_order_tells(
    happened: Happened, asked: tuple[Told, ...], right: Told, posted: Callable[..., Told]
) -> None:
    """A window that had only the other answer can have passed on no other."""
    (found,) = check_answering_window(happened(*asked, posted(), right))

    assert "browser.postmessage_source" == found.code
    assert [] == list(check_answering_window(happened(*asked, right, posted())))


def test_messages_in_no_form_of_the_platforms_are_counted_and_named(
    happened: Happened, start: tuple[Told, ...], received: Callable[..., Told]
) -> None:
    """One finding for all, however many come."""
    strange = [received("number", document=2, origin=SHOP, sender="parent", members=[]) for _ in range(40)]
    large = received("string", origin=SHOP, sender="self", members=[], characters=10 * 2**20)
    unknown = received("unheard-of")

    (found,) = check_ignored(happened(*start, *strange, large, unknown))

    assert ("sdk.message_ignored", "warning", None) == (found.code, found.severity, found.ends)
    assert "42 others" in found.observed
    assert "number, a string of 10,485,760 characters, unheard-of" in found.observed


def test_what_other_parts_of_a_page_tell_each_other_is_their_business(
    happened: Happened, start: tuple[Told, ...], received: Callable[..., Told]
) -> None:
    """So are the platform's own messages in their right form."""
    others = [
        received("number", origin=SHOP, sender="self", members=[]),
        received("consent", origin="https://cmp.example", members=["type", "payload"]),
        received("string", origin="https://video.example", members=[], characters=300),
    ]
    ours = [
        received("call"),
        received("status"),
        received("answer", document=2, origin=SHOP, sender="parent"),
    ]

    assert [] == list(check_ignored(happened(*start, *others, *ours)))


def test_a_message_for_an_origin_at_which_the_page_is_not_never_arrives(
    happened: Happened, seen: Seen, start: tuple[Told, ...]
) -> None:
    """The fix names both origins."""
    sent = seen("message.sent", document=2, to="https://app.brand.test", type="hello")

    (found,) = check_arrival(happened(*start, sent))

    assert ("sdk.handover_timeout", "refused") == (found.code, found.ends)
    assert f"hello for https://app.brand.test, but the page is {SHOP}" == found.observed
    assert f"give the window {SHOP} as its origin" in str(found.fix)


def test_an_answer_for_a_frame_that_has_moved_never_arrives(
    happened: Happened, seen: Seen, start: tuple[Told, ...]
) -> None:
    """What the frame shows instead is told."""
    moved = seen("frame.navigated", url="about:blank", name="chat", top=False)

    (found,) = check_arrival(happened(*start, moved, seen("message.sent", to=CHAT, type="answer")))

    assert f"answer for {CHAT}, but the frame shows about:blank" == found.observed


def test_a_message_that_arrives_is_fine(
    happened: Happened, seen: Seen, start: tuple[Told, ...], received: Callable[..., Told]
) -> None:
    """Each that was sent has its receipt, also the second of a kind."""
    hello = seen("message.sent", document=2, to=SHOP, type="hello")
    arrived = received("hello")

    assert [] == list(check_arrival(happened(*start, hello, arrived, hello, arrived)))
    assert 1 == len(list(check_arrival(happened(*start, hello, arrived, hello))))


def test_a_message_that_nobody_waits_for_any_more_is_no_finding(
    happened: Happened, seen: Seen, start: tuple[Told, ...], verdict: Callable[..., Told]
) -> None:
    """After the verdict, after the frame is gone, and the last word itself."""
    sent = seen("message.sent", to=CHAT, type="answer")
    gone = seen("iframe.removed", url=WINDOW)
    last = seen("message.sent", document=2, to=SHOP, type="status")

    assert [] == list(check_arrival(happened(*start, sent, verdict())))
    assert [] == list(check_arrival(happened(*start, gone, sent)))
    assert [] == list(check_arrival(happened(*start, last)))
