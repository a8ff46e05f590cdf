"""Windows whose sign-in has expired: what is taken, who goes on in which conversation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from harness.clock import ManualClock
from harness.config import Config
from harness.roles.seams import Seams
from harness.server import RunningServer, running
from harness.store.conversations import Conversation
from harness.wire import WireConsumer

if TYPE_CHECKING:
    from tests.roles.conftest import OpenChat

EXPIRED_AFTER = 400
NOBODY = {"happened": "answered", "token": None, "token_type": "string", "error_given": True}
ASKING, DELEGATING = "embedded.code-pkce.strict", "embedded.code.strict"


@pytest.fixture(scope="module")
def server(clock: ManualClock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Every role, with one connector that may renew without the page."""
    sample = Config()
    connectors = tuple(one.model_copy(update={"delegation": one.id == "code"}) for one in sample.connectors)
    config = sample.model_copy(update={"connectors": connectors})
    with running(config, folder=tmp_path_factory.mktemp("server"), clock=clock) as started:
        yield started


def kept(server: RunningServer, name: str) -> dict[str, Any]:
    """Return what the platform keeps of the window's session that the browser knows by a name."""
    visitor = server.store.sessions.find("visitor", name) or {}
    return server.store.sessions.find("window", visitor.get("window")) or {}


@dataclass(kw_only=True)
class Window:
    """Alice's chat window.

    Attributes:
        session: Its session.
        welcome: What it was told last.
    """

    server: RunningServer
    clock: ManualClock
    consumer: WireConsumer
    engagement: str
    session: str
    welcome: dict[str, Any]

    @property
    def conversation(self) -> Conversation:
        """The conversation that its session goes on in."""
        known = kept(self.server, self.session)
        found = self.server.store.conversations.find(str(known.get("conversation")))
        assert found is not None
        return found

    def expire(self) -> None:
        """Let time pass until its credential has expired."""
        self.clock.advance(EXPIRED_AFTER)

    def renew(self) -> dict[str, Any]:
        """Ask for a renewal, and keep what comes of it."""
        renewed = self.consumer.renew(self.session)
        self.welcome = renewed if renewed["outcome"] else self.welcome
        return renewed

    def ask_page(self, consumer: WireConsumer | None = None) -> dict[str, Any]:
        """Let the page method answer once more, with whoever is signed in to the shop: alice by default."""
        call = self.consumer.open_call(self.engagement, session=self.session)
        flow = self.engagement.split(".")[1]
        self.welcome = self.consumer.hand_over(call, (consumer or self.consumer).page_answer(call, flow))
        self.session = self.welcome["session"]
        return self.welcome

    def ask_page_in_vain(self) -> dict[str, Any]:
        """Let the page method answer that nobody is logged in."""
        call = self.consumer.open_call(self.engagement, session=self.session)
        self.welcome = self.consumer.hand_over(call, None, answer=NOBODY)
        return self.welcome

    def texts(self) -> list[str]:
        """Return what was said in its conversation."""
        return [one.text for one in self.server.store.conversations.messages(self.conversation.id)]


@pytest.fixture
def consumer(server: RunningServer) -> Iterator[WireConsumer]:
    """Alice, signed in to the shop."""
    with WireConsumer(server) as alice:
        alice.sign_in("alice")
        yield alice


def opened(server: RunningServer, clock: ManualClock, consumer: WireConsumer, engagement: str) -> Window:
    """Open a window and sign in."""
    call = consumer.open_call(engagement)
    welcome = consumer.hand_over(call, consumer.page_answer(call, engagement.split(".")[1]))
    assert "authenticated" == welcome["outcome"]
    return Window(
        server=server,
        clock=clock,
        consumer=consumer,
        engagement=engagement,
        session=welcome["session"],
        welcome=welcome,
    )


@pytest.fixture
def asking(server: RunningServer, clock: ManualClock, consumer: WireConsumer) -> Window:
    """A window whose page is asked again."""
    return opened(server, clock, consumer, ASKING)


@pytest.fixture
def delegating(server: RunningServer, clock: ManualClock, consumer: WireConsumer) -> Window:
    """A window that is renewed without its page."""
    return opened(server, clock, consumer, DELEGATING)


def test_a_delegated_sign_in_is_renewed_in_its_conversation(delegating: Window) -> None:
    """Same conversation, same profile, and a token that lives as long as the new credential."""
    before = delegating.conversation
    delegating.expire()

    assert ("authenticated", "Alice Abel") == (delegating.renew()["outcome"], delegating.welcome["name"])
    assert before == delegating.conversation
    assert 1 == len({profile.id for profile in delegating.server.store.people.profiles()})


def test_a_delegated_sign_in_is_renewed_again_and_again(delegating: Window) -> None:
    """The rotated refresh token renews the next time."""
    before = delegating.conversation
    for _ in range(3):
        delegating.expire()
        assert "authenticated" == delegating.renew()["outcome"]
    assert before == delegating.conversation


def test_without_delegation_the_page_is_asked_and_the_conversation_goes_on(asking: Window) -> None:
    """The renewal says that there is none, and the page's fresh credential does it."""
    before = asking.conversation
    asking.expire()

    assert {"outcome": None} == asking.renew()
    assert "authenticated" == asking.ask_page()["outcome"]
    assert (before.id, before.profile) == (asking.conversation.id, asking.conversation.profile)


