"""Who is woken by what: their own topics, whichever process the news come from, and the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from harness.roles.platform.bus import Bus, Closed
from harness.store.news import marks

PATIENCE = 30


@pytest.mark.parametrize("wake", [lambda bus: bus.publish("own"), lambda bus: bus.wake(marks(["own"]))])
def test_news_wake_those_who_wait_for_their_topic(wake: Callable[[Bus], None]) -> None:
    """This process's and another's alike, and nobody who waits for something else."""

    async def wait() -> None:
        bus = Bus()
        with bus.subscribe("own") as subscription, bus.subscribe("another") as other:
            others = asyncio.ensure_future(other.changed())
            wake(bus)
            async with asyncio.timeout(PATIENCE):
                await subscription.changed()
            assert not others.done()
            others.cancel()

    asyncio.run(wait())


def test_the_end_wakes_everybody() -> None:
    """Those who wait already, and those who begin to."""

    async def wait() -> None:
        bus = Bus()
        with bus.subscribe("own") as early:
            bus.close()
            with bus.subscribe("own") as late:
                for subscription in (early, late):
                    with pytest.raises(Closed):
                        await asyncio.wait_for(subscription.changed(), PATIENCE)

    asyncio.run(wait())
