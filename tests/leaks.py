"""Looks for values in everything below a folder, in every form that a file may hold them in.

It knows nothing of what the harness writes: every file is read, archives are opened, and each value is looked
for in clear, percent-encoded, escaped for JSON and HTML, in hexadecimal, and in base64 at every alignment.
"""

from __future__ import annotations

import base64
import gzip
import html
import io
import json
import math
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus, unquote_plus

SHORTEST_PIECE = 10
"""Characters of base64 below which a hit would be chance."""

_LETTER = b"[A-Za-z0-9+/]"
_PICTURE = re.compile(
    rb"data:image/jpeg;base64,((?:%b{4})+(?:%b{2}==|%b{3}=)?)" % (_LETTER, _LETTER, _LETTER)
)
"""In a picture's base64 a name of four letters is chance as well: a report has some hundred thousands."""


def leaks(values: Mapping[str, str], sources: Iterable[tuple[str, bytes]]) -> list[str]:
    """Return where values were found: the value's name, the form, and the source; empty when nowhere.

    Args:
        values: What must not be found, by a name that may be printed.
        sources: What to look through, by name.
    """
    forms = {name: tuple(_forms(value)) for name, value in values.items()}
    found = []
    for where, octets in sources:
        decoded = tuple(_decoded(octets))
        for name, value in values.items():
            hits = [form for form, needle in forms[name] if needle in octets]
            hits += ["encoded more than once"] if not hits and any(value in text for text in decoded) else []
            found += [f"{name} ({form}) in {where}" for form in hits[:1]]
    return found


def below(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every file below a folder, its name, and what is packed into it."""
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        yield f"the name {name}", name.encode()
        if path.is_file():
            yield from _unpacked(name, path.read_bytes())


def _unpacked(name: str, octets: bytes) -> Iterator[tuple[str, bytes]]:
    for number, picture in enumerate(_PICTURE.findall(octets), 1):
        yield f"{name}: picture {number}", base64.b64decode(picture)
    octets = _PICTURE.sub(b"", octets)
    yield name, octets
    if zipfile.is_zipfile(io.BytesIO(octets)):
        with zipfile.ZipFile(io.BytesIO(octets)) as archive:
            for member in archive.infolist():
                yield f"{name}: the name {member.filename}", member.filename.encode()
                yield from _unpacked(f"{name}: {member.filename}", archive.read(member))
    elif octets[:2] == b"\x1f\x8b":
        yield from _unpacked(f"{name}: gzip", gzip.decompress(octets))
    elif octets[:1] == b"\x78":
        try:
            yield f"{name}: deflate", zlib.decompress(octets)
        except zlib.error:
            return


def _forms(value: str) -> Iterator[tuple[str, bytes]]:
    octets = value.encode("utf-8")
    everything = "".join(f"%{one:02x}" for one in octets)
    for form, text in (
        ("clear", value),
        ("percent", quote(value, safe="")),
        ("percent", quote(value)),
        ("form", quote_plus(value)),
        ("percent, every character", everything),
        ("percent, every character", everything.upper()),
        ("JSON", json.dumps(value)[1:-1]),
        ("JSON", json.dumps(value, ensure_ascii=False)[1:-1]),
        ("JSON in JSON", json.dumps(json.dumps(value))[3:-3]),
        ("JavaScript", json.dumps(value)[1:-1].replace("<", "\\u003c").replace("&", "\\u0026")),
        ("HTML", html.escape(value)),
        ("HTML", html.escape(value, quote=False)),
        ("HTML", html.escape(value).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")),
        ("HTML, every character", "".join(f"&#{ord(one)};" for one in value)),
        ("HTML, every character", "".join(f"&#x{ord(one):x};" for one in value)),
        ("hexadecimal", octets.hex()),
        ("hexadecimal", octets.hex().upper()),
    ):
        yield form, text.encode("utf-8")
    yield "UTF-16", value.encode("utf-16-le")
    for offset in range(3):
        for form, alphabet in (("base64", b"+/"), ("base64url", b"-_")):
            piece = _piece(octets, offset, alphabet)
            if len(piece) >= SHORTEST_PIECE:
                yield f"{form} at {offset}", piece


def _piece(octets: bytes, offset: int, alphabet: bytes) -> bytes:
    """Return the characters of base64 that depend on the value alone, where it begins at an offset."""
    encoded = base64.b64encode(b"\0" * offset + octets, alphabet)
    return encoded[math.ceil(offset * 8 / 6) : (offset + len(octets)) * 8 // 6]


def _decoded(octets: bytes) -> Iterator[str]:
    """Yield the text as it is behind one and two more encodings."""
    text = octets.decode("utf-8", "replace")
    for decode in (unquote_plus, html.unescape, _unescaped):
        once = decode(text)
        yield from (once, *(again(once) for again in (unquote_plus, html.unescape, _unescaped)))


def _unescaped(text: str) -> str:
    """Return text with JSON's escapes undone, whatever stands around them."""
    for escaped, plain in (("\\\\", "\\"), ('\\"', '"'), ("\\/", "/"), ("\\u003c", "<"), ("\\u0026", "&")):
        text = text.replace(escaped, plain)
    return text
