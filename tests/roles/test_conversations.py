"""Both ends of a conversation: who may open one, what is taken, and what a window that comes back hears."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.testclient import TestClient
from websockets.exceptions import InvalidStatus

from harness.clock import ManualClock
from harness.roles.platform.bus import Bus
from harness.roles.platform.conversations import Desk
from harness.roles.platform.services import Services
from harness.roles.platform.session_tokens import SessionTokens
from harness.server import RunningServer
from harness.serving import FRAME_LIMIT
from harness.store import Store
from harness.wire import WireConsumer

if TYPE_CHECKING:
    from tests.roles.conftest import OpenChat

CHAT, AGENT = "https://chat.platform.test", "https://agent.platform.test"
POLICY_VIOLATION, TOO_BIG = 1008, 1009
EXPIRED_AFTER = 400
READY, EXPIRED = {"type": "ready"}, {"type": "expired"}


@pytest.fixture
def alice(server: RunningServer) -> Iterator[dict[str, Any]]:
    """What alice's window got when she had signed in, with its session and its conversation."""
    with WireConsumer(server) as consumer:
        consumer.sign_in("alice")
        call = consumer.open_call("embedded.implicit.strict")
        welcome = consumer.hand_over(call, consumer.page_answer(call, "implicit"))
        visitor = server.store.sessions.find("visitor", welcome["session"])
        assert visitor is not None
        known = server.store.sessions.find("window", visitor["window"])
        assert known is not None
        yield {**welcome, "conversation": known["conversation"]}


def said(server: RunningServer, conversation: str) -> list[tuple[str, str]]:
    """Return who said what in a conversation."""
    return [(one.sender, one.text) for one in server.store.conversations.messages(conversation)]


def test_what_is_said_is_taken_and_comes_back(
    alice: dict[str, Any], server: RunningServer, open_chat: OpenChat
) -> None:
    """The window shows what the platform has taken."""
    window = open_chat(alice["token"])
    assert READY == window.hear()
    window.say(text="Hello.")

    heard = window.hear()
    assert ("message", "consumer", "Hello.") == (heard["type"], heard["sender"], heard["text"])
    assert [("consumer", "Hello.")] == said(server, alice["conversation"])


def test_a_window_that_comes_back_hears_what_it_has_not_seen(
    alice: dict[str, Any], server: RunningServer, open_chat: OpenChat
) -> None:
    """The older messages first, then the word that there are no more."""
    first, second = (
        server.store.conversations.say(alice["conversation"], "agent", text) for text in ("one", "two")
    )

    heard = [open_chat(alice["token"], after=seen).hear_until("ready") for seen in (0, first.id, second.id)]
    assert [["one", "two"], ["two"], []] == [[message["text"] for message in some] for some in heard]


def test_an_expired_sessions_message_is_not_taken(
    alice: dict[str, Any], server: RunningServer, open_chat: OpenChat, clock: ManualClock
) -> None:
    """The window is told to renew, and what was said before stays."""
    window = open_chat(alice["token"])
    window.hear()
    window.say(text="Before.")
    window.hear()
    clock.advance(EXPIRED_AFTER)
    window.say(text="After.")

    assert EXPIRED == window.hear()
    assert [("consumer", "Before.")] == said(server, alice["conversation"])


def test_an_expired_window_still_hears_its_agent(
    alice: dict[str, Any], server: RunningServer, open_chat: OpenChat, clock: ManualClock
) -> None:
    """Whoever listens is asked to renew only when they have something to say."""
    window = open_chat(alice["token"])
    window.hear()
    clock.advance(EXPIRED_AFTER)
    agent = workspace(server, open_chat)
    agent.say(conversation=alice["conversation"], text="Are you still there?")

    assert "Are you still there?" == window.hear()["text"]


def test_an_expired_token_opens_nothing(
    alice: dict[str, Any], server: RunningServer, open_chat: OpenChat, clock: ManualClock
) -> None:
    """Whoever finds an old token reads nothing of the conversation."""
    server.store.conversations.say(alice["conversation"], "agent", "In confidence.")
    clock.advance(EXPIRED_AFTER)
    window = open_chat(alice["token"])

    assert EXPIRED == window.hear()
    assert POLICY_VIOLATION == window.closed()


@pytest.mark.parametrize("token", ["", "eyJ.eyJ.sig", "x" * 5_000])
def test_another_token_opens_nothing(token: str, open_chat: OpenChat) -> None:
    """The platform's own, and only they."""
    assert POLICY_VIOLATION == open_chat(token).closed()


