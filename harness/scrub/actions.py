"""The lines of a trace: what the driver did, what it was told, what the console said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from harness.redact import HIDDEN
from harness.scrub.material import (
    Gate,
    Material,
    flag,
    identifier,
    number,
    passed,
    record,
    text,
    url,
    version,
    word,
)
from harness.scrub.snapshots import SNAPSHOT

_TYPED = re.compile(
    r"\b(fill|type|press|insertText|press_sequentially|set_input_files|select_option)\(.*", re.S
)
_MARKUP = re.compile(r"<([A-Za-z][\w-]{0,40})\b.*", re.S)
_RESULT = re.compile(r"<[A-Za-z]{1,40}>")
_NAMED_KEY = re.compile(r"(?:(?:Control|Shift|Alt|Meta|ControlOrMeta)\+)*(?:[A-Z][a-z]+[A-Za-z]*|F\d{1,2})")
_CHANNEL = re.compile(r"\S{16,40} ?\{\"document\":")
_SIZE = record({"width": number, "height": number})
_POINT = record({"x": number, "y": number, "width": number, "height": number})


def _log(value: Any, material: Material) -> str | None:
    """Pass what the driver says about itself; what it repeats of a page or of what is typed goes."""
    if not isinstance(value, str):
        return None
    said = _TYPED.sub(rf"\1({HIDDEN})", value)
    return material.redactor.text(_MARKUP.sub(rf"<\1 {HIDDEN}>", said))


def _key(value: Any, _: Material) -> str:
    return value if isinstance(value, str) and _NAMED_KEY.fullmatch(value) else HIDDEN


def _unsaid(value: Any) -> Any:
    """Return what stands for a value of a page, in the form in which the viewer expects one."""
    if not isinstance(value, Mapping):
        return HIDDEN
    return (
        {"value": _unsaid(value["value"]), "handles": []}
        if "handles" in value and "value" in value
        else {"s": HIDDEN}
    )


def _result(value: Any, _: Material) -> dict[str, Any]:
    given = value if isinstance(value, Mapping) else {}
    plain = {name: one for name, one in given.items() if re.fullmatch(r"[A-Za-z]{1,40}", name)}
    return {
        name: one if isinstance(one, str) and _RESULT.fullmatch(one) else _unsaid(one)
        for name, one in plain.items()
    }


_PARAMETERS: Mapping[str, Gate] = {
    "url": url,
    "selector": text,
    "source_selector": text,
    "target": text,
    "timeout": number,
    "strict": flag,
    "force": flag,
    "waitUntil": word,
    "state": word,
    "event": text,
    "phase": word,
    "waitId": identifier,
    "button": word,
    "clickCount": number,
    "isNot": flag,
    "expression": word,
    "key": _key,
    "name": text,
    "type": word,
    "page": record({"guid": identifier}),
    "pageId": identifier,
    "openerPageId": identifier,
}
"""What the driver was told, as far as it is shown; of everything else that there was something."""


def _parameters(value: Any, material: Material) -> dict[str, Any]:
    given = value if isinstance(value, Mapping) else {}
    kept: dict[str, Any] = {}
    for name, one in given.items():
        if not re.fullmatch(r"[A-Za-z_]{1,40}", name):
            continue
        shown = _PARAMETERS[name](one, material) if name in _PARAMETERS else None
        kept[name] = _unsaid(one) if shown is None else shown
    return kept


def _error(value: Any, material: Material) -> dict[str, Any]:
    return passed({"name": word, "message": _log}, value, material)


def _console(value: Any, material: Material) -> str:
    if not material.pages:
        material.left_out["console lines"] += 1
        return HIDDEN
    return material.redactor.text(value, limit=2000) if isinstance(value, str) else HIDDEN


def _no_arguments(_: Any, __: Material) -> list[Any]:
    return []


EVENTS: Mapping[str, Mapping[str, Gate]] = {
    "context-options": {
        "version": number,
        "type": word,
        "origin": word,
        "browserName": word,
        "channel": word,
        "platform": word,
        "playwrightVersion": version,
        "sdkLanguage": word,
        "testIdAttributeName": text,
        "wallTime": number,
        "monotonicTime": number,
        "title": text,
        "options": record(
            {
                "viewport": _SIZE,
                "screen": _SIZE,
                "deviceScaleFactor": number,
                "isMobile": flag,
                "hasTouch": flag,
                "colorScheme": word,
                "userAgent": text,
                "locale": word,
            }
        ),
    },
    "before": {
        "type": word,
        "callId": identifier,
        "stepId": identifier,
        "parentId": identifier,
        "pageId": identifier,
        "startTime": number,
        "class": word,
        "method": word,
        "title": _log,
        "params": _parameters,
    },
    "input": {"type": word, "callId": identifier, "point": _POINT, "box": _POINT},
    "log": {"type": word, "callId": identifier, "time": number, "message": _log},
    "after": {
        "type": word,
        "callId": identifier,
        "endTime": number,
        "error": _error,
        "result": _result,
        "point": _POINT,
    },
    "event": {
        "type": word,
        "time": number,
        "class": word,
        "method": word,
        "pageId": identifier,
        "params": _parameters,
    },
    "console": {
        "type": word,
        "messageType": word,
        "text": _console,
        "args": _no_arguments,
        "location": record({"url": url, "lineNumber": number, "columnNumber": number}),
        "time": number,
        "pageId": identifier,
    },
    "error": {"type": word, "message": _log},
    "frame-snapshot": {"type": word, "snapshot": SNAPSHOT},
}
"""The lines that are kept, with their fields; pictures, what programs printed, and the unknown are not."""


_LEFT_OUT: Mapping[str, str] = {
    "screencast-frame": "pictures",
    "screenshot": "pictures",
    "video": "pictures",
    "aria-snapshot": "documents",
    "frame-snapshot": "documents",
}


def event(line: Mapping[str, Any], material: Material) -> dict[str, Any] | None:
    """Return what may be kept of a line of a trace; ``None`` where nothing may."""
    kind = str(line.get("type"))
    if kind == "console" and _CHANNEL.match(str(line.get("text"))):
        # The recorder's own way out of the page: what it told is on the timeline.
        return None
    if kind not in EVENTS or (kind == "frame-snapshot" and not material.pages):
        material.left_out[_LEFT_OUT.get(kind, "lines")] += 1
        return None
    return passed(EVENTS[kind], line, material)
