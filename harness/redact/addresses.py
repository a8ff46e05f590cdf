"""Addresses without what they carry."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, unquote_plus, urlsplit

from harness.protocol.fingerprint import fingerprint
from harness.redact.names import HIDDEN, WORDS, mark, treatment
from harness.redact.shapes import looks_secret

# 64 octets are the most before the sign (RFC 5321 section 4.5.3.1.1), and keep long text without one cheap.
EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}(?:@|%40)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_MASKED = re.compile(r"~[0-9a-f]{12}")
DONE = re.compile(r"fp:[0-9a-f]{12}")
_SEPARATORS = re.compile(r"[&;]")


@dataclass(frozen=True)
class Address:
    """A URL taken apart.

    Attributes:
        text: The redacted URL: origin, path and parameter names; values only as fingerprints.
        fingerprints: Of every parameter that has the name or the shape of a credential.
    """

    text: str
    fingerprints: tuple[str, ...]


def address(url: str) -> Address:
    """Take a URL apart: origin, path and names stay, values go (RFC 3986 section 3).

    A value that is masked already (``~`` and a fingerprint, as the recorder's script writes it) keeps its
    fingerprint. ``data:``, ``blob:`` and ``javascript:`` keep their kind only.
    """
    scheme, colon, rest = url.partition(":")
    scheme = scheme.lower()
    if not colon or not re.fullmatch(r"[a-z][a-z0-9+.-]*", scheme):
        return _relative(url)
    if scheme == "about":
        # Firefox's own error page says in e= why a frame was refused.
        reason = re.match(r"neterror\?e=([A-Za-z]{1,40})(?:&|$)", rest)
        return Address(f"about:{reason[0].rstrip('&') if reason else re.split('[?#]', rest)[0][:40]}", ())
    if scheme == "data":
        return Address(f"data:{re.split('[;,]', rest)[0][:60]},{HIDDEN}", ())
    if scheme == "blob":
        return Address(f"blob:{_origin(rest)}/{HIDDEN}", ())
    if not rest.startswith("//"):
        return Address(f"{scheme}:{HIDDEN}", ())
    host, tail = re.match(r"//([^/?#]*)(.*)", rest, re.DOTALL).groups()  # type: ignore[union-attr] # always
    inner = _relative(tail)
    # Whoever writes a password into an address writes it before the @.
    return Address(f"{scheme}://{host.rpartition('@')[2][:260]}{inner.text}", inner.fingerprints)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else HIDDEN


def _relative(tail: str) -> Address:
    """Redact path, query and fragment."""
    before, hash_, fragment = tail.partition("#")
    path, question, query = before.partition("?")
    shown, marks = _path(path)
    for sign, part in ((question, query), (hash_, fragment)):
        if sign:
            text, more = _parameters(part, lone_path=sign == "#")
            shown, marks = shown + sign + text, marks + more
    return Address(shown, tuple(dict.fromkeys(marks)))


def _path(path: str) -> tuple[str, list[str]]:
    """Redact a path; parameters glued to it with ``&`` or ``;`` are treated as parameters."""
    plain, glue, glued = _split_glued(path)
    segments, marks = [], []
    for segment in plain.split("/"):
        if looks_secret(unquote(segment)):
            marks.append(fingerprint(unquote(segment)))
            segments.append(mark(unquote(segment)))
        else:
            segments.append(EMAIL.sub(HIDDEN, segment)[:120])
    text, more = _parameters(glued) if glue else ("", [])
    return "/".join(segments) + glue + text, marks + more


def _split_glued(path: str) -> tuple[str, str, str]:
    found = _SEPARATORS.search(path)
    return (path[: found.start()], found[0], path[found.end() :]) if found else (path, "", "")


def _parameters(encoded: str, *, lone_path: bool = False) -> tuple[str, list[str]]:
    """Redact ``a=1&b=2``; a fragment that is a route of a single-page application stays a path."""
    if lone_path and encoded.startswith(("/", "!/")):
        inner = _relative(encoded)
        return inner.text, list(inner.fingerprints)
    shown, marks = [], []
    for part in _SEPARATORS.split(encoded)[:60]:
        name, equals, value = part.partition("=")
        if not equals:
            shown.append(HIDDEN if part else "")
            marks += [fingerprint(unquote_plus(part))] if looks_secret(unquote_plus(part)) else []
            continue
        text, fingerprints = _value(name, value)
        plain_name = re.sub(r"[^\w.\[\]-]", "", unquote_plus(name))[:60]
        if looks_secret(plain_name):
            plain_name = HIDDEN
        shown.append(f"{plain_name}={text}")
        marks += fingerprints
    return "&".join(shown), marks


def _value(name: str, value: str) -> tuple[str, list[str]]:
    """Return what a parameter's value becomes, and its fingerprints."""
    if _MASKED.fullmatch(value):
        known = value[1:]
        return (f"fp:{known}", [known]) if treatment(name) is mark else (HIDDEN, [known])
    decoded = unquote_plus(value)
    if DONE.fullmatch(decoded):
        return decoded, [decoded[3:]]
    if decoded in WORDS.get(unquote_plus(name), ()):
        return decoded, []
    treated = treatment(name)
    if treated is mark or (treated is None and looks_secret(decoded)):
        return (mark(decoded), [fingerprint(decoded)]) if decoded else ("", [])
    return (HIDDEN if decoded else ""), []