def test_a_malformed_greeting_opens_nothing(alice: dict[str, Any], open_chat: OpenChat) -> None:
    """The first frame is the greeting, with what belongs there and nothing else."""
    for hello in ({"after": -1}, {"after": "one"}, {"more": 1}):
        assert POLICY_VIOLATION == open_chat(alice["token"], **hello).closed()


@pytest.mark.parametrize(
    "frame", ["", "[", "7", '{"text":""}', '{"text":7}', '{"more":1}', '{"text":"\\u0000"}']
)
def test_a_malformed_frame_is_nobodys_message(
    frame: str, alice: dict[str, Any], server: RunningServer, open_chat: OpenChat
) -> None:
    """It is passed over, and the next one is taken."""
    window = open_chat(alice["token"])
    window.hear()
    window.socket.send(frame)
    window.say(text="Hello.")

    assert "Hello." == window.hear()["text"]
    assert [("consumer", "Hello.")] == said(server, alice["conversation"])


@pytest.mark.parametrize("origin", ["https://www.brand.test", "https://evil.example", "null"])
@pytest.mark.parametrize("host", ["chat.platform.test", "agent.platform.test"])
def test_a_foreign_page_opens_no_socket(host: str, origin: str, open_chat: OpenChat) -> None:
    """Neither end is for other pages (RFC 6455 section 10.2)."""
    with pytest.raises(InvalidStatus) as refused:
        open_chat(None, host=host, origin=origin)

    assert 403 == refused.value.response.status_code


def test_a_workspace_opens_for_the_agent_only(open_chat: OpenChat) -> None:
    """Without the agent's session there is nothing to see."""
    with pytest.raises(InvalidStatus) as refused:
        open_chat(None, host="agent.platform.test", cookie="__Host-agent=guessed")

    assert 403 == refused.value.response.status_code


def workspace(server: RunningServer, open_chat: OpenChat) -> Any:
    """Open the agent's end and pass over the overview that it begins with."""
    session = server.store.sessions.open("agent", {}, seconds=600)
    agent = open_chat(None, host="agent.platform.test", cookie=f"__Host-agent={session}")
    assert "conversations" == agent.hear()["type"]
    return agent


def test_the_agent_sees_what_the_consumer_says(
    alice: dict[str, Any], server: RunningServer, open_chat: OpenChat
) -> None:
    """The overview comes again, with the message in its conversation."""
    agent, window = workspace(server, open_chat), open_chat(alice["token"])
    window.hear()
    window.say(text="Hello.")
    (item,) = (one for one in agent.hear()["items"] if one["id"] == alice["conversation"])

    assert ["Hello."] == [message["text"] for message in item["messages"]]
    assert "Alice" == item["verified"]["given_name"]


def test_an_agent_speaks_in_conversations_that_there_are(
    alice: dict[str, Any], server: RunningServer, open_chat: OpenChat
) -> None:
    """What names none, or an unknown one, is said nowhere."""
    agent, window = workspace(server, open_chat), open_chat(alice["token"])
    window.hear()
    agent.say(text="To nobody.")
    agent.say(conversation="a guess", text="To nobody.")
    agent.say(conversation=alice["conversation"], text="To Alice.")

    assert "To Alice." == window.hear()["text"]
    assert [("agent", "To Alice.")] == said(server, alice["conversation"])


def test_a_closed_window_is_forgotten(alice: dict[str, Any], open_chat: OpenChat) -> None:
    """What is said later is heard by the window that is open."""
    gone, window = (open_chat(alice["token"]) for _ in "12")
    assert [READY, READY] == [gone.hear(), window.hear()]
    gone.socket.close()
    window.say(text="Hello.")

    assert "Hello." == window.hear()["text"]


ORDER = {"plan": "mobile-solo"}
PAYMENT = {"bill": "2026-11-01", "way": "direct-debit"}


@pytest.fixture
def guest(server: RunningServer) -> str:
    """A conversation whose page claims to be alice's, and for which nobody vouches."""
    unverified = {"identity": {"sub": "fh-100234", "iss": "https://login.brand.test"}}
    return server.store.conversations.open(profile=None, surface="embedded", unverified=unverified)


