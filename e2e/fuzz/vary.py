"""Makes inputs of seeds: pure functions of a seeded generator, so that every run can be repeated.

Most of what is made still looks like what the reader expects, so that it gets past the first check.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from e2e.fuzz.model import Vary

LONGEST = 64 * 1024
"""Octets that an input has at most: no reader takes more without counting."""

NASTY_OCTETS = (
    *(b"", b"\x00", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf0\x9f\x98\x80"),
    *(
        b"\r\n",
        b"\n\n",
        b"\t",
        b" ",
        b"%00",
        b"%",
        b"%ff",
        b"%zz",
        b"+",
        b"&",
        b"=",
        b"&&",
        b";",
        b",",
        b"#",
        b"?",
    ),
    *(
        b"..",
        b".",
        b"../",
        b"//",
        b"\\",
        b"'",
        b'"',
        b'"""',
        b"[",
        b"]",
        b"{",
        b"}",
        b"[[",
        b"<",
        b">",
        b"@",
        b":",
    ),
    *(b"-1", b"0", b"1e999", b"NaN", b"-Infinity", b"9" * 20, b"0x10", b"1_0", b"null", b"true"),
    *(
        "²".encode(),
        "٣".encode(),
        "ｅ".encode(),
        "\u2028".encode(),
        "\u202e".encode(),
        "İ".encode(),
        "ß".encode(),
    ),
    *(b"[" * 40, b'{"a":' * 40, b"(" * 50, b"A" * 300, b"&a" * 20, b"\\ud800", b"\\u0000"),
)

LARGE = (
    *(
        b"9" * 4_400,
        b"[" * 20_000,
        b'{"a":' * 2_000,
        b"A" * 20_000,
        b"&a" * 8_000,
        b" " * 20_000,
        b"." * 5_000,
    ),
    *(
        b"a@" * 8_000,
        b"-----BEGIN " * 1_000,
        b"%41" * 8_000,
        "é".encode() * 9_000,
        b"\n" * 5_000,
        b"{a=" * 2_000,
    ),
)
"""What may cost more time or depth than it should; rare, as most of what is large says the same."""

RARE = 0.004

# A value of its own each time, as others change it.
NASTY_VALUES: tuple[Callable[[], Any], ...] = tuple(
    functools.partial(json.loads, value)
    for value in (
        *("null", "true", "false", "0", "-1", "1", "1.5", "-0.0", "1e308", "5e-324", "9007199254740993"),
        *(
            "1e20",
            "9" * 40,
            "-" + "9" * 400,
            "1795176000000",
            '""',
            '" "',
            '"\\u0000"',
            '"\\ud800"',
            '"\\udfff x"',
        ),
        *('"none"', '"constructor"', '"__proto__"', '"https://[::1"', '"https://x:99999/"', '"javascript:0"'),
        *('"' + "a" * 300 + '"', '"\\u202e\\u2028"', '"%00"', '"NaN"', '"1"', '"²"'),
        *("[]", "{}", "[[]]", "[null]", '[""]', '{"": null}', '{"a": {"b": []}}', '["a", 1, null, {}]'),
        *("[" * 31 + "]" * 31, "[" * 60 + "]" * 60),
    )
)
LARGE_VALUES: tuple[Callable[[], Any], ...] = (
    lambda: "é" * 20_000,
    lambda: [0] * 2_000,
    lambda: {str(number): number for number in range(1_100)},
    lambda: int("9" * 4_000),
)


def octets(*words: bytes) -> Vary:
    """Return what changes octets as such.

    Args:
        words: What the reader knows, put in here and there.
    """
    known = (*NASTY_OCTETS, *words, *words)

    def vary(random: Random, seeds: Sequence[bytes]) -> bytes:
        changed = random.choice(seeds)
        for _ in range(random.choice((1, 1, 1, 2, 2, 3, 5, 8))):
            changed = random.choice(_CHANGES)(random, changed, random.choice(seeds), known)
        return changed[:LONGEST]

    return vary


Change = Callable[[Random, bytes, bytes, Sequence[bytes]], bytes]


def _span(random: Random, text: bytes) -> tuple[int, int]:
    first = random.randrange(len(text) + 1)
    return first, min(len(text), first + random.choice((0, 1, 1, 2, 4, 8, 16, 64, len(text))))


def _flip(random: Random, text: bytes, _: bytes, __: Sequence[bytes]) -> bytes:
    at = random.randrange(len(text) + 1)
    return text[:at] + bytes(one ^ (1 << random.randrange(8)) for one in text[at : at + 1]) + text[at + 1 :]


