"""The recorder: what a consumer's browser really does in one context, for the length of a case.

It listens in three ways: a script in every frame and popup (:mod:`harness.browser.page_channel`), the
driver's events on the context (:mod:`harness.browser.network_log` and here), and in Chromium the DevTools
protocol (:mod:`harness.browser.cdp_log`). What they hear is kept as it came and worked out when it is asked
for, so that the case itself is not slowed down; on its way to the timeline everything passes the gates of
:mod:`harness.event_types`.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Frame, Page, WebError, Worker

from harness.browser.cdp_log import CdpLog, WireHeaders
from harness.browser.live_ear import Heard, LiveEar
from harness.browser.network_log import NetworkLog
from harness.browser.page_channel import PageChannel
from harness.browser.sighting import Pages, Sighting, as_event, wall_clock
from harness.redact import Redactor
from harness.timeline import Event

_ERROR_NAME = re.compile(r"[A-Z][A-Za-z-]{0,40}")

LAST_WORD_MS = 1000
"""How long a document may take for its last word: one that is stuck keeps silent."""


@dataclass(frozen=True, kw_only=True)
class Attention:
    """What a recorder has to know about the case.

    Attributes:
        method: The dotted name, from ``window``, of the function that the SDK calls for a credential.
        pushed: Of the function that every push goes through; ``None`` where there are none.
        expiry_event: The event on which the page has to push.
        token_member: The member under which a pushed object has the token.
        tag: How the address of the platform's SDK begins.
        ours: Host names of the platform.
        secrets: Passwords and client secrets, which are hidden wherever they turn up.
        server_secrets: Those of them that no page may hold.
        overlay: What stands between the page method and its caller, to see what would mend it.
        told: What the overlay is told.
    """

    method: str
    tag: str
    pushed: str | None = None
    expiry_event: str = ""
    token_member: str = ""
    ours: frozenset[str] = frozenset()
    secrets: tuple[str, ...] = field(default=(), repr=False)
    server_secrets: tuple[str, ...] = field(default=(), repr=False)
    overlay: str = "none"
    told: Mapping[str, Any] = field(default_factory=dict)


class Recorder:
    """Records one browser context; a context manager, entered before the first navigation.

    Args:
        context: The context, with or without open pages.
        attention: What to look for.
        heard: Is told at once of what can be told at once; for those who watch.
    """

    def __init__(self, context: BrowserContext, attention: Attention, *, heard: Heard | None = None) -> None:
        self._context, self._attention = context, attention
        self._channel = PageChannel(
            method=attention.method,
            tag=attention.tag,
            pushed=attention.pushed,
            expiry_event=attention.expiry_event,
            token_member=attention.token_member,
            overlay=attention.overlay,
            told=attention.told,
        )
        self._pages = Pages()
        self._network = NetworkLog(self._pages, secrets=attention.server_secrets, ours=attention.ours)
        chromium = context.browser is not None and context.browser.browser_type.name == "chromium"
        self._cdp = CdpLog(context) if chromium else None
        self._lines: list[tuple[float, int | None, ConsoleMessage]] = []
        self._sightings: list[Sighting] = []
        self._known: set[Page] = set()
        self._live: LiveEar | None = None
        if heard is not None:
            self._live = LiveEar(
                heard,
                channel=self._channel,
                network=self._network,
                pages=self._pages,
                secrets=attention.secrets,
            )

    def __enter__(self) -> Self:
        self._context.add_init_script(self._channel.script)
        for name, listener in self._listeners():
            self._context.on(name, listener)  # type: ignore[call-overload] # one name, one kind of listener
        for page in self._context.pages:
            self._on_page(page)
        return self

    def __exit__(self, *_: object) -> None:
        for name, listener in self._listeners():
            self._context.remove_listener(name, listener)

    def _listeners(self) -> tuple[tuple[str, Callable[[Any], None]], ...]:
        network = self._network
        return (
            ("page", self._on_page),
            ("console", self._on_console),
            ("weberror", self._on_error),
            ("serviceworker", self._on_worker),
            ("request", network.on_request),
            ("response", network.on_response),
            ("requestfinished", network.on_finished),
            ("requestfailed", network.on_failed),
            # After the recorder's own, which number the pages and keep the requests.
            *(self._live.listeners() if self._live is not None else ()),
        )

    @property
    def saw_a_crash(self) -> bool:
        """Whether a page's process has died, so that whatever was asked of the page could not be done."""
        return any(one.type == "page.crashed" for one in self._sightings)

    def _note(self, type_: str, page: Page | None, **data: Any) -> None:
        known = {"page": self._pages.number(page), **data}
        self._sightings.append(Sighting(wall_clock(), type_, known))
        if self._live is not None:
            self._live.note(self._sightings[-1])

    def _on_page(self, page: Page) -> None:
        if page in self._known:
            return
        self._known.add(page)
        number = self._pages.number(page)
        opener = None
        with contextlib.suppress(Error):
            opener = self._pages.number(page.opener())
        self._note("page.opened", page, url=page.url, opener=opener)
        page.on("close", lambda _: self._note("page.closed", page))
        page.on("crash", lambda _: self._note("page.crashed", page))
        page.on("framenavigated", lambda frame: self._on_navigated(page, frame))
        if self._cdp is not None:
            self._cdp.attach(page, number)

    def _on_navigated(self, page: Page, frame: Frame) -> None:
        top = frame == page.main_frame
        self._note("frame.navigated", page, url=frame.url, name=frame.name, top=top)

    def _on_console(self, message: ConsoleMessage) -> None:
        self._lines.append((wall_clock(), self._pages.number(message.page), message))

    def _on_error(self, error: WebError) -> None:
        name, message = error.error.name or "", error.error.message
        if not _ERROR_NAME.fullmatch(name):
            # A sentence of the browser's own, which the driver has cut at its first colon.
            name, message = "", f"{name}: {message}" if name else message
        self._note("error.unhandled", error.page, error=name or None, text=message)

    def _on_worker(self, worker: Worker) -> None:
        self._note("worker.started", None, url=worker.url)

    def events(self) -> tuple[Event, ...]:
        """Ask every open document for its last word and return all that was seen, redacted, in order."""
        self._settle()
        redactor = Redactor(self._attention.secrets)
        self._network.learn(redactor)
        found = sorted(self._seen(redactor), key=lambda sighting: sighting.at)
        return tuple(as_event(number, one, redactor) for number, one in enumerate(found, 1))

    def _settle(self) -> None:
        for page in self._context.pages:
            for frame in page.frames:
                with contextlib.suppress(Error):  # gone, stuck, or the engine's own error page
                    frame.dispatch_event(":root", self._channel.settle, timeout=LAST_WORD_MS)
        if self._cdp is not None:
            # What became of cookies is told by the network's process, later than the response itself under
            # load; a question that goes there and back comes after it.
            with contextlib.suppress(Error):
                self._context.cookies()

    def _seen(self, redactor: Redactor) -> list[Sighting]:
        wire = self._cdp.headers() if self._cdp is not None else WireHeaders()
        # The wire first: it teaches the redactor the cookies' values.
        found = list(self._network.sightings(wire, redactor))
        if self._cdp is not None:
            found += self._cdp.sightings()
        return [*found, *self._sightings, *self._told(redactor)]

    def _told(self, redactor: Redactor) -> Iterator[Sighting]:
        """Yield what pages told, and the lines that are their own."""
        documents: dict[str, int] = {}
        for at, page, message in self._lines:
            told = self._channel.read(message.text)
            if told is None:
                yield _line(at, page, message, redactor)
                continue
            for one in told:
                number = documents.setdefault(one.document, len(documents) + 1)
                yield Sighting(one.at, one.type, {**one.data, "page": page, "document": number})


def _line(at: float, page: int | None, message: ConsoleMessage, redactor: Redactor) -> Sighting:
    where: Mapping[str, Any] = message.location
    text = message.text
    data = {
        "page": page,
        "level": message.type,
        "text": text,
        "url": where.get("url"),
        "line": where.get("lineNumber"),
        "fingerprints": list(redactor.fingerprints(text)),
    }
    return Sighting(min(at, message.timestamp / 1000) or at, "console.written", data)
