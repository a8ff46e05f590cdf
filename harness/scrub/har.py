"""A HAR file without what nobody may read; it stays a HAR file (version 1.2)."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.files import arriving
from harness.redact import HIDDEN, Redactor
from harness.scrub import bodies
from harness.scrub.exchanges import exchange, learn
from harness.scrub.material import (
    Gate,
    Material,
    each,
    identifier,
    moment,
    number,
    passed,
    record,
    text,
    version,
)

_NAMED = record({"name": text, "version": version})
_PAGE_TIMINGS = record({"onContentLoad": number, "onLoad": number})


def _title(value: Any, material: Material) -> str:
    shown = text(value, material) if material.pages else None
    return shown or HIDDEN


_LOG: Mapping[str, Gate] = {
    "version": version,
    "creator": _NAMED,
    "browser": _NAMED,
    "pages": each(
        record({"startedDateTime": moment, "id": identifier, "title": _title, "pageTimings": _PAGE_TIMINGS})
    ),
}


def scrub_har(source: Path, target: Path, redactor: Redactor, *, pages: bool = False) -> Material:
    """Write a HAR file anew, with nothing in it that is not known to be harmless.

    Args:
        source: What Playwright recorded, finalised; packed or not.
        target: What may leave the run; it is there whole or not at all.
        redactor: What is secret; it learns the credentials that went over the wire first.
        pages: Whether the pages are the sample brand's, so that the form of bodies is kept.

    Returns:
        What was left out.

    Raises:
        ValueError: When the file is no HAR file.
    """
    material = Material(redactor=redactor, pages=pages)
    try:
        read = json.loads(_octets(source))
    except RecursionError:
        raise ValueError("this is no HAR file: it is nested too deeply") from None
    log = read.get("log") if isinstance(read, Mapping) else None
    entries = log.get("entries") if isinstance(log, Mapping) else None
    if log is None or not isinstance(entries, list):
        raise ValueError("this is no HAR file: it has no log with entries")
    for entry in entries:
        learn(entry, material)
    with arriving(target) as path, path.open("w", encoding="utf-8") as file:
        head = json.dumps({"log": {**passed(_LOG, log, material), "entries": []}}, ensure_ascii=False)
        file.write(head.removesuffix("]}}"))
        comma = ""
        for entry in entries:
            line = json.dumps(exchange(entry, material, _embedded), ensure_ascii=False)
            if redactor.holds_credential(line):
                material.left_out["entries"] += 1
                continue
            file.write(f"{comma}\n{line}")
            comma = ","
        file.write("\n]}}\n")
    return material


def _octets(source: Path) -> bytes:
    """Return the file's content; of a packed one, of the member that Playwright gives this name."""
    if not zipfile.is_zipfile(source):
        return source.read_bytes()
    with zipfile.ZipFile(source) as archive:
        return archive.read("har.har") if "har.har" in archive.namelist() else b"{}"


def _embedded(content: Mapping[str, Any], material: Material) -> dict[str, Any]:
    """Return the text of a body that stands in the file itself; one in base64 is no text."""
    given = content.get("text")
    if not isinstance(given, str) or not given:
        return {}
    if content.get("encoding"):
        material.left_out["bodies"] += 1
        return {}
    kept = bodies.body(given, str(content.get("mimeType") or ""), material)
    return {} if kept is None else {"text": kept}