def _set(random: Random, text: bytes, _: bytes, __: Sequence[bytes]) -> bytes:
    at = random.randrange(len(text) + 1)
    return text[:at] + random.randbytes(1) + text[at + 1 :]


def _cut(random: Random, text: bytes, _: bytes, __: Sequence[bytes]) -> bytes:
    first, last = _span(random, text)
    return text[:first] + text[last:]


def _end(random: Random, text: bytes, _: bytes, __: Sequence[bytes]) -> bytes:
    return text[: random.randrange(len(text) + 1)]


def _repeat(random: Random, text: bytes, _: bytes, __: Sequence[bytes]) -> bytes:
    first, last = _span(random, text)
    return text[:last] + text[first:last] * random.choice((1, 1, 1, 2, 3, 30)) + text[last:]


def _word(random: Random, text: bytes, _: bytes, words: Sequence[bytes]) -> bytes:
    first, last = _span(random, text)
    word = random.choice(LARGE if random.random() < RARE else words)
    return text[:first] + word + text[random.choice((first, last)) :]


def _splice(random: Random, text: bytes, other: bytes, _: Sequence[bytes]) -> bytes:
    first, last = _span(random, other)
    at = random.randrange(len(text) + 1)
    return text[:at] + other[first:last] + text[at:]


_CHANGES: tuple[Change, ...] = (_flip, _set, _cut, _end, _repeat, _word, _word, _splice)


def values(*words: str, unlike: Vary | None = None) -> Vary:
    """Return what changes JSON in its values and names, and now and then its octets.

    Args:
        words: Names and texts that the reader knows.
        unlike: What changes the octets; :func:`octets` with the same words when left out.
    """
    texts: Vary = unlike or octets(*(word.encode() for word in words))

    def vary(random: Random, seeds: Sequence[bytes]) -> bytes:
        seed = random.choice(seeds)
        try:
            value = json.loads(seed)
        except (ValueError, RecursionError):
            return texts(random, seeds)
        for _ in range(random.choice((0, 1, 1, 1, 2, 4))):
            value = changed(random, value, words)
        written = json.dumps(value, ensure_ascii=random.random() < 0.8).encode("utf-8", "surrogatepass")
        return texts(random, (written,)) if random.random() < 0.2 else written[:LONGEST]

    return vary


def lines(inner: Vary) -> Vary:
    """Return what changes one line as ``inner`` does, and now and then the order of lines.

    Args:
        inner: Changes a line.
    """
    texts = octets()

    def vary(random: Random, seeds: Sequence[bytes]) -> bytes:
        rows = random.choice(seeds).split(b"\n")
        at = random.randrange(len(rows))
        match random.randrange(10):
            case 0:
                rows.insert(random.randrange(len(rows)), rows[at])
            case 1:
                del rows[at]
            case 2:
                return texts(random, seeds)
            case _:
                rows[at] = inner(random, (rows[at],))
        return b"\n".join(rows)[:LONGEST]

    return vary


def changed(random: Random, value: Any, words: Sequence[str]) -> Any:
    """Return a JSON value with one of its places changed; what it was may be changed, too."""
    if not isinstance(value, dict | list) or not value or random.random() < 0.03:
        return _other(random, value, words)
    holder, place = value, _place(random, value)
    # Walks down until chance or a leaf ends it, so that outer places are met as often as deep ones.
    while isinstance(inside := holder[place], dict | list) and inside and random.random() < 0.7:
        holder, place = inside, _place(random, inside)
    match random.randrange(8):
        case 0:
            del holder[place]
        case 1 if isinstance(holder, dict):
            holder[random.choice(words) if words else "x"] = _other(random, inside, words)
        case 2 if isinstance(holder, dict):
            holder[str(_other(random, place, words))[:LONGEST]] = holder.pop(place)
        case 3 if isinstance(holder, list):
            holder.extend([inside] * random.choice((1, 1, 2, 60)))
        case _:
            holder[place] = _other(random, inside, words)
    return value


def _place(random: Random, holder: Any) -> Any:
    return random.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))


def _other(random: Random, value: Any, words: Sequence[str]) -> Any:
    """Return something else than a value, or nearly the same."""
    match random.randrange(6):
        case 0 if isinstance(value, str):
            return octets()(random, (value.encode("utf-8", "replace"),)).decode("utf-8", "replace")
        case 1 if isinstance(value, int | float) and abs(value) < 10**15:
            return value * random.choice((-1, 0, 0.5, 2, 1_000, 10**9))
        case 2 if words:
            return random.choice(words)
        case 3:
            return [value]
        case 4 if isinstance(value, int | float):
            return str(value)
        case _:
            return random.choice(LARGE_VALUES if random.random() < RARE else NASTY_VALUES)()
