from __future__ import annotations

import pytest

from harness.protocol import base64url

PAIRS = [
    (b"", ""),
    (b"f", "Zg"),
    (b"fo", "Zm8"),
    (b"foo", "Zm9v"),
    (b"foobar", "Zm9vYmFy"),
    (b"\xfb\xff\xbf", "-_-_"),
    (b"\x00\x00", "AAA"),
]


@pytest.mark.parametrize(("octets", "text"), PAIRS)
def test_octets_are_encoded_without_padding(octets: bytes, text: str) -> None:
    """Encoding uses the URL-safe alphabet of RFC 4648 section 5 and no padding."""
    assert base64url.encode(octets) == text


@pytest.mark.parametrize(("octets", "text"), PAIRS)
def test_canonical_text_is_decoded(octets: bytes, text: str) -> None:
    """A canonical text decodes to the octets that it encodes."""
    assert base64url.decode(text) == octets


@pytest.mark.parametrize("text", ["Zg==", "Zm9v+", "Zm9/", "Zm 9v", "Zm9v\n", "Zm9v.", "é", "A", "AAAAA"])
def test_foreign_characters_and_lengths_are_refused(text: str) -> None:
    """Padding, white space, the other alphabet and a length of 1 modulo 4 are no base64url."""
    with pytest.raises(base64url.NotBase64Url):
        base64url.decode(text)


@pytest.mark.parametrize("text", ["Zh", "Zm9", "_-_-_x"])
def test_unused_bits_are_zero(text: str) -> None:
    """A text whose unused bits are set is not canonical, because two texts would mean the same."""
    with pytest.raises(base64url.NotCanonical):
        base64url.decode(text)