@pytest.mark.parametrize("session", ["", "a-guess"])
def test_an_unknown_window_is_not_renewed(session: str, consumer: WireConsumer) -> None:
    """There is nothing to renew with, and nothing more is said."""
    assert {"outcome": None} == consumer.renew(session)


def test_what_was_not_taken_is_taken_once_after_the_renewal(delegating: Window, open_chat: OpenChat) -> None:
    """The window comes back with what it has seen, hears what was taken, and says the rest again."""
    window = open_chat(delegating.welcome["token"])
    window.hear_until("ready")
    window.say(text="Taken.")
    window.hear()
    delegating.expire()
    window.say(text="Not taken.")
    assert {"type": "expired"} == window.hear()
    delegating.renew()
    again = open_chat(delegating.welcome["token"], after=0)
    heard = again.hear_until("ready")
    again.say(text="Not taken.")

    assert ["Taken."] == [one["text"] for one in heard]
    assert "Not taken." == again.hear()["text"]
    assert ["Taken.", "Not taken."] == delegating.texts()


def test_a_renewed_token_speaks_and_the_old_one_does_not(delegating: Window, open_chat: OpenChat) -> None:
    """The old token has expired for good."""
    old = delegating.welcome["token"]
    delegating.expire()
    delegating.renew()

    assert {"type": "ready"} == open_chat(delegating.welcome["token"]).hear()
    assert {"type": "expired"} == open_chat(old).hear()


def test_a_guest_never_goes_on_in_a_known_consumers_conversation(asking: Window, open_chat: OpenChat) -> None:
    """Who says that nobody is logged in now gets a conversation of their own, and hears nothing of it."""
    known = asking.conversation
    asking.server.store.conversations.say(known.id, "agent", "In confidence.")
    asking.expire()
    asking.renew()

    assert "not_authenticated" == asking.ask_page_in_vain()["outcome"]
    assert known.id != asking.conversation.id
    assert (None, None) == (asking.conversation.profile, asking.conversation.verified)
    assert [] == open_chat(asking.welcome["token"]).hear_until("ready")
    assert known == asking.server.store.conversations.find(known.id)


def test_another_consumer_never_goes_on_in_a_known_consumers_conversation(
    asking: Window, open_chat: OpenChat
) -> None:
    """Bob, at alice's window, is refused there and goes on as a guest elsewhere."""
    known = asking.conversation
    asking.server.store.conversations.say(known.id, "agent", "In confidence.")
    asking.expire()
    with WireConsumer(asking.server) as bob:
        bob.sign_in("bob")
        assert ("refused", None) == (asking.ask_page(bob)["outcome"], asking.welcome["name"])

    assert known.id != asking.conversation.id
    assert asking.conversation.profile is None
    assert [] == open_chat(asking.welcome["token"]).hear_until("ready")
    assert known == asking.server.store.conversations.find(known.id)


def test_a_renewal_that_names_somebody_else_is_refused(delegating: Window, open_chat: OpenChat) -> None:
    """Another subject by the refresh token is no renewal, and reads nothing of the conversation."""
    known = delegating.conversation
    delegating.expire()
    changed = Seams(refreshed_claims=lambda claims, now: {**claims, "sub": "fh-100871"})
    with delegating.server.composition.seams.put(changed):
        assert ("refused", None) == (delegating.renew()["outcome"], delegating.welcome["name"])

    assert known.id != delegating.conversation.id
    assert delegating.conversation.profile is None
    assert known == delegating.server.store.conversations.find(known.id)


def test_a_guest_who_says_so_again_stays_in_their_conversation(asking: Window) -> None:
    """A guest's conversation goes on as long as nobody signs in."""
    asking.expire()
    asking.ask_page_in_vain()
    guests = asking.conversation
    asking.ask_page_in_vain()

    assert guests == asking.conversation


def test_who_comes_back_after_a_guest_does_not_get_the_old_conversation(asking: Window) -> None:
    """The guest's conversation becomes alice's, and the one before it stays closed to this window."""
    first = asking.conversation
    asking.ask_page_in_vain()
    guests = asking.conversation.id

    assert "authenticated" == asking.ask_page()["outcome"]
    assert guests == asking.conversation.id
    assert (first.profile, False) == (asking.conversation.profile, first.id == guests)


def test_a_popup_is_renewed_in_its_conversation(
    server: RunningServer, clock: ManualClock, consumer: WireConsumer
) -> None:
    """Its request asked for offline access where the brand delegates."""
    back = consumer.authorize(consumer.start_popup("popup.code.strict"))
    welcome = consumer.come_back(back)
    session = welcome["session"]
    before = kept(server, session)
    clock.advance(EXPIRED_AFTER)

    assert "popup.code.strict" == welcome["engagement"]
    assert "authenticated" == consumer.renew(session)["outcome"]
    after = kept(server, session)
    assert before["conversation"] == after["conversation"]


def test_what_a_renewal_gives_away_is_what_a_sign_in_gives_away(delegating: Window) -> None:
    """Outcome, name, a reference and a token: never a reason, never a credential."""
    before = delegating.welcome
    delegating.expire()

    assert before.keys() == delegating.renew().keys()
