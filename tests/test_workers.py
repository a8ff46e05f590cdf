"""Four workers on one PostgreSQL database: whichever of them answers, and whatever becomes of one."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import secrets
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from threading import Lock
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest
from sqlalchemy import create_engine, text
from websockets.exceptions import WebSocketException

from harness.clock import SystemClock
from harness.config import FLOWS, Config
from harness.errors import HarnessBroken, UsageError
from harness.server import WORKER
from harness.shared import Shared
from harness.store import Store
from harness.timeline import Event
from harness.wire import WireConsumer
from harness.workers import Workers, several
from harness.workers import work as worked
from tests.chatting import PATIENCE, Chat, chatting

WORKERS = 4
CHAT, AGENT = "https://chat.platform.test", "https://agent.platform.test"
CONSUMERS = 16
VISITS = 4
KILLED_AT = 25
"""How many things have been acknowledged when a worker is killed, of some hundred."""

LOST = (httpx2.TransportError, HarnessBroken, WebSocketException, OSError)
"""What a consumer sees whose worker is killed: nothing was acknowledged."""


@pytest.fixture(scope="module")
def database(new_database: Callable[[str, Path], str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the URL of a PostgreSQL database of these tests' own."""
    return new_database("postgresql", tmp_path_factory.mktemp("database"))


@pytest.fixture(scope="module")
def said() -> SimpleQueue[str]:
    """What is told of the workers."""
    return SimpleQueue()


