from __future__ import annotations

import pytest

from harness.protocol import strict_json
from harness.protocol.strict_json import DuplicateMember, NotJson, NotUnicode, TooDeep


@pytest.mark.parametrize(
    ("octets", "value"),
    [
        (b'{"sub": "alice"}', {"sub": "alice"}),
        (b'[1, 2.5, true, false, null, "x"]', [1, 2.5, True, False, None, "x"]),
        (b'"\\ud83d\\ude00"', "😀"),
        ('"\u00e9"'.encode(), "é"),
        (b"1e3", 1000.0),
        (b'{"a": {"x": 1}, "b": {"x": 1}}', {"a": {"x": 1}, "b": {"x": 1}}),
        (b'{"a": "\\u0000 e"}', {"a": "\x00 e"}),
        (b"9007199254740993", 9007199254740993),
    ],
)
def test_strict_json_is_read(octets: bytes, value: object) -> None:
    """UTF-8 JSON with unique members and finite numbers is read as it is written."""
    assert strict_json.loads(octets) == value


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="truncated"),
        pytest.param(b"[]x", id="rest"),
        pytest.param(b"{'a': 1}", id="single quotes"),
        pytest.param(b"[1,]", id="comma"),
        pytest.param(b"NaN", id="NaN"),
        pytest.param(b"[Infinity]", id="infinity"),
        pytest.param(b'{"x": -Infinity}', id="minus infinity"),
        pytest.param(b"1e400", id="too large, e"),
        pytest.param(b'{"x": [1E400]}', id="too large, E"),
        pytest.param(b"-1e999", id="too small, e"),
        pytest.param(b"9" * 5_000, id="5,000 digits"),
        pytest.param(b'"\x00"', id="raw NUL"),
    ],
)
def test_anything_else_is_not_json(octets: bytes) -> None:
    """What is not strict JSON, numbers that are not finite among it, has no value at all."""
    with pytest.raises(NotJson) as caught:
        strict_json.loads(octets)
    assert type(caught.value) is NotJson


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(b"\xff", id="not UTF-8"),
        pytest.param(b'{"sub": "\xe9"}', id="Latin-1"),
        pytest.param(b'"\xc0\xaf"', id="overlong UTF-8"),
        pytest.param(b'"\xed\xa0\x80"', id="surrogate in UTF-8"),
        pytest.param('"x"'.encode("utf-16"), id="UTF-16"),
        pytest.param(b"\xef\xbb\xbf{}", id="byte order mark"),
        pytest.param(b'"\\ud800"', id="lone surrogate"),
        pytest.param(b'"\\ude00\\ud83d"', id="pair in the wrong order"),
        pytest.param(b'["\\udfff"]', id="lone low surrogate"),
        pytest.param(b'{"\\ud800": 1}', id="lone surrogate in a name"),
        pytest.param(b'[1, {"a": ["\\uDBFF"]}]', id="lone surrogate further in"),
    ],
)
def test_text_is_clean_unicode(octets: bytes) -> None:
    """Another encoding, a byte order mark and a lone surrogate are told from broken JSON."""
    with pytest.raises(NotUnicode):
        strict_json.loads(octets)


@pytest.mark.parametrize(
    "octets",
    [b'{"sub": "alice", "sub": "bob"}', b'[{"a": {"b": 1, "b": 1}}]', b'{"a": 1, "\\u0061": 2}'],
)
def test_a_member_is_named_once(octets: bytes) -> None:
    """A name that comes twice in one object, escaped or not, is refused: which one counts is open."""
    with pytest.raises(DuplicateMember):
        strict_json.loads(octets)


@pytest.mark.parametrize("shape", [(b"[", b"]"), (b'{"a":', b"}")])
@pytest.mark.parametrize("depth", [3, strict_json.DEPTH])
def test_nesting_has_a_limit(depth: int, shape: tuple[bytes, bytes]) -> None:
    """The limit itself is accepted and one level more is refused."""
    opening, closing = shape
    strict_json.loads(opening * depth + b"1" + closing * depth, depth=depth)
    with pytest.raises(TooDeep):
        strict_json.loads(opening * (depth + 1) + b"1" + closing * (depth + 1), depth=depth)


def test_endless_nesting_cannot_exhaust_the_stack() -> None:
    """A hundred thousand brackets are refused before a parser sees them."""
    with pytest.raises(TooDeep):
        strict_json.loads(b"[" * 100_000)


def test_a_string_hides_no_nesting() -> None:
    """Nesting is seen behind a string that escapes its own quotes and backslashes."""
    with pytest.raises(TooDeep):
        strict_json.loads(b'["\\\\ \\" ]", [[[1]]]]', depth=3)


@pytest.mark.parametrize("octets", [b'["[[[[", "{{{{"]', b'["\\"[[[[", "\\\\"]', b"[[], [], [], {}]"])
def test_only_nesting_counts_as_nesting(octets: bytes) -> None:
    """Brackets inside strings and brackets beside each other are not deep."""
    assert isinstance(strict_json.loads(octets, depth=2), list)


@pytest.mark.parametrize("octets", [b'{"a": 1, "b": 2, "c": 3}', b'[{"a": 1}, {"b": {"c": 1}}]'])
def test_members_have_a_limit_over_the_whole_value(octets: bytes) -> None:
    """Members are counted over all objects together."""
    strict_json.loads(octets, members=3)
    with pytest.raises(TooDeep):
        strict_json.loads(octets, members=2)


def test_lone_surrogates_can_be_let_in() -> None:
    """Where a script may have cut a text, its halves are read, and everything else stays strict."""
    assert strict_json.loads(b'["\\ud83d", {"\\udc00": "\\ud83d\\ude00"}]', lone_surrogates=True) == [
        "\ud83d",
        {"\udc00": "\U0001f600"},
    ]
    for octets in (b'{"\\ud83d": 1, "\\ud83d": 2}', b'["\\ud83d", NaN]', b'"\xed\xa0\x80"'):
        with pytest.raises(NotJson):
            strict_json.loads(octets, lone_surrogates=True)


@pytest.mark.parametrize(
    ("value", "whole"),
    [
        ("Ann \ud83d", "Ann \ufffd"),
        ({"\udc00": [{"a": "\udfff\ud800"}]}, {"\ufffd": [{"a": "\ufffd\ufffd"}]}),
        (["\U0001f600\x00", 1, 1.5, None, True, {}], ["\U0001f600\x00", 1, 1.5, None, True, {}]),
    ],
)
def test_half_characters_can_be_mended(value: object, whole: object) -> None:
    """Every lone surrogate becomes U+FFFD, wherever it is, and nothing else changes."""
    assert strict_json.mended(value) == whole
