"""Watches a person sign in: what they do, in words of the page, and which hosts that asks for."""

from __future__ import annotations

import contextlib
import functools
import json
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any, Self, get_args
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Page, Request, Response

from harness.brand_file.edit import Wanted
from harness.brand_file.shown import Kind, Shown
from harness.roles.web import web_root

PARTS = ("recorder/channel.js", "record/steps.js")
NEEDED = frozenset({"document", "script", "xhr", "fetch", "eventsource", "websocket"})
"""What signing in can need; styles, pictures and fonts are left to the reader."""

_ALLOWED_WORD = 80


@dataclass
class _Asked:
    kinds: set[str] = field(default_factory=set)
    by: str = ""
    answered: bool = False

    @property
    def needed(self) -> bool:
        """Whether signing in may need the host: what never answered it went well without."""
        return self.answered and bool(self.kinds & NEEDED)

    @property
    def why(self) -> str:
        """What was asked for, and by whom."""
        said = f"{', '.join(sorted(self.kinds))}, for {self.by}"
        return said if self.answered else f"{said}; it never answered"


class Watching:
    """Listens in a context; a context manager, entered before its first page.

    Args:
        context: The context.
        ours: The hosts under which the harness itself answers: what is done there is no part of a login.
        in_popup: Whether the login is in windows that the page opens, and not in the page.

    Attributes:
        shown: What the person did, in order.
        elsewhere: How much they did in windows that are not listened to.
        gaps: How often a page's script could not be followed.
    """

    def __init__(self, context: BrowserContext, *, ours: Collection[str], in_popup: bool) -> None:
        self._context, self._ours, self._in_popup = context, frozenset(ours), in_popup
        # A word that no page knows, as in page_channel.
        self._token = f"{secrets.token_urlsafe(18)} "
        self._hosts: dict[str, _Asked] = {}
        self._first: Page | None = None
        self.shown: list[Shown] = []
        self.elsewhere = 0
        self.gaps = 0

    def __enter__(self) -> Self:
        config = json.dumps({"token": self._token})
        self._context.add_init_script(
            f'(() => {{\n"use strict";\nconst CONFIG = {config};\n{_source()}\n}})();'
        )
        self._context.on("console", self._on_console)
        self._context.on("request", self._on_request)
        self._context.on("response", self._on_response)
        return self

    def __exit__(self, *_: object) -> None:
        self._context.remove_listener("page", self._on_page)
        self._context.remove_listener("console", self._on_console)
        self._context.remove_listener("request", self._on_request)
        self._context.remove_listener("response", self._on_response)

    def hosts(self, known: Callable[[str], bool]) -> tuple[Wanted, ...]:
        """Return the hosts that were asked for, in their order, without those that are known anyway."""
        return tuple(
            Wanted(host=host, why=asked.why, needed=asked.needed)
            for host, asked in self._hosts.items()
            if host not in self._ours and not known(host)
        )

    def _on_page(self, page: Page) -> None:
        self._first = self._first or page

    def _on_request(self, request: Request) -> None:
        host = urlsplit(request.url).hostname
        if host is None or not request.url.startswith(("http:", "https:", "ws:", "wss:")):
            return
        asked = self._hosts.setdefault(host, _Asked())
        asked.kinds.add(request.resource_type)
        if not asked.by:
            asked.by = _asking(request) or "the browser"

    def _on_response(self, response: Response) -> None:
        if (asked := self._hosts.get(urlsplit(response.url).hostname or "")) is not None:
            asked.answered = True

    def _on_console(self, message: ConsoleMessage) -> None:
        if not message.text.startswith(self._token) or message.page is None:
            return
        batch = json.loads(message.text[len(self._token) :])
        for event in batch["events"]:
            if event["type"] in get_args(Kind):
                self._note(message.page, str(batch["document"]), event["type"], event["data"])
            else:
                self.gaps += 1

    def _note(self, page: Page, document: str, kind: Kind, data: dict[str, Any]) -> None:
        if urlsplit(data["url"]).hostname in self._ours:
            return
        if (
            page != self._context.pages[0] if page in self._context.pages else self._in_popup
        ) != self._in_popup:
            self.elsewhere += 1
            return
        if kind == "check" and not data["checked"]:
            return
        self.shown.append(
            Shown(
                kind=kind,
                document=document,
                element=int(data["element"]),
                target=str(data["target"]),
                value=str(data.get("value", "")),
                frame="" if data["top"] else _frame(page, data["url"], data["frame"]),
                by_key=bool(data.get("by_key", False)),
            )
        )


def _asking(request: Request) -> str:
    """Return the host of the page that asked for something."""
    referrer = urlsplit(request.headers.get("referer", "")).hostname
    if referrer is not None:
        return referrer
    with contextlib.suppress(Error):  # a navigation's frame may be gone
        return urlsplit(request.frame.url).hostname or ""
    return ""


def _frame(page: Page, url: str, name: str) -> str:
    """Return how the step names a frame of the page: by its title, its name, or its address."""
    with contextlib.suppress(Error):
        for frame in page.frames:
            if frame.parent_frame == page.main_frame and frame.url.partition("?")[0].partition("#")[0] == url:
                title = frame.frame_element().get_attribute("title")
                if title and len(title) <= _ALLOWED_WORD:
                    return title
    quoted = url.replace("\\", "\\\\").replace('"', '\\"')
    return name or f'css=iframe[src^="{quoted}"]'


@functools.cache
def _source() -> str:
    return "\n".join((web_root() / "static" / part).read_text("utf-8") for part in PARTS)
