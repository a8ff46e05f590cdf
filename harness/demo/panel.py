"""The panel's window, as the driving thread sees it: it waits here for people, and nowhere else."""

from __future__ import annotations

import time

from playwright.sync_api import Error, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from harness.demo.board import Board
from harness.demo.controls import Controls, Go, Pace, Play, SetPace
from harness.demo.part import ASK


class Ended(Exception):
    """Somebody has closed one of the windows."""


class Changed(Exception):
    """Somebody wants to see something else.

    Args:
        play: What.
    """

    def __init__(self, play: Play) -> None:
        super().__init__(play.do)
        self.play = play


class Panel:
    """The panel's window.

    Args:
        page: It.
        board: What it shows.
        controls: What its buttons ask for.
        pace: How much time people get at first.
    """

    def __init__(self, page: Page, board: Board, controls: Controls, *, pace: Pace) -> None:
        self.page, self.pace, self._board, self._controls = page, pace, board, controls
        self._paused = False

    def rest(self, seconds: float) -> None:
        """Let people read for a while; they may stop here, or go on at once.

        Raises:
            Changed: When they want to see something else.
            Ended: When the panel was closed.
        """
        until = time.monotonic() + seconds
        while not self._goes_on():
            left = until - time.monotonic()
            if left <= 0 and not self._paused:
                return
            self._wait(0 if self._paused else left * 1000)

    def next(self) -> Play:
        """Wait until something is to be played; the other windows can be used by hand all the while.

        Raises:
            Ended: When the panel was closed.
        """
        self._paused = False
        while True:
            try:
                self._goes_on()
            except Changed as changed:
                return changed.play
            self._wait(0)

    def shows(self, seq: int) -> None:
        """Wait until the panel has put a message on the screen, so that a picture of it tells the truth."""
        self.page.locator(f"[data-demo][data-seq='{seq}']").wait_for(state="attached")

    def end(self) -> None:
        """Close it, as somebody did another window: whoever waits here is told."""
        self.page.close()

    def _goes_on(self) -> bool:
        """Do what was asked; tell whether that is to go on at once."""
        onward = False
        for asked in self._controls.asked():
            match asked:
                case Play():
                    self._paused = False
                    raise Changed(asked)
                case SetPace():
                    self.pace = asked.pace
                case Go():
                    self._paused = asked.do == "pause"
                    onward = onward or asked.do == "next"
            self._board.tell("state", paused=self._paused, pace=self.pace)
        return onward

    def _wait(self, milliseconds: float) -> None:
        """Wait for the next thing that is asked, for some time or, with 0, however long it takes.

        The request is in the line before its answer is on its way here, so that none is missed.
        """
        try:
            self.page.wait_for_event(
                "response", lambda response: response.url.endswith(ASK), timeout=milliseconds
            )
        except PlaywrightTimeout:
            return
        except Error:
            raise Ended from None