@pytest.mark.parametrize(
    ("asked", "kind", "subject"), [(ORDER, "order", "mobile-solo"), (PAYMENT, "payment", "2026-11-01")]
)
def test_what_is_done_for_a_verified_consumer_is_a_receipt_on_both_sides(
    asked: dict[str, str],
    kind: str,
    subject: str,
    alice: dict[str, Any],
    server: RunningServer,
    open_chat: OpenChat,
) -> None:
    """Both hear the same message, which names the account."""
    agent, window = workspace(server, open_chat), open_chat(alice["token"])
    window.hear()
    agent.say(conversation=alice["conversation"], **asked)
    heard = window.hear()
    (item,) = (one for one in agent.hear()["items"] if one["id"] == alice["conversation"])

    assert [heard] == item["messages"]
    assert (kind, subject) == (heard["receipt"]["kind"], heard["receipt"]["subject"])
    assert ["Account number", "FH-100-234"] in heard["receipt"]["facts"]


@pytest.mark.parametrize("asked", [ORDER, PAYMENT])
def test_nothing_is_done_for_a_guest(
    asked: dict[str, str], guest: str, server: RunningServer, open_chat: OpenChat
) -> None:
    """Whatever the page says of them: the agent is told why, and the conversation stays as it is."""
    agent = workspace(server, open_chat)
    agent.say(conversation=guest, **asked)
    heard = agent.hear()

    assert ("refused", guest) == (heard["type"], heard["conversation"])
    assert "Nobody vouches for this consumer yet" in heard["sentence"]
    assert [] == said(server, guest)


def test_a_guest_is_offered_nothing(guest: str, server: RunningServer, open_chat: OpenChat) -> None:
    """The overview has services for verified consumers alone."""
    session = server.store.sessions.open("agent", {}, seconds=600)
    agent = open_chat(None, host="agent.platform.test", cookie=f"__Host-agent={session}")
    (item,) = (one for one in agent.hear()["items"] if one["id"] == guest)

    assert item["services"] is None


def test_an_order_is_placed_once(alice: dict[str, Any], server: RunningServer, open_chat: OpenChat) -> None:
    """The second one is refused, with a sentence for its agent."""
    agent, other = workspace(server, open_chat), workspace(server, open_chat)
    agent.say(conversation=alice["conversation"], **ORDER)
    assert "conversations" == agent.hear()["type"]
    assert "conversations" == other.hear()["type"]
    other.say(conversation=alice["conversation"], **ORDER)

    assert "refused" == other.hear()["type"]
    assert 1 == len(said(server, alice["conversation"]))


def test_an_order_in_no_conversation_is_refused(server: RunningServer, open_chat: OpenChat) -> None:
    """A guess at a conversation's id books nothing."""
    agent = workspace(server, open_chat)
    agent.say(conversation="a-guess", **ORDER)

    assert "There is no such conversation." == agent.hear()["sentence"]


def test_a_window_orders_nothing(alice: dict[str, Any], server: RunningServer, open_chat: OpenChat) -> None:
    """Orders are the agent's; from a consumer's window one is nobody's message."""
    window = open_chat(alice["token"])
    window.hear()
    window.say(conversation=alice["conversation"], **ORDER)
    window.say(text="Hello.")

    assert "Hello." == window.hear()["text"]
    assert [("consumer", "Hello.")] == said(server, alice["conversation"])


def test_a_frame_has_a_largest_size(alice: dict[str, Any], open_chat: OpenChat) -> None:
    """A message that is far too long ends its window (RFC 6455 section 7.4.1)."""
    window = open_chat(alice["token"])
    window.hear()
    window.socket.send("x" * (FRAME_LIMIT + 1))

    assert TOO_BIG == window.closed()


def test_a_window_that_does_not_greet_is_not_waited_for(store: Store, clock: ManualClock) -> None:
    """It has its time to say who it is."""
    desk = Desk(
        store=store,
        bus=Bus(),
        tokens=SessionTokens(issuer=CHAT, clock=clock, key=ECKey.generate_key("P-256")),
        window_origin=CHAT,
        agent_origin=AGENT,
        services=Services(()),
        patience=0,
    )
    client = TestClient(Starlette(routes=[WebSocketRoute("/ws", desk.consumer)]), base_url=CHAT)
    with client.websocket_connect("/ws", headers={"Origin": CHAT}) as window:
        assert {"type": "websocket.close", "code": POLICY_VIOLATION, "reason": ""} == window.receive()


def test_a_binary_frame_is_nobodys_message(
    alice: dict[str, Any], server: RunningServer, open_chat: OpenChat
) -> None:
    """It has no text; what comes after it is taken."""
    window = open_chat(alice["token"])
    assert READY == window.hear()
    window.socket.send(b'{"text": "Hello?"}')
    window.say(text="Hello.")

    assert "Hello." == window.hear()["text"]
    assert [("consumer", "Hello.")] == said(server, alice["conversation"])
