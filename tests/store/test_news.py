"""What one process tells the others on its database: what was kept, at once, and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from harness.clock import ManualClock
from harness.store import Store
from harness.store.news import CONVERSATIONS, News, conversation_topic, marks, popup_topic

PATIENCE = 30
"""Seconds after which nothing will be heard any more."""

Heard = asyncio.Queue[tuple[str, ...] | None]


@pytest.fixture
def url(new_database: Callable[[str, Path], str], tmp_path: Path) -> str:
    """Give the URL of an empty PostgreSQL database."""
    return new_database("postgresql", tmp_path)


@contextlib.asynccontextmanager
async def hearing(url: str, own: str = "another") -> AsyncIterator[Heard]:
    """Give what a process hears, ``None`` where it may have missed something."""
    heard: Heard = asyncio.Queue()

    def hear(marked: Collection[str]) -> None:
        heard.put_nowait(tuple(marked))

    news = News(url, own, heard=hear, missed=lambda: heard.put_nowait(None))
    async with asyncio.timeout(PATIENCE), news.listening():
        yield heard


def in_loop(work: Callable[[], Awaitable[None]]) -> None:
    """Run a test's own loop."""

    async def run() -> None:
        await work()

    asyncio.run(run())


def test_every_change_is_told(url: str, clock: ManualClock) -> None:
    """An opened conversation, a message, a consumer who becomes known, and how far a popup is."""

    async def work() -> None:
        async with hearing(url) as heard:
            with Store(url, clock) as store:
                conversation = store.conversations.open(profile=None, surface="popup", unverified={})
                store.conversations.say(conversation, "agent", "Hello.")
                store.conversations.identify(conversation, _profile(store))
                store.conversations.set_popup("popup", "opened")
                store.conversations.give_up("popup")
            told = [await heard.get() for _ in range(5)]

        listed, popup = marks([CONVERSATIONS]), marks([popup_topic("popup")])
        said = (*marks([conversation_topic(conversation)]), *listed)
        assert [listed, said, listed, popup, popup] == told

    in_loop(work)


def _profile(store: Store) -> int:
    return store.people.engage(
        "fernhill", "https://login.brand.test", "alice", verified={}, surface="popup", connector="implicit"
    )


def test_what_was_not_kept_is_not_told(url: str, clock: ManualClock) -> None:
    """A transaction that is given up is silent, and one that is kept is told when it has ended."""

    async def work() -> None:
        async with hearing(url) as heard:
            with Store(url, clock) as store:
                with contextlib.suppress(ZeroDivisionError), store.transaction() as records:
                    records.conversations.set_popup("lost", "opened")
                    raise ZeroDivisionError
                with store.transaction() as records:
                    records.conversations.set_popup("kept", "opened")
            assert marks([popup_topic("kept")]) == await heard.get()

    in_loop(work)


def test_a_process_is_not_told_what_it_has_done_itself(url: str, clock: ManualClock) -> None:
    """It knows already, and whoever waits there is woken once."""

    async def work() -> None:
        with Store(url, clock) as own, Store(url, clock) as other:
            async with hearing(url, own.teller.name) as heard:
                own.conversations.set_popup("own", "opened")
                other.conversations.set_popup("other", "opened")
                assert marks([popup_topic("other")]) == await heard.get()

    in_loop(work)


def test_a_popups_name_is_not_told(url: str, clock: ManualClock) -> None:
    """Only who knows it can tell that it is meant."""

    async def work() -> None:
        async with hearing(url) as heard:
            with Store(url, clock) as store:
                store.conversations.set_popup("a-popup-s-own-name", "opened")
            assert "a-popup-s-own-name" not in str(await heard.get())

    in_loop(work)


def test_a_process_that_lost_the_database_listens_again(url: str, clock: ManualClock) -> None:
    """And is told that it may have missed something."""

    async def work() -> None:
        engine = create_engine(url)
        async with hearing(url) as heard:
            with engine.begin() as connection:
                ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'"
                assert (True,) in connection.execute(text(ended)).all()
            engine.dispose()
            assert await heard.get() is None
            with Store(url, clock) as store:
                store.conversations.set_popup("popup", "opened")
            assert marks([popup_topic("popup")]) == await heard.get()

    in_loop(work)


def test_a_database_in_a_file_has_nobody_to_tell(tmp_path: Path, clock: ManualClock) -> None:
    """There the one process wakes its own."""
    with Store(f"sqlite:///{tmp_path / 'harness.db'}", clock) as store:
        store.conversations.set_popup("popup", "opened")

        assert not store.shared
