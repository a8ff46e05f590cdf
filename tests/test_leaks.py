"""The searcher for leaks finds what was planted: a test that cannot fail shows nothing."""

from __future__ import annotations

import base64
import gzip
import html
import io
import json
import zipfile
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from tests.leaks import below, leaks

SECRET = 'kite&"<Zürich> 7Qx/+=~'
OTHER = "9fJ2nothing-of-the-kind"


def _zip(octets: bytes, name: str = "resources/a.json") -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        # Dated as ZipInfo dates it, not now: the octets name the test, and every worker must name it alike.
        archive.writestr(zipfile.ZipInfo(name), octets, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _every(value: str) -> str:
    return "".join(f"%{one:02X}" for one in value.encode())


@pytest.mark.parametrize(
    "octets",
    [
        SECRET.encode(),
        quote(SECRET).encode(),
        quote(SECRET, safe="").encode(),
        quote_plus(SECRET).encode(),
        quote(quote(SECRET, safe=""), safe="").encode(),
        _every(SECRET).encode(),
        _every(SECRET).lower().encode(),
        json.dumps({"a": SECRET}).encode(),
        json.dumps({"a": SECRET}, ensure_ascii=False).encode(),
        json.dumps({"a": json.dumps({"b": SECRET})}).encode(),
        json.dumps(quote(SECRET)).encode(),
        html.escape(SECRET).encode(),
        html.escape(json.dumps(SECRET, ensure_ascii=False)).encode(),
        SECRET.encode().hex().encode(),
        SECRET.encode("utf-16-le"),
        base64.b64encode(SECRET.encode()),
        base64.b64encode(f"x{SECRET}y".encode()),
        base64.urlsafe_b64encode(f"xx{SECRET}".encode()),
        base64.urlsafe_b64encode(json.dumps({"iss": "a", "k": SECRET}, ensure_ascii=False).encode())[:-4]
        if '"' not in SECRET
        else base64.urlsafe_b64encode(f"iss {SECRET} end".encode()),
        gzip.compress(SECRET.encode(), mtime=0),
        _zip(SECRET.encode()),
        _zip(_zip(gzip.compress(base64.b64encode(SECRET.encode()), mtime=0))),
        _zip(b"", name=f"resources/{quote(SECRET, safe='')}.json"),
    ],
)
def test_a_planted_value_is_found(octets: bytes, tmp_path: Path) -> None:
    """In clear, encoded, escaped, packed, and packed twice."""
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "file.bin").write_bytes(b"before " + octets if octets[:1].isalnum() else octets)

    assert leaks({"planted": SECRET, "other": OTHER}, below(tmp_path))
    assert [] == leaks({"other": OTHER}, below(tmp_path))


def test_the_name_of_a_file_is_searched_as_well(tmp_path: Path) -> None:
    """A credential in a file's name has left the run like any other."""
    (tmp_path / f"{OTHER}.txt").write_text("", "utf-8")

    assert [f"other (clear) in the name {OTHER}.txt"] == leaks({"other": OTHER}, below(tmp_path))


def test_a_picture_is_searched_as_what_it_is(tmp_path: Path) -> None:
    """What stands in it is found, and no word that the letters of its base64 happen to make."""
    (tmp_path / "report.html").write_text(f'<img src="data:image/jpeg;base64,{_packed(SECRET)}">', "utf-8")

    assert ["planted (clear) in report.html: picture 1"] == leaks({"planted": SECRET}, below(tmp_path))
    assert [] == leaks({"chance": _packed(SECRET)[4:8]}, below(tmp_path))


def _packed(value: str) -> str:
    return base64.b64encode(value.encode()).decode()
