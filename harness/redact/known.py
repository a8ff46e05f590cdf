"""Values that are known to be secret, in whatever notation text holds them."""

from __future__ import annotations

import base64
import functools
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.entities import codepoint2name
from urllib.parse import unquote

_PLAIN_RUN = re.compile(r"[A-Za-z0-9._~-]+")
"""What no notation has to change (RFC 3986 section 2.3)."""

_ESCAPE = re.compile(
    r"""\\+(?:u(?P<pair>[dD][89abAB][0-9a-fA-F]{2}\\+u[dD][c-fC-F][0-9a-fA-F]{2})
        |u\{0*(?P<code>[0-9a-fA-F]{1,6})\}|u(?P<unit>[0-9a-fA-F]{4})|x(?P<octet>[0-9a-fA-F]{2})
        |(?P<itself>[^\w\s]))""",
    re.VERBOSE,
)
_LAYERS = 4
"""How many notations are looked for inside each other."""

_BASE64_PIECE = 10
"""Characters of base64 below which a hit would be chance."""

MOST_ESCAPED = 200
"""Characters of a value that a notation may change, up to which it is looked for in place."""

_CONTROL = {"\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f"}


@dataclass(frozen=True)
class Known:
    """A value, and what stands for it.

    Attributes:
        value: The value.
        shown: What stands for it.
        as_word: Whether it is found as a whole word only, because it is short or a person's.
    """

    value: str
    shown: str
    as_word: bool = False

    @functools.cached_property
    def piece(self) -> str:
        """The longest part that is the same in the usual notations."""
        return max(_PLAIN_RUN.findall(self.value), key=len, default="")

    @functools.cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        """What finds it; ``None`` where it is looked for as it is."""
        if self.as_word:
            return _whole_word(self.value)
        if not self.value.strip("\\"):
            return None  # any number of backslashes would find nothing, everywhere
        changed = len(_PLAIN_RUN.sub("", self.value))
        return re.compile(_any_notation(self.value)) if 0 < changed <= MOST_ESCAPED else None

    def stands_in(self, text: str) -> bool:
        """Tell whether text holds it."""
        if self.piece not in text:
            return False
        return self.value in text if self._pattern is None else self._pattern.search(text) is not None

    def is_under(self, plain: str) -> bool:
        """Tell whether decoded text holds it, whatever has become of backslashes."""
        if self.as_word or not (bare := self.value.replace("\\", "")):
            return self.stands_in(plain)
        return self.stands_in(plain) or bare in plain.replace("\\", "")

    def hidden_in(self, text: str) -> str:
        """Return text without it."""
        if self._pattern is None:
            return text.replace(self.value, self.shown)
        return self._pattern.sub(lambda _: self.shown, text)


def decoded(text: str) -> str:
    """Return text without percent-encoding, character references and escapes, inside each other or not."""
    for _ in range(_LAYERS):
        plain = unquote(text) if "%" in text else text
        plain = html.unescape(plain) if "&" in plain else plain
        plain = _ESCAPE.sub(_unescaped, plain) if "\\" in plain else plain
        if plain == text:
            break
        text = plain
    return text


def in_base64(value: str) -> Iterator[str]:
    """Yield what base64 makes of a value in both alphabets, wherever it stands in what is encoded."""
    octets = value.encode("utf-8", "replace")
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + octets).decode().rstrip("=")
        # The first characters depend on what is before, and the last one on what comes after.
        first = (before * 8 + 5) // 6
        last = (before + len(octets)) * 8 // 6
        core = encoded[first:last]
        if len(core) >= _BASE64_PIECE:
            yield core
            yield core.translate(str.maketrans("+/", "-_"))


def _unescaped(found: re.Match[str]) -> str:
    if found["itself"]:
        return found["itself"]
    if found["pair"]:
        high, low = (int(unit.strip("\\"), 16) for unit in found["pair"].split("u"))
        return chr(0x10000 + ((high & 0x3FF) << 10) + (low & 0x3FF))
    code = int(found["code"] or found["unit"] or found["octet"], 16)
    return found[0] if code > 0x10FFFF or 0xD800 <= code < 0xE000 else chr(code)


def _any_notation(value: str) -> str:
    """Return what finds a value with each of its special characters in any notation."""
    found = []
    for run in re.findall(r"\\+|[^\\]", value):
        if run[0] == "\\":
            # Notations double backslashes and halve them, so that their number says nothing. What has been
            # taken is not given back: trying all ways to divide a run takes exponential time.
            found.append(f"{_notations(run[0])}*+")
        else:
            found.append(re.escape(run) if _PLAIN_RUN.fullmatch(run) else _notations(run))
    return "".join(found)


def _notations(one: str) -> str:
    """Return what finds one character: as it is, or percent-encoded, escaped, as a character reference."""
    code, units = ord(one), one.encode("utf-16-be")
    percent = "".join(f"%(?:25)*{_hexadecimal(octet)}" for octet in one.encode("utf-8"))
    escaped = "".join(
        rf"\\++u{_hexadecimal(high)}{_hexadecimal(low)}"
        for high, low in zip(units[::2], units[1::2], strict=True)
    )
    ways = [
        percent,
        escaped,
        rf"\\++u\{{0*{_hexadecimal(code)}\}}",
        rf"&(?:amp;)*#0*{code};?",
        rf"&(?:amp;)*#[xX]0*{_hexadecimal(code)};?",
    ]
    if code < 0x100:
        ways.append(rf"\\++x{_hexadecimal(code)}")
    if code in codepoint2name or one == "'":
        ways.append(rf"&(?:amp;)*{codepoint2name.get(code, 'apos')};?")
    if one == " ":
        ways.append(r"\+")
    if one in _CONTROL:
        ways.append(rf"\\++{_CONTROL[one]}")
    # Last, because every escape begins with a backslash as well.
    ways.append(r"\\" if one == "\\" else rf"\\*+{re.escape(one)}")
    return f"(?:{'|'.join(ways)})"


def _hexadecimal(number: int) -> str:
    return "".join(f"[{d}{d.upper()}]" if d.isalpha() else d for d in f"{number:02x}")


def _whole_word(value: str) -> re.Pattern[str]:
    """Return what finds a value that is no part of a longer word or number; an escape is no part of one."""
    kind = r"\d" if value[0].isdigit() else r"[^\W\d_]"
    after = r"\d" if value[-1].isdigit() else r"[^\W\d_]"
    before = rf"(?:(?<!{kind})|(?<=%[0-9A-Fa-f][0-9A-Fa-f])|(?<=\\[nrt]))"
    return re.compile(rf"{before}{_any_notation(value)}(?!{after})")