@pytest.fixture(scope="module")
def server(
    database: str, said: SimpleQueue[str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workers]:
    """Four workers, all of which answer."""
    folder = tmp_path_factory.mktemp("server")
    with several(Config(database=database), workers=WORKERS, folder=folder, say=said.put) as workers:
        workers.answering()
        yield workers


@pytest.fixture(scope="module")
def store(database: str) -> Iterator[Store]:
    """What they remember."""
    with Store(database, SystemClock()) as opened:
        yield opened


@contextlib.contextmanager
def only(server: Workers, number: int) -> Iterator[None]:
    """Let nobody but one worker take connections: the others stand still."""
    others = [pid for place, pid in enumerate(server.pids, 1) if place != number]
    for pid in others:
        os.kill(pid, signal.SIGSTOP)
        os.waitid(os.P_PID, pid, os.WSTOPPED)
    try:
        yield
    finally:
        for pid in others:
            os.kill(pid, signal.SIGCONT)


class Visitor(WireConsumer):
    """A consumer whose every request is a connection of its own, so that any worker may answer it.

    Attributes:
        answered: How often each worker has.
    """

    def __init__(self, server: Workers) -> None:
        super().__init__(server)
        self.answered: Counter[str] = Counter()
        self.http.headers["Connection"] = "close"
        self.http.event_hooks = {"response": [self._count]}

    def _count(self, response: httpx2.Response) -> None:
        self.answered[response.headers[WORKER]] += 1


@pytest.fixture
def alice(server: Workers) -> Iterator[Visitor]:
    """Alice, who signed in to the shop at the first worker."""
    with Visitor(server) as visitor:
        with only(server, 1):
            visitor.sign_in("alice")
        yield visitor


@pytest.mark.parametrize("flow", FLOWS)
def test_every_step_of_a_call_may_be_another_workers(flow: str, alice: Visitor, server: Workers) -> None:
    """One has her session, one opens the call, one gives the credential, and one verifies it."""
    with only(server, 2):
        call = alice.open_call(f"embedded.{flow}.strict")
    with only(server, 3):
        answer = alice.page_answer(call, flow)
    with only(server, 4):
        welcome = alice.hand_over(call, answer)

    assert ("authenticated", "Alice Abel") == (welcome["outcome"], welcome["name"])
    assert {"1", "2", "3", "4"} == set(alice.answered)


@pytest.mark.parametrize("flow", FLOWS)
def test_every_step_of_a_popup_may_be_another_workers(flow: str, alice: Visitor, server: Workers) -> None:
    """Its state, its browser and its verifier are known wherever it comes back."""
    with only(server, 2):
        url = alice.start_popup(f"popup.{flow}.strict")
    with only(server, 3):
        back = alice.authorize(url)
    with only(server, 4):
        welcome = alice.come_back(back)
        again = alice.come_back(back)

    assert ("authenticated", "refused") == (welcome["outcome"], again["outcome"])


def test_a_page_hears_of_its_popup_from_another_worker(alice: Visitor, server: Workers) -> None:
    """It listens at one worker, and the popup comes back at another."""
    popup = alice.open_popup("popup.implicit.strict")
    with Visitor(server) as page:
        with only(server, 1):
            heard = _statuses(page, popup.name)
            assert "opened" == next(heard)
        with only(server, 2):
            alice.come_back(alice.authorize(popup.url))

        assert ["finished"] == list(heard)


def _statuses(page: Visitor, popup: str) -> Iterator[str]:
    """Yield what a page is told of its popup, until there is no more."""
    url = f"{CHAT}/sdk/popup-status"
    with page.http.stream("GET", url, params={"popup": popup}) as told:
        for line in told.iter_lines():
            if line.startswith("data: "):
                yield line.removeprefix("data: ")


def test_a_conversation_goes_on_between_two_workers(alice: Visitor, server: Workers) -> None:
    """What is said at one worker is heard at the other at once, in both directions."""
    with only(server, 3):
        call = alice.open_call("embedded.implicit.strict")
        welcome = alice.hand_over(call, alice.page_answer(call, "implicit"))
        entered = alice.http.get(f"{AGENT}/enter", params={"key": server.agent_key})
    cookie = f"__Host-agent={entered.cookies['__Host-agent']}"
    with contextlib.ExitStack() as stack:
        with only(server, 1):
            window = stack.enter_context(chatting(server, welcome["token"]))
            window.hear_until("ready")
        with only(server, 2):
            agent = stack.enter_context(chatting(server, None, host="agent.platform.test", cookie=cookie))
            (newest, *_) = agent.hear()["items"]
        agent.say(conversation=newest["id"], text="How can I help?")
        heard = window.hear()
        assert ["How can I help?"] == _texts(agent.hear(), newest["id"])
        window.say(text="With a plan.")

        assert ("1", "2") == (_worker(window), _worker(agent))
        assert ("agent", "How can I help?") == (heard["sender"], heard["text"])
        assert ["How can I help?", "With a plan."] == _texts(agent.hear(), newest["id"])


def _worker(chat: Chat) -> str:
    """Return which worker has one end of a conversation."""
    assert chat.socket.response is not None
    return chat.socket.response.headers[WORKER]


def _texts(overview: dict[str, Any], conversation: str) -> list[str]:
    """Return what an overview shows of a conversation."""
    (item,) = (one for one in overview["items"] if one["id"] == conversation)
    return [message["text"] for message in item["messages"]]


@dataclass(kw_only=True)
class Notes:
    """What the consumers of a crowd have been told: only this counts as done.

    Attributes:
        references: The names of the sign-ins that were good.
        credentials: What was accepted, with the flow that it belongs to.
        texts: What was said and came back.
        lost: How many consumers got no answer, so that nobody can tell what became of their request.
        answered: How often each worker has answered.
        reached: Called with the number of things so far.
    """

    references: list[str] = field(default_factory=list)
    credentials: list[tuple[str, Any]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    lost: int = 0
    answered: Counter[str] = field(default_factory=Counter)
    reached: Callable[[int], None] = lambda _: None
    _lock: Lock = field(default_factory=Lock)

    def accepted(self, welcome: dict[str, Any], flow: str, credential: Any) -> None:
        """Note a sign-in."""
        with self._lock:
            self.references.append(welcome["reference"])
            self.credentials.append((flow, credential))
            self.reached(len(self.references) + len(self.texts))

    def heard(self, said: str) -> None:
        """Note a message."""
        with self._lock:
            self.texts.append(said)
            self.reached(len(self.references) + len(self.texts))

    def met(self, visitor: Visitor) -> None:
        """Note which workers have answered somebody."""
        with self._lock:
            self.answered.update(visitor.answered)

    def gone(self) -> None:
        """Note that there was no answer."""
        with self._lock:
            self.lost += 1


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """Many consumers at once, each of whom comes several times.

    Attributes:
        server: Where they go.
        notes: What they are told.
    """

    server: Workers
    notes: Notes

    def visit(self) -> None:
        """Let all of them in, and wait until they have gone."""
        with ThreadPoolExecutor(CONSUMERS) as pool:
            for done in [pool.submit(self._consumer, number) for number in range(CONSUMERS)]:
                done.result()

    def _consumer(self, number: int) -> None:
        name, flow = ("alice", "bob")[number % 2], FLOWS[number % len(FLOWS)]
        for visit in range(VISITS):
            with Visitor(self.server) as visitor:
                with self._perhaps():
                    visitor.sign_in(name)
                    (self._popup if visit % 2 else self._embedded)(visitor, flow)
                self.notes.met(visitor)

    def _embedded(self, visitor: Visitor, flow: str) -> None:
        """Hand the same answer over twice at once, and chat."""
        call = visitor.open_call(f"embedded.{flow}.strict")
        answer = visitor.page_answer(call, flow)
        with ThreadPoolExecutor(2) as pool:
            both = [pool.submit(visitor.hand_over, call, answer) for _ in range(2)]
        for one in both:
            with self._perhaps():
                if (welcome := one.result())["outcome"] == "authenticated":
                    self.notes.accepted(welcome, flow, answer)
                    self._chat(welcome)

    def _popup(self, visitor: Visitor, flow: str) -> None:
        """Come back from a popup, and chat."""
        welcome = visitor.come_back(visitor.authorize(visitor.start_popup(f"popup.{flow}.strict")))
        if welcome["outcome"] == "authenticated":
            self.notes.accepted(welcome, flow, None)
            self._chat(welcome)

    def _chat(self, welcome: dict[str, Any]) -> None:
        said = secrets.token_hex(8)
        with chatting(self.server, welcome["token"]) as window:
            window.hear_until("ready")
            window.say(text=said)
            assert said == window.hear()["text"]
        self.notes.heard(said)

    @contextlib.contextmanager
    def _perhaps(self) -> Iterator[None]:
        try:
            yield
        except LOST:
            self.notes.gone()


def check_kept(notes: Notes, new: tuple[Event, ...], store: Store) -> None:
    """Whatever was acknowledged is there, once, and there is no more but what may have gone unheard."""
    verdicts = [event for event in new if event.type == "verdict"]
    good = Counter(event.flow for event in verdicts if event.data["outcome"] == "authenticated")
    assert len(notes.references) == len(set(notes.references))
    assert {1} == set(good.values())
    assert set(notes.references) <= good.keys()
    assert len(good) <= len(notes.references) + notes.lost
    kept = Counter(
        message.text for one in store.conversations.all() for message in store.conversations.messages(one.id)
    )
    assert {1} == {kept[said] for said in notes.texts}


def check_in_order(new: tuple[Event, ...]) -> None:
    """The order of the numbers is the order of time, over all workers, and each sign-in's own."""
    assert new == tuple(sorted(new, key=lambda event: event.at))
    for flow in {event.flow for event in new if event.type == "verdict" and event.flow}:
        types = [event.type for event in new if event.flow == flow]
        assert types[0] in ("call.opened", "authorization.requested")
        assert "verdict" == types[-1]


def check_used_up(notes: Notes, server: Workers) -> None:
    """No credential that was accepted is accepted again, from another window at any worker."""
    with Visitor(server) as mallory:
        mallory.sign_in("alice")
        for flow, credential in notes.credentials:
            if credential is not None:
                call = mallory.open_call(f"embedded.{flow}.strict")
                assert "refused" == mallory.hand_over(call, credential)["outcome"]


def test_a_crowd_is_served_by_all_workers_as_by_one(server: Workers, store: Store) -> None:
    """Every sign-in is good once, every message is kept, and all that happened is recorded in one order."""
    notes, engagements, before = Notes(), _engagements(store), store.events.last()
    Crowd(server=server, notes=notes).visit()
    new = store.events.after(before)

    assert {"1", "2", "3", "4"} == set(notes.answered)
    assert 0 == notes.lost
    assert CONSUMERS * VISITS == len(notes.references) == len(notes.texts)
    assert CONSUMERS * VISITS == _engagements(store) - engagements
    check_kept(notes, new, store)
    check_in_order(new)
    check_used_up(notes, server)


def test_a_worker_that_is_killed_takes_nothing_along(
    server: Workers, store: Store, said: SimpleQueue[str]
) -> None:
    """What was acknowledged stays, nothing is accepted twice, and another process takes its place."""
    pids, engagements, before = server.pids, _engagements(store), store.events.last()

    def kill(reached: int) -> None:
        if reached == KILLED_AT:
            os.kill(pids[1], signal.SIGKILL)

    notes = Notes(reached=kill)
    Crowd(server=server, notes=notes).visit()
    told = said.get(timeout=PATIENCE)
    server.answering()
    new, after = store.events.after(before), server.pids
    killed, other = pids[1], after[1]

    assert f"worker 2 (process {killed}) was killed by SIGKILL; process {other} takes its place." == told
    assert [0, 2, 3] == [place for place in range(WORKERS) if pids[place] == after[place]]
    assert len(notes.references) <= _engagements(store) - engagements <= len(notes.references) + notes.lost
    assert len(notes.texts) > KILLED_AT
    check_kept(notes, new, store)
    check_in_order(new)
    check_used_up(notes, server)
    with Visitor(server) as visitor, only(server, 2):
        assert "2" == visitor.http.get("https://www.brand.test/").headers[WORKER]


def _engagements(store: Store) -> int:
    """Return how often somebody was taken in."""
    return sum(profile.engagements for profile in store.people.profiles())


def test_too_many_workers_for_the_database_are_refused(database: str, tmp_path: Path) -> None:
    """Before any is started: the sentence says how many it can serve."""
    engine = create_engine(database)
    with engine.connect() as connection:
        most = connection.execute(text("SHOW max_connections")).scalar_one()
    engine.dispose()
    with (
        pytest.raises(UsageError, match=f"takes {most} connections, too few for 64 workers"),
        several(Config(database=database), workers=64, folder=tmp_path, say=print),
    ):
        pass


def test_a_server_whose_workers_cannot_begin_says_why(database: str, tmp_path: Path) -> None:
    """It does not try for ever: this role has no connection left for a second one."""
    engine, role = create_engine(database), f"role_{secrets.token_hex(4)}"
    with engine.begin() as connection:
        connection.execute(text(f"CREATE ROLE {role} LOGIN CONNECTION LIMIT 2"))
        connection.execute(text(f"CREATE SCHEMA AUTHORIZATION {role}"))
    own = engine.url.set(username=role).update_query_dict({"options": f"-csearch_path={role}"})
    engine.dispose()
    limited = own.render_as_string(hide_password=False)
    with (
        several(Config(database=limited), workers=2, folder=tmp_path, say=print) as server,
        pytest.raises(HarnessBroken, match=r"worker \d could not begin to answer: .*too many connections"),
    ):
        server.answering()


@pytest.mark.parametrize(("instead", "begun"), [(True, [None]), (False, ["the database is away"])])
def test_who_takes_another_ones_place_waits_for_the_database(
    instead: bool, begun: list[str | None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first ones could not begin at all without it, and say so."""
    away = ["the database is away"]

    @contextlib.contextmanager
    def running(*_: Any, inherited: Any, **__: Any) -> Iterator[None]:
        if away:
            raise HarnessBroken(away.pop())
        inherited.answering()
        inherited.ended()
        yield

    monkeypatch.setattr(worked, "running", running)
    monkeypatch.setattr(worked, "AGAIN_SECONDS", 0)
    monkeypatch.setattr(worked, "_outlive", lambda _: None)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    ours, theirs = multiprocessing.Pipe()
    config = Config()
    handed: Any = SimpleNamespace(
        worker=1,
        config=config,
        folder=tmp_path,
        doors=None,
        papers=None,
        shared=Shared.fresh(config).written(),
        connections=2,
        instead=instead,
    )
    worked.work(handed, theirs)
    theirs.close()

    said = []
    with contextlib.suppress(EOFError):
        while True:
            said.append(ours.recv())
    assert begun == said
