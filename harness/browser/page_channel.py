"""What the page's own JavaScript tells: the script that goes into every frame, and its way out.

The way out is one ``console.debug`` per task with a random word in front. Measured against
``expose_binding``: a binding's answer is evaluated in the page as if under a user gesture, so that it opens
the popup blocker's door; a console line has no effect in the page, passes every content security policy,
sandbox and Trusted Types, and works alike over CDP and over WebDriver BiDi.
"""

from __future__ import annotations

import functools
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.event_types import EVENT_TYPES
from harness.roles.web import web_root

PARTS = (
    "channel.js",
    "fingerprint.js",
    "messages.js",
    "windows.js",
    "method.js",
    "push.js",
    "storage.js",
    "environment.js",
)
"""The files of the script, in the order in which they build on each other."""


@dataclass(frozen=True)
class Told:
    """One thing that a page told.

    Attributes:
        document: The document's own name.
        at: Seconds since the epoch, by the page's clock.
        type: A type of the table whose source is the page.
        data: Its facts, not redacted yet.
    """

    document: str
    at: float
    type: str
    data: dict[str, Any] = field(repr=False)


class PageChannel:
    """The script of one case and the lines that it writes.

    Args:
        method: The dotted name, from ``window``, of the function that the SDK calls for a credential.
        tag: How the address of the platform's SDK begins.
        pushed: The dotted name of the function that every push goes through; ``None`` where there are none.
        expiry_event: The event on which the page has to push.
        token_member: The member under which a pushed object has the token.
        overlay: What stands between the page method and its caller: a script of ``web/static/overlay``.
        told: What that script is told.

    Attributes:
        settle: The name of the event that asks a document for its last word.
        script: What goes into every frame before its first script.
    """

    def __init__(
        self,
        *,
        method: str,
        tag: str,
        pushed: str | None = None,
        expiry_event: str = "",
        token_member: str = "",
        overlay: str = "none",
        told: Mapping[str, Any] | None = None,
    ) -> None:
        # The page sees neither word: no name is left in it, and wrapped functions show no source.
        self._token = f"{secrets.token_urlsafe(18)} "
        self.settle = f"settle-{secrets.token_hex(8)}"
        config = {
            **(told or {}),
            "token": self._token,
            "settle": self.settle,
            "method": method.split("."),
            "pushed": pushed.split(".") if pushed else None,
            "expiry_event": expiry_event,
            "token_member": token_member,
            "tag": tag,
        }
        source = _source(overlay)
        self.script = f'(() => {{\n"use strict";\nconst CONFIG = {json.dumps(config)};\n{source}\n}})();'

    def read(self, line: str) -> Iterator[Told] | None:
        """Return what a console line tells, or ``None`` when it is the page's own."""
        if not line.startswith(self._token):
            return None
        return _told(json.loads(line[len(self._token) :]))


def _told(batch: dict[str, Any]) -> Iterator[Told]:
    for event in batch["events"]:
        known = EVENT_TYPES.get(event["type"])
        if known is not None and known.source == "page":
            yield Told(str(batch["document"]), float(event["at"]), event["type"], event["data"])


@functools.cache
def _source(overlay: str) -> str:
    folder = web_root() / "static"
    parts = (f"overlay/{overlay}.js", *(f"recorder/{part}" for part in PARTS))
    return "\n".join((folder / part).read_text("utf-8") for part in parts)
