"""The demo's course, without a browser: what ends it, and what only ends a play."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from playwright.sync_api import Error
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from harness.console.flow import Flow
from harness.demo import Demo, show
from harness.demo.board import Board
from harness.demo.choice import Choice
from harness.demo.controls import Play
from harness.demo.panel import Ended
from harness.demo.show import ASTRAY, Show, opened
from harness.errors import HarnessBroken

PLAY = Play(do="play", choice=Choice())
ERRORS = [
    PlaywrightTimeout("the button did not come"),
    Error("strict mode violation: two buttons"),
    HarnessBroken("the browser failed in embedded/code: the frame was detached"),
]


class Astray:
    """A demo whose plays fail at a page.

    Args:
        error: How.
        closed: Whether somebody has closed the panel meanwhile.

    Attributes:
        waited: How often it was left to people, who then leave.
    """

    def __init__(self, error: Exception, *, closed: bool = False) -> None:
        self.error, self.closed, self.waited = error, closed, 0
        self.board = Board()
        panel = SimpleNamespace(page=SimpleNamespace(is_closed=lambda: closed), next=self._next, end=None)
        guide = SimpleNamespace(board=self.board, panel=panel, lost_a_window=False, on_lost=None)
        self.show = Show(cast("Any", SimpleNamespace(once=self._once)), cast("Any", guide))

    def _once(self, *_: object) -> None:
        raise self.error

    def _next(self) -> Play:
        self.waited += 1
        raise Ended


@pytest.mark.parametrize("error", ERRORS)
def test_who_clicks_into_a_play_ends_the_play_and_not_the_demo(error: Exception) -> None:
    """The panel says so in a sentence of its own, and something else can be played."""
    demo = Astray(error)
    demo.show.until_closed(PLAY)

    assert [("refused", ASTRAY)] == [(one["kind"], one["sentence"]) for one in demo.board.after(0)]
    assert 1 == demo.waited


@pytest.mark.parametrize("error", ERRORS)
def test_who_closes_a_window_in_a_play_ends_the_demo(error: Exception) -> None:
    """Without a word."""
    demo = Astray(error, closed=True)
    demo.show.until_closed(PLAY)

    assert ((), 0) == (demo.board.after(0), demo.waited)


@pytest.mark.parametrize("error", ERRORS)
def test_where_nobody_can_click_it_is_an_error(error: Exception) -> None:
    """A recorded play is performed and not left to people."""
    with pytest.raises(type(error)), contextlib.ExitStack() as stack:
        Astray(error).show.perform(PLAY, stack)


def test_ctrl_c_in_a_play_ends_the_demo() -> None:
    """Also where the browser's driver has gone with it, and closing a page failed."""
    error = Error("Connection closed while reading from the driver")
    error.__context__ = KeyboardInterrupt()
    with pytest.raises(Error):
        Astray(error).show.until_closed(PLAY)


def test_who_watches_the_flow_goes_before_the_server_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """However the demo ends: a server waits for its streams."""
    done: list[str] = []

    @contextlib.contextmanager
    def serving(*_: object) -> Iterator[str]:
        try:
            yield "http://harness.localhost:8123/"
        finally:
            done.append("served")

    def panel_context(*_: object, **__: object) -> None:
        raise Ended

    harness = contextlib.nullcontext(SimpleNamespace(panel_context=panel_context))
    monkeypatch.setattr(show, "ShownHarness", lambda *_, **__: harness)
    monkeypatch.setattr(show, "serving", serving)
    monkeypatch.setattr(Flow, "close", lambda _: done.append("closed"))
    with pytest.raises(Ended), opened(Demo(first=PLAY), headed=False):
        pass

    assert ["closed", "served"] == done
