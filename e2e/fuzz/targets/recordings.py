"""Scrubbers of recordings: what a browser recorded of hostile pages, HAR files and Playwright's traces."""

from __future__ import annotations

import json
import zipfile
from typing import NoReturn

from e2e.fuzz import vary
from e2e.fuzz.model import Read, Target
from e2e.fuzz.targets.files import folder
from harness.redact import Redactor
from harness.scrub import scrub_har, scrub_trace

SECRET = "correct horse battery staple"
"""What is known to be secret, and stands in nothing that leaves."""

BODIES = {
    f"resources/{'a' * 40}.json": json.dumps({"id_token": SECRET, "name": "Zoë"}),
    f"resources/{'b' * 40}.txt": f"name=Zo%C3%AB&password={SECRET}",
    f"resources/{'c' * 40}.css": f"a {{ background: url(/?code={SECRET}) }}",
    f"resources/{'d' * 40}.jsonl": json.dumps({"type": "send", "time": 1, "data": json.dumps({"a": SECRET})}),
}
"""What the lines of a trace name."""


def har() -> Read:
    """Scrub a HAR file: the first line is its log, all others its entries; what leaves is JSON."""
    place = folder()

    def read(octets: bytes) -> str | None:
        log, *entries = octets.split(b"\n")
        joined = b'%b, "entries": [%b]}' % (log.rstrip().removesuffix(b"}"), b", ".join(entries))
        (place / "recorded.har").write_bytes(b'{"log": %b}' % joined)
        try:
            scrub_har(place / "recorded.har", place / "a.har", Redactor([SECRET]), pages=True)
        except UnicodeEncodeError as error:
            raise AssertionError("what was read cannot be written") from error
        _harmless((place / "a.har").read_bytes())
        return None

    return read


def trace() -> Read:
    """Scrub a trace: the first line is its stacks, all others its events; each that leaves is JSON."""
    place = folder()

    def read(octets: bytes) -> str | None:
        stacks, _, events = octets.partition(b"\n")
        with zipfile.ZipFile(place / "recorded.zip", "w") as recorded:
            recorded.writestr("trace.stacks", stacks)
            recorded.writestr("trace.trace", events)
            for name, body in BODIES.items():
                recorded.writestr(name, body)
        scrub_trace(place / "recorded.zip", place / "a.zip", Redactor([SECRET]), pages=True)
        with zipfile.ZipFile(place / "a.zip") as scrubbed:
            kept = {name: scrubbed.read(name) for name in scrubbed.namelist()}
        _harmless(kept["trace.stacks"])
        for line in kept["trace.trace"].splitlines():
            _harmless(line)
        assert SECRET.encode() not in b"".join(kept[name] for name in kept if name.startswith("resources/"))
        return None if kept["trace.trace"] else "no event"

    return read


def _harmless(written: bytes) -> None:
    try:
        value = json.loads(written.decode(), parse_constant=_no_json)
    except ValueError as error:
        raise AssertionError("what was written is no JSON") from error
    # Not as it is written: the escape of one character and the next ones may look like a word.
    assert SECRET not in json.dumps(value, ensure_ascii=False)


def _no_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


_EXCHANGES = (
    *("request", "response", "url", "method", "headers", "cookies", "name", "value", "postData", "params"),
    *("content", "text", "mimeType", "encoding", "base64", "_webSocketMessages", "data", "type", "pageref"),
    *("status", "redirectURL", "Location", "Cookie", "Set-Cookie", "Authorization", "Referer", "Date"),
    *("application/json", "application/x-www-form-urlencoded", "text/css", "text/html", "text/javascript"),
    *("https://www.brand.test/back?code=a1b2c3d4&state=x", "expires", "sameSite", SECRET),
)
_EVENTS = (
    *("context-options", "before", "after", "input", "log", "console", "event", "frame-snapshot", "error"),
    *("resource-snapshot", "snapshot", "callId", "params", "title", "result", "message", "html", "frameUrl"),
    *("resourceOverrides", "file", "ref", "viewport", "options", "storageState", "stack", "location"),
    *("_file", *BODIES, "INPUT", "META", "SCRIPT", "style", "href", "__playwright_value_"),
)

TARGETS = (
    Target(
        name="har",
        title="HAR files, scrubbed",
        prepare=har,
        refuses=(ValueError,),
        vary=vary.lines(vary.values(*_EXCHANGES)),
        chunk=1_000,
    ),
    Target(
        name="trace",
        title="Playwright's traces, scrubbed",
        prepare=trace,
        refuses=(),
        vary=vary.lines(vary.values(*_EXCHANGES, *_EVENTS)),
        chunk=500,
    ),
)
