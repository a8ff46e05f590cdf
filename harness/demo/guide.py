"""Who leads through a demo: says what happens, in the page and in the panel, and lets people read."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Collection, Iterator

from playwright.sync_api import BrowserContext, Page

from harness.demo.board import Board
from harness.demo.caption_bar import CaptionBar
from harness.demo.captions import Caption, Party, between, caption
from harness.demo.controls import reading_seconds
from harness.demo.panel import Panel
from harness.demo.pictures import Pictures
from harness.demo.sentences import Tone
from harness.demo.windows import Places, place, popup_place
from harness.timeline import Event


class Guide:
    """Says what happens.

    What servers and pages tell is heard at once and said after the driver's step that brought it about: a
    flow is over in a tenth of a second, and nothing may hold it up.

    Args:
        board: What the panel shows.
        panel: The panel's window.
        places: Where windows go; ``None`` where nobody sees them.
        pictures: What takes pictures; ``None`` where nobody wants them.

    Attributes:
        lost_a_window: Whether a window was closed that the demo had open.
        on_lost: What is done when somebody closes one that was not opened by another.
    """

    def __init__(
        self, board: Board, panel: Panel, *, places: Places | None = None, pictures: Pictures | None = None
    ) -> None:
        self.board, self.panel, self.pictures = board, panel, pictures
        self._places = places
        self.lost_a_window = False
        self.on_lost: Callable[[], None] | None = None
        self._heard: list[Event] = []
        self._said: set[str] = set()
        self._captioned: Page | None = None
        self._lock = threading.Lock()
        self._bars: dict[Page, CaptionBar] = {}

    def hear(self, event: Event) -> None:
        """Take note of an event, from any thread."""
        with self._lock:
            self._heard.append(event)

    @contextlib.contextmanager
    def showing(self, context: BrowserContext) -> Iterator[None]:
        """Let what is said be seen in a context's pages, the newest in front, within the block."""
        context.on("page", self._on_page)
        for page in context.pages:
            self._on_page(page)
        try:
            yield
        finally:
            context.remove_listener("page", self._on_page)
            for page in [page for page in self._bars if page.context == context]:
                del self._bars[page]

    def _on_page(self, page: Page) -> None:
        if page in self._bars:
            return
        self._bars[page] = CaptionBar(page)
        page.on("close", self._on_closed)
        if self._places is not None and page.opener() is None:
            place(page, self._places.stage)

    def _on_closed(self, page: Page) -> None:
        if page not in self._bars:  # its whole context is being closed, by us
            return
        self.lost_a_window = True
        if self.on_lost is not None and page.opener() is None:
            self.on_lost()

    def beside(self, popup: Page) -> None:
        """Put a popup over what opened it, where people do not miss it."""
        if self._places is not None:
            place(popup, popup_place(self._places.stage))

    @property
    def front(self) -> Page | None:
        """The page that people look at."""
        return next((page for page in reversed(self._bars) if not page.is_closed()), None)

    def turn_to(self, page: Page) -> None:
        """Lead people's eyes to a page that is open already."""
        if page.is_closed() or page not in self._bars:
            return
        self._bars[page] = self._bars.pop(page)
        page.bring_to_front()

    def say(
        self, speaker: Party, listener: Party, sentence: str, *, tone: Tone = "plain", picture: str = ""
    ) -> None:
        """Say something that the driver does or sees.

        Args:
            speaker: Who acts.
            listener: Whom it reaches.
            sentence: What happens.
            tone: Whether it is good or bad.
            picture: Under which name a screenshot is left, where pictures are taken.
        """
        self._tell(Caption(speaker=speaker, listener=listener, sentence=sentence, tone=tone), picture)

    def catch_up(self, picture: str = "", *, aloud: Collection[str] | None = None) -> None:
        """Say what has been heard since, in the order in which it happened.

        Args:
            picture: Under which name a screenshot is left at the end, where pictures are taken.
            aloud: The types of events that are said; of others the panel keeps a note. All when left out.
        """
        with self._lock:
            heard, self._heard = sorted(self._heard, key=lambda event: event.at), []
        for event in heard:
            if (one := caption(event)) is None:
                continue
            if aloud is None or event.type in aloud:
                self._tell(one)
            else:
                self._note(one, aside=True)
        if picture:
            self.picture(picture)

    def forget(self) -> None:
        """Drop what was heard and not said."""
        with self._lock:
            self._heard.clear()

    def picture(self, name: str) -> None:
        """Leave a screenshot of what is in front, where pictures are taken."""
        if self.pictures is not None and (page := self.front) is not None:
            self.pictures.keep(page, name)

    def _caption(self, page: Page, one: Caption) -> None:
        """Show a caption on the page in front, and nowhere else any more."""
        if (before := self._captioned) in self._bars and before != page:
            self._bars[before].show(None)
        self._bars[page].show(one)
        self._captioned = page

    def _note(self, one: Caption, *, aside: bool = False) -> int:
        return self.board.tell(
            "hop",
            who=between(one),
            sentence=one.sentence,
            tone=one.tone,
            aside=aside,
        )

    def _tell(self, one: Caption, picture: str = "") -> None:
        seq = self._note(one)
        if (page := self.front) is not None:
            self._caption(page, one)
        known = one.sentence in self._said
        self._said.add(one.sentence)
        if self.pictures is not None and page is not None:
            self.panel.shows(seq)
            self.pictures.frame(page, self.panel.page, reading_seconds(one.sentence, "normal", known=known))
        if picture:
            self.picture(picture)
        self.panel.rest(reading_seconds(one.sentence, self.panel.pace, known=known))
