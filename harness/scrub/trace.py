"""A trace of Playwright's without what nobody may read; Playwright's own viewer still opens it.

A trace is a zip: ``*.trace`` and ``*.network`` with one JSON object per line, ``*.stacks``, and the bodies
and style sheets that those name, in ``resources/`` under the SHA-1 of what they hold. Read from Playwright
1.64's recorder and viewer, form 10; the format is nowhere documented.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from harness.files import arriving
from harness.redact import Redactor
from harness.scrub import bodies
from harness.scrub.actions import event
from harness.scrub.exchanges import exchange, frame, learn
from harness.scrub.material import LONGEST_BODY, LONGEST_LINE, Material, items

_MEMBER = re.compile(r"(?:\d{1,4}-)?(?:trace|test)(?:-\d{1,4})?\.(?:trace|network|stacks)")
_RESOURCE = re.compile(r"resources/[0-9a-f]{32,64}(\.[a-z0-9]{1,8})")
_CALL = re.compile(r"[A-Za-z]{0,20}@?[A-Za-z0-9]{1,40}")
_SOCKET = "websocket"
_LEFT_OUT = {"screencast": "pictures", "screenshots": "pictures", "src": "sources", "resources": "bodies"}
_TYPED = ("value", "text", "password", "options", "key")


def scrub_trace(source: Path, target: Path, redactor: Redactor, *, pages: bool = False) -> Material:
    """Write a trace anew, with nothing in it that is not known to be harmless.

    Args:
        source: What Playwright recorded, finalised.
        target: What may leave the run; it is there whole or not at all.
        redactor: What is secret; it learns the credentials of the whole recording first.
        pages: Whether the pages are the sample brand's, so that their documents are kept as well.

    Returns:
        What was left out.

    Raises:
        zipfile.BadZipFile: When the file is no zip.
    """
    material = Material(redactor=redactor, pages=pages)
    with zipfile.ZipFile(source) as recorded:
        names = [one.filename for one in recorded.infolist() if _MEMBER.fullmatch(one.filename)]
        files = _learned(recorded, names, material)
        for one in recorded.namelist():
            if one not in names and one not in files:
                material.left_out[_LEFT_OUT.get(one.partition("/")[0], "files")] += 1
        with arriving(target) as path, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as written:
            renamed = dict(_resources(recorded, files, written, material))
            for name in names:
                _member(recorded, name, written, renamed, material)
    return material


def _learned(recorded: zipfile.ZipFile, names: list[str], material: Material) -> dict[str, str]:
    """Read everything once; return the files that lines name, and of which type they are."""
    files: dict[str, str] = {}
    for name in names:
        for line in _lines(recorded, name) if not name.endswith("stacks") else ():
            if line.get("type") == "resource-snapshot":
                learn(line.get("snapshot"), material)
                files |= _named(line.get("snapshot"))
            elif line.get("type") == "context-options":
                for cookie in _cookies(line):
                    material.redactor.learn_cookie(cookie)
            elif line.get("type") == "before":
                _learn_typed(line, material)
            elif line.get("type") == "frame-snapshot":
                files |= _sheets(line.get("snapshot"))
    for file, kind in files.items():
        text = _read(recorded, file)
        for part in (text or "").splitlines() if kind == _SOCKET else (text,):
            material.redactor.learn_from(part)
    return files


def _learn_typed(line: Mapping[str, Any], material: Material) -> None:
    given = line.get("params")
    parameters = given if isinstance(given, Mapping) else {}
    material.redactor.learn_from(str(parameters.get("url") or ""))
    for name in _TYPED:
        if isinstance(parameters.get(name), str):
            material.redactor.learn(parameters[name], mark_it=False)


def _cookies(line: Mapping[str, Any]) -> Iterator[str]:
    options = line.get("options")
    state = options.get("storageState") if isinstance(options, Mapping) else None
    for cookie in items(state.get("cookies")) if isinstance(state, Mapping) else ():
        yield str(cookie.get("value") or "") if isinstance(cookie, Mapping) else ""


def _named(entry: Any) -> Iterator[tuple[str, str]]:
    """Yield the files of an entry: what was sent, and what came back."""
    given = entry if isinstance(entry, Mapping) else {}
    request, response = given.get("request"), given.get("response")
    posted = request.get("postData") if isinstance(request, Mapping) else None
    content = response.get("content") if isinstance(response, Mapping) else None
    for one in (posted, content):
        if (
            isinstance(one, Mapping)
            and isinstance(one.get("_file"), str)
            and _RESOURCE.fullmatch(one["_file"])
        ):
            socket = given.get("_resourceType") == _SOCKET
            yield one["_file"], _SOCKET if socket else str(one.get("mimeType") or "")


def _sheets(snapshot: Any) -> Iterator[tuple[str, str]]:
    """Yield the style sheets that a script has changed."""
    given = snapshot if isinstance(snapshot, Mapping) else {}
    for one in items(given.get("resourceOverrides")):
        if isinstance(one, Mapping) and isinstance(one.get("file"), str) and _RESOURCE.fullmatch(one["file"]):
            yield one["file"], "text/css"


def _resources(
    recorded: zipfile.ZipFile, files: Mapping[str, str], written: zipfile.ZipFile, material: Material
) -> Iterator[tuple[str, str]]:
    """Write what may be kept of each file; yield its old name and the new one, the SHA-1 of what it holds."""
    done = set()
    for file, kind in files.items():
        text = _read(recorded, file)
        if text is None:
            material.left_out["bodies"] += 1
            continue
        kept = _socket(text, material) if kind == _SOCKET else bodies.body(text, kind, material)
        if kept is None or material.redactor.holds_credential(kept):
            continue
        octets = kept.encode("utf-8", "replace")
        suffix = _RESOURCE.fullmatch(file)
        assert suffix is not None, "only files of this form are asked for"
        name = f"resources/{hashlib.sha1(octets, usedforsecurity=False).hexdigest()}{suffix[1]}"
        if name not in done:
            done.add(name)
            written.writestr(name, octets)
        yield file, name


def _socket(text: str, material: Material) -> str | None:
    if not material.pages:
        material.left_out["messages"] += 1
        return None
    frames = (_object(line) for line in text.splitlines())
    return "".join(f"{json.dumps(frame(one, material), ensure_ascii=False)}\n" for one in frames)


def _read(recorded: zipfile.ZipFile, file: str) -> str | None:
    try:
        information = recorded.getinfo(file)
        return recorded.read(file).decode() if information.file_size <= LONGEST_BODY else None
    except (KeyError, UnicodeDecodeError):
        return None


def _member(
    recorded: zipfile.ZipFile,
    name: str,
    written: zipfile.ZipFile,
    renamed: Mapping[str, str],
    material: Material,
) -> None:
    with written.open(name, "w", force_zip64=True) as file:
        if name.endswith("stacks"):
            file.write(json.dumps(_stacks(_object(_read(recorded, name) or ""), material)).encode())
            return
        _write_lines(_lines(recorded, name), file, renamed, material)


def _write_lines(
    lines: Iterator[dict[str, Any]], file: IO[bytes], renamed: Mapping[str, str], material: Material
) -> None:
    calls: set[str] = set()
    for line in lines:
        # The viewer breaks on what follows a call that it has not seen.
        call = line.get("callId")
        known = isinstance(call, str) and call in calls
        if line.get("type") in ("input", "log", "after") and not known:
            continue
        kept = _line(line, renamed, material)
        if kept is None:
            continue
        shown = json.dumps(kept, ensure_ascii=False)
        if material.redactor.holds_credential(shown):
            material.left_out["lines"] += 1
            continue
        if line.get("type") == "before" and isinstance(call, str):
            calls.add(call)
        file.write(f"{shown}\n".encode("utf-8", "replace"))


def _line(line: Mapping[str, Any], renamed: Mapping[str, str], material: Material) -> dict[str, Any] | None:
    if line.get("type") == "resource-snapshot":
        entry = exchange(line.get("snapshot"), material, lambda content, _: _kept_file(content, renamed))
        return {"type": "resource-snapshot", "snapshot": entry}
    kept = event(line, material)
    if kept is not None and isinstance(kept.get("snapshot"), dict):
        overrides = kept["snapshot"].get("resourceOverrides", ())
        kept["snapshot"]["resourceOverrides"] = [
            {**one, "file": renamed[one["file"]]} if "file" in one else one
            for one in overrides
            if "file" not in one or one["file"] in renamed
        ]
    return kept


def _kept_file(content: Mapping[str, Any], renamed: Mapping[str, str]) -> dict[str, Any]:
    file = content.get("_file")
    return {"_file": renamed[file]} if isinstance(file, str) and file in renamed else {}


def _stacks(given: Mapping[str, Any], material: Material) -> dict[str, Any]:
    """Return where calls came from: of each file its last parts, which say nothing of a machine."""
    shown = material.redactor.text
    files = [
        shown("/".join(re.split(r"[\\/]", one)[-3:])) if isinstance(one, str) else ""
        for one in items(given.get("files"))
    ]
    stacks = [
        [shown(one[0]), [_where(frame, material) for frame in one[1]]]
        for one in items(given.get("stacks"))
        if isinstance(one, list)
        and len(one) == 2
        and isinstance(one[0], str)
        and _CALL.fullmatch(one[0])
        and isinstance(one[1], list)
    ]
    return {"files": files, "stacks": stacks}


def _where(frame: Any, material: Material) -> list[Any]:
    given = frame if isinstance(frame, list) else []
    numbers = [one if isinstance(one, int) else 0 for one in given[:3]]
    name = given[3] if len(given) > 3 and isinstance(given[3], str) else ""
    return [*numbers, material.redactor.text(name) if re.fullmatch(r"[\w.<>]{0,120}", name) else ""]


def _lines(recorded: zipfile.ZipFile, name: str) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file, one per line; what is no object is passed over."""
    with recorded.open(name) as file:
        while octets := file.readline(LONGEST_LINE):
            if (line := _object(octets)) != {}:
                yield line


def _object(text: str | bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
