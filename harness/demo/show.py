"""The demo itself: the windows, the panel, what is played, and when it ends."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Error

from harness import temporary
from harness.browser.tracing import Recordings
from harness.config import Config, EngineName
from harness.console import serving
from harness.console.flow import Flow
from harness.demo.acts import Acts, Shown
from harness.demo.board import Board
from harness.demo.choice import Choice
from harness.demo.controls import Controls, Pace, Play
from harness.demo.guide import Guide
from harness.demo.panel import Changed, Ended, Panel
from harness.demo.part import DemoPart
from harness.demo.pictures import PANEL_SIZE, Pictures
from harness.demo.shown import ShownHarness, TellingFeed
from harness.demo.windows import narrow_window, place, screen_of
from harness.errors import HarnessBroken, HarnessError
from harness.report.model import Report, summarise

PATIENCE = 5
"""Seconds after which the SDK gives up on a page method, so that nobody watches nothing for half a minute."""

CONFIG = Config().impatient(PATIENCE)
"""The sample brand, the only one whose accounts and faults a demo knows."""


@dataclass(frozen=True, kw_only=True)
class Demo:
    """What is to be shown, and how.

    Attributes:
        first: What is played first.
        engine: In which engine.
        pace: How much time people get to read.
    """

    first: Play = field(default_factory=lambda: Play(do="tour", choice=Choice()))
    engine: EngineName = "chromium"
    pace: Pace = "normal"


ASTRAY = "the page was not where the demo expected it; play again"
"""What is said when somebody has clicked into a page that the demo was busy with."""


class Show:
    """A demo whose windows are open.

    Args:
        acts: What can be shown.
        guide: Who says what happens.

    Attributes:
        acts: What can be shown, and what was.
        guide: Who says what happens.
    """

    def __init__(self, acts: Acts, guide: Guide) -> None:
        self.acts, self.guide = acts, guide

    def perform(self, play: Play, stack: contextlib.ExitStack) -> None:
        """Play what is asked."""
        (self.acts.tour if play.do == "tour" else self.acts.once)(stack, play.choice)

    def until_closed(self, play: Play) -> None:
        """Play what is asked, and what is asked then, until somebody closes a window.

        Args:
            play: What is played first.
        """
        while True:
            try:
                with contextlib.ExitStack() as stack:
                    self._try(play, stack)
                    play = self._wait()
            except Changed as changed:
                play = changed.play
            except Ended:
                return
            except (HarnessBroken, Error):
                if self._is_over():
                    return
                raise

    def _try(self, play: Play, stack: contextlib.ExitStack) -> None:
        """Play; what cannot be played is said in the panel, where something else can be picked."""
        self.guide.lost_a_window = False
        try:
            self.perform(play, stack)
        except (HarnessBroken, Error) as error:
            if self._is_over() or came_of_interruption(error):
                raise
            self.guide.board.tell("refused", sentence=ASTRAY)
        except HarnessError as error:
            self.guide.board.tell("refused", sentence=str(error))

    def _wait(self) -> Play:
        """Leave the windows to people until they want to see something else."""
        self.guide.on_lost = self.guide.panel.end
        try:
            return self.guide.panel.next()
        finally:
            self.guide.on_lost = None

    def _is_over(self) -> bool:
        return self.guide.lost_a_window or self.guide.panel.page.is_closed()


def came_of_interruption(error: BaseException | None) -> bool:
    """Tell Ctrl-C, also where it ended the browser's driver and what was using that failed on its way out."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__context__
    return False


def watch(demo: Demo, *, ready: Callable[[], None] = lambda: None) -> None:
    """Show a demo on the screen until somebody closes one of its windows.

    Args:
        demo: What is shown.
        ready: Is called when the windows are there.

    Raises:
        EngineUnavailable: When the engine is not here.
        UsageError: When there is no display.
    """
    with opened(demo, headed=True) as show:
        ready()
        show.until_closed(demo.first)


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What a recorded demo has shown.

    Attributes:
        report: Its cases.
        shown: Each with its timeline.
        video: The video; ``None`` where nothing here could make one.
    """

    report: Report
    shown: tuple[Shown, ...]
    video: Path | None


def record(demo: Demo, folder: Path, *, recordings: Recordings | None = None, video: bool = True) -> Recorded:
    """Show a demo to nobody, and leave screenshots and a video.

    Args:
        demo: What is shown.
        folder: Where it is left.
        recordings: Where Playwright's own recordings go; nothing is recorded when left out.
        video: Whether a video is made.

    Raises:
        EngineUnavailable: When the engine is not here.
        PolicyUnavailable: When the policy's conditions do not hold in it.
        UsageError: When the case does not exist.
    """
    started = time.monotonic()
    with temporary.folder("demo-") as private:
        pictures = Pictures(folder / "screenshots", private if video else None)
        with (
            opened(demo, headed=False, pictures=pictures, recordings=recordings) as show,
            contextlib.ExitStack() as stack,
        ):
            show.perform(demo.first, stack)
        shown = tuple(show.acts.shown)
        results = tuple(one.result for one in shown)
        report = Report(
            run=show.acts.run,
            rules=CONFIG.rules,
            summary=summarise(results, time.monotonic() - started),
            unavailable=(),
            cases=results,
        )
        return Recorded(report=report, shown=shown, video=pictures.video(folder))


@contextlib.contextmanager
def opened(
    demo: Demo, *, headed: bool, pictures: Pictures | None = None, recordings: Recordings | None = None
) -> Iterator[Show]:
    """Open the panel and everything that a demo needs beside it, for the length of the block.

    Args:
        demo: What is shown.
        headed: Whether there are windows to be seen.
        pictures: What takes pictures.
        recordings: Where Playwright's own recordings go; nothing is recorded when left out.
    """
    board, controls = Board(), Controls()
    late: list[Guide] = []
    feed = TellingFeed(lambda event: late[0].hear(event))
    flow = Flow(feed)
    part = DemoPart(board, controls, engine=demo.engine, choice=demo.first.choice, pace=demo.pace)
    with (
        ShownHarness(CONFIG, headed=headed, feed=feed, recordings=recordings) as harness,
        serving(part, flow) as url,
        # Whoever watches has to go before the server can.
        contextlib.closing(flow),
        contextlib.closing(board),
        harness.panel_context(
            demo.engine, **({"no_viewport": True} if headed else {"viewport": PANEL_SIZE})
        ) as own,
    ):
        page = own.new_page()
        page.goto(url)
        places = screen_of(page) if headed else None
        if places is not None:
            page = narrow_window(page, places.panel)
            place(page, places.panel)
        page.locator("[data-demo][data-follows]").wait_for(state="attached")
        panel = Panel(page, board, controls, pace=demo.pace)
        guide = Guide(board, panel, places=places, pictures=pictures)
        late.append(guide)
        harness.guide = guide
        stop = harness.server.store.events.listen(guide.hear)
        try:
            yield Show(Acts(harness, guide, engine=demo.engine, run=secrets.token_hex(6)), guide)
        finally:
            stop()
