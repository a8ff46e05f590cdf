"""How often a window may try, whoever counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.exceptions import HTTPException

from harness.clock import ManualClock
from harness.roles.platform.gate import ATTEMPTS, Gate
from harness.roles.platform.habits import GateHabits
from harness.store import Store


def test_credentials_that_are_refused_at_once_all_count(
    store_url: str, clock: ManualClock, in_parallel: Callable[[Callable[[int], Any], int], list[Any]]
) -> None:
    """Two workers refuse them together, and neither forgets what the other has counted."""
    with Store(store_url, clock) as one, Store(store_url, clock) as other:
        session = one.sessions.open("window", {}, seconds=60)
        gates = [Gate(store, clock, GateHabits) for store in (one, other)]
        in_parallel(lambda number: gates[number % 2].failed(session), ATTEMPTS)

        for gate in gates:
            with pytest.raises(HTTPException) as refused:
                gate.attempt(session)
            assert 429 == refused.value.status_code
