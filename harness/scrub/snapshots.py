"""A snapshot of a document, as Playwright's traces keep it: the same tree, without what pages may not tell.

A node is text, ``[tag, attributes, child, …]``, or ``[[snapshots back, node]]``, which counts nodes: none may
be taken out, so that what may not stay becomes other text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from harness.redact import HIDDEN
from harness.scrub.material import (
    Gate,
    Material,
    flag,
    hidden,
    identifier,
    number,
    passed,
    record,
    text,
    url,
    word,
)

_TAG = re.compile(r"[A-Za-z][\w:.-]{0,60}")
_ATTRIBUTE = re.compile(r"[A-Za-z_:][\w:.-]{0,80}")
_SHOWN_META = frozenset({"viewport", "color-scheme", "theme-color", "charset", "referrer", "description"})
_DEEPEST = 200


def _text(value: Any, material: Material) -> str:
    given = value if isinstance(value, str) else ""
    return material.redactor.body(given) if given.strip() else given


_ATTRIBUTES: Mapping[str, Gate] = {
    **dict.fromkeys(("href", "src", "action", "formaction", "poster", "cite", "data", "xlink:href"), url),
    **dict.fromkeys(("__playwright_src__", "__playwright_current_src__"), url),
    **dict.fromkeys(("style", "__playwright_style_content__", "__playwright_style_sheet_"), _text),
    **dict.fromkeys(("value", "__playwright_value_", "srcset", "ping", "imagesrcset"), hidden),
}
"""Attributes that have a gate of their own; all others are text."""

_LEFT_OUT = frozenset({"nonce", "integrity", "srcdoc", "attributionsrc"})


def _node(value: Any, material: Material, depth: int = 0) -> Any:
    if isinstance(value, str):
        return _text(value, material)
    if not isinstance(value, list) or not value or depth > _DEEPEST:
        return HIDDEN
    if isinstance(value[0], list):
        return [[one for one in value[0][:2] if isinstance(one, int)]]
    tag = value[0] if isinstance(value[0], str) and _TAG.fullmatch(value[0]) else "X"
    given = value[1] if len(value) > 1 and isinstance(value[1], Mapping) else {}
    children = [_node(one, material, depth + 1) for one in value[2:]]
    return [tag, _attributes(tag.upper(), given, material), *children] if len(value) > 1 else [tag]


def _attributes(tag: str, given: Mapping[str, Any], material: Material) -> dict[str, Any]:
    kept = {}
    for name, value in given.items():
        plain = name.lower()
        if plain.startswith("on") or plain in _LEFT_OUT or not _ATTRIBUTE.fullmatch(name):
            continue
        gate: Gate = _ATTRIBUTES.get(plain, text)
        if tag == "META" and plain == "content" and given.get("name") not in _SHOWN_META:
            gate = hidden
        kept[name] = gate(value, material)
    return kept


def _overrides(value: Any, material: Material) -> list[dict[str, Any]]:
    fields: Mapping[str, Gate] = {"url": url, "file": _file, "ref": number}
    return [passed(fields, one, material) for one in value] if isinstance(value, list) else []


def _file(value: Any, _: Material) -> str | None:
    # The names in the new file are given by what it holds; whoever writes it knows them.
    return value if isinstance(value, str) else None


SNAPSHOT: Gate = record(
    {
        "callId": identifier,
        "phase": word,
        "pageId": identifier,
        "frameId": identifier,
        "frameUrl": url,
        "doctype": word,
        "html": _node,
        "viewport": record({"width": number, "height": number}),
        "timestamp": number,
        "wallTime": number,
        "collectionTime": number,
        "resourceOverrides": _overrides,
        "isMainFrame": flag,
    }
)
"""Passes a snapshot; the file names in ``resourceOverrides`` are still those of the recording."""
