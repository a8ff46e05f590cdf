from __future__ import annotations

import pytest

from e2e.bench.http_flows import harness
from e2e.bench.load import CONVERSATIONS, Crowd, Guest
from e2e.bench.memory import Consumer

SIGN_INS = 5
GROWTH = 400
"""MiB that the server may have more with all conversations than without one: far more than they take."""


def test_good_sign_ins_succeed_beside_conversations_and_bad_tokens() -> None:
    """Every message comes back, every bad token is refused, every good one is not, and memory is bounded."""
    with harness() as server, Consumer(server.port) as consumer:
        consumer.sign_in()
        consumer.flow()
        before = server.process.rss_mib()
        with Guest(server.port) as guest:
            tokens = [guest.talks() for _ in range(CONVERSATIONS)]
        consumer.hang_up()
        with Crowd(server.port, tokens) as crowd:
            for _ in range(SIGN_INS):
                consumer.flow()
        after = server.process.rss_mib()

    assert CONVERSATIONS == sum(heard > 0 for heard in crowd.heard)
    assert {"refused"} == set(crowd.outcomes)
    if before is None or after is None:
        pytest.skip("memory is read from /proc, which only Linux has")
    assert GROWTH > after - before
