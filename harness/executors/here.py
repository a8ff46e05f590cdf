"""Cases played in this process, one after the other."""

from __future__ import annotations

from concurrent.futures import Future

from harness.executors.seat import Seat
from harness.executors.tickets import Played, Ticket


class Here:
    """Plays each case when it begins.

    Args:
        seat: Where.
    """

    size = 1

    def __init__(self, seat: Seat) -> None:
        self._seat = seat

    def begin(self, waiting: list[Ticket]) -> tuple[Ticket, Future[Played]]:
        """Play the first ticket; errors that end the run are raised as they are."""
        future: Future[Played] = Future()
        future.set_result(self._seat.play(waiting[0]))
        return waiting[0], future
