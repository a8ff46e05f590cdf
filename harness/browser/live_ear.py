"""Tells what the browser does at the moment when it does it: less than the recorder knows in the end.

What takes a question to the driver (headers, timings) is left to the recorder, which asks when the case is
over; here nothing waits. Everything passes the same gates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from playwright.sync_api import ConsoleMessage, Request, Response

from harness.browser.network_log import NetworkLog
from harness.browser.page_channel import PageChannel
from harness.browser.sighting import Pages, Sighting, as_event
from harness.redact import Redactor
from harness.timeline import Event

Heard = Callable[[Event], None]


class LiveEar:
    """Listens beside a recorder.

    Args:
        heard: Is told of every event.
        channel: Reads what pages tell.
        network: Makes sightings of requests.
        pages: Numbers the pages.
        secrets: What is hidden wherever it turns up.
    """

    def __init__(
        self,
        heard: Heard,
        *,
        channel: PageChannel,
        network: NetworkLog,
        pages: Pages,
        secrets: Iterable[str],
    ) -> None:
        self._heard, self._channel, self._network, self._pages = heard, channel, network, pages
        self._redactor = Redactor(secrets)
        self._documents: dict[str, int] = {}

    def listeners(self) -> tuple[tuple[str, Callable[[Any], None]], ...]:
        """Return what listens to which of the context's events."""
        return (
            ("console", self._on_console),
            ("request", self._on_request),
            ("response", self._on_response),
            ("requestfailed", self._on_failed),
        )

    def note(self, sighting: Sighting) -> None:
        """Tell of something that somebody else has seen."""
        self._heard(as_event(0, sighting, self._redactor))

    def _on_console(self, message: ConsoleMessage) -> None:
        page = self._pages.number(message.page)
        for one in self._channel.read(message.text) or ():
            number = self._documents.setdefault(one.document, len(self._documents) + 1)
            self.note(Sighting(one.at, one.type, {**one.data, "page": page, "document": number}))

    def _on_request(self, request: Request) -> None:
        for sighting in self._network.sent_now(request, self._redactor):
            self.note(sighting)

    def _on_response(self, response: Response) -> None:
        self.note(self._network.received_now(response))

    def _on_failed(self, request: Request) -> None:
        self.note(self._network.failed_now(request))
