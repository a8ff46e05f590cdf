"""What is kept of a body: the form of JSON and of a form, the text of a style sheet, nothing of all else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from harness.redact import HIDDEN, WORDS, looks_secret, mark, treatment
from harness.redact import address as taken_apart
from harness.scrub.material import LONGEST_BODY, Material

_NAME = re.compile(r"[A-Za-z_$][\w.$\[\]-]{0,59}")
_MOST = 500
_DEEPEST = 32


def body(text: str, content_type: str, material: Material) -> str | None:
    """Return what may be kept of a body.

    Args:
        text: The body.
        content_type: Its media type, with or without parameters.
        material: What is known.

    Returns:
        The redacted body; ``None`` where nothing may be kept: on a brand of one's own, of another type than
        those named here, and of what cannot be read as what it claims to be.
    """
    keep = _KEPT.get(content_type.partition(";")[0].strip().lower())
    kept = keep(text, material) if keep and material.pages and len(text) <= LONGEST_BODY else None
    if kept is None:
        material.left_out["bodies"] += 1
    return kept


def message(text: str, material: Material) -> str | None:
    """Return what may be kept of a message, as of a WebSocket's: its form where it is JSON."""
    kept = _json(text, material) if material.pages and len(text) <= LONGEST_BODY else None
    if kept is None:
        material.left_out["messages"] += 1
    return kept


def form(text: str, material: Material) -> str:
    """Return the names of a form's members; of what is a credential, the mark."""
    return material.redactor.url(taken_apart(f"?{text}").text)[1:]


def _form(text: str, material: Material) -> str | None:
    return form(text, material)


def _json(text: str, material: Material) -> str | None:
    try:
        return json.dumps(shape("", json.loads(text), material), ensure_ascii=False)
    except (ValueError, RecursionError):
        return None


def _style_sheet(text: str, material: Material) -> str | None:
    return material.redactor.body(text)


_KEPT: Mapping[str, Callable[[str, Material], str | None]] = {
    "application/json": _json,
    "application/x-www-form-urlencoded": _form,
    "text/css": _style_sheet,
}


def shape(name: str, value: Any, material: Material, depth: int = 0) -> Any:
    """Return the form of JSON: names, yes, no and null stay; values go, credentials leave their mark."""
    if depth > _DEEPEST:
        return HIDDEN
    if isinstance(value, Mapping):
        items = list(value.items())[:_MOST]
        return {
            _member(str(key), material): shape(str(key), item, material, depth + 1) for key, item in items
        }
    if isinstance(value, list):
        return [shape(name, item, material, depth + 1) for item in value[:_MOST]]
    if isinstance(value, str):
        return _string(name, value)
    return value if value is None or isinstance(value, bool) else HIDDEN


def _member(name: str, material: Material) -> str:
    if not _NAME.fullmatch(name) or looks_secret(name):
        return HIDDEN
    return material.redactor.text(name, limit=60)


def _string(name: str, value: str) -> str:
    if not value or value in WORDS.get(name, ()):
        return value
    treated = treatment(name)
    if treated is mark or (treated is None and looks_secret(value)):
        return mark(value)
    return HIDDEN
