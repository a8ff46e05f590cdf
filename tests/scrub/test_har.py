"""A HAR file that leaves holds no secret and is still one (version 1.2)."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from harness.protocol.fingerprint import fingerprint
from harness.redact import HIDDEN, Redactor
from harness.scrub import scrub_har
from tests.leaks import below, leaks
from tests.scrub import recorded


def scrubbed(folder: Path, *, pages: bool, **more: Any) -> dict[str, Any]:
    """Return the log of a scrubbed file."""
    known = Redactor([recorded.PASSWORD], key=b"k" * 32)
    known.learn_person(recorded.PERSON)
    (folder / "out").mkdir()
    scrub_har(recorded.har(folder, recorded.entry(**more)), folder / "out" / "a.har", known, pages=pages)
    written = (folder / "out" / "a.har").read_text("utf-8")
    assert "Infinity" not in written, "JSON has no such number"
    log: dict[str, Any] = json.loads(written)["log"]
    return log


@pytest.mark.parametrize("pages", [True, False])
def test_no_secret_is_left(tmp_path: Path, pages: bool) -> None:
    """Wherever a credential, a password or a person stood."""
    scrubbed(tmp_path, pages=pages)

    values = {f"secret {number}": one for number, one in enumerate((*recorded.SECRETS, recorded.PERSON))}
    assert [] != leaks(values, below(tmp_path))
    assert [] == leaks(values, below(tmp_path / "out"))


@pytest.mark.parametrize("pages", [True, False])
def test_it_is_still_a_har_file(tmp_path: Path, pages: bool) -> None:
    """With every member that the format asks for."""
    log = scrubbed(tmp_path, pages=pages)

    (entry,) = log["entries"]
    assert {"version", "creator", "pages", "entries"} <= set(log)
    assert {"startedDateTime", "time", "request", "response", "cache", "timings"} <= set(entry)
    request = {"method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"}
    response = {"status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL"}
    assert request <= set(entry["request"])
    assert response <= set(entry["response"])
    assert {"send", "wait", "receive"} == set(entry["timings"])


def test_a_body_keeps_its_form(tmp_path: Path) -> None:
    """Names, yes and no stay, a credential is marked, and every other value goes, numbers among them."""
    (entry,) = scrubbed(tmp_path, pages=True)["entries"]

    assert {
        "outcome": HIDDEN,
        "id_token": f"fp:{fingerprint(recorded.TOKEN)}",
        "name": HIDDEN,
        "balance": HIDDEN,
        "known": True,
        "more": [{"sid": f"fp:{fingerprint(recorded.SHORT)}"}],
    } == json.loads(entry["response"]["content"]["text"])
    assert (
        f"code=fp:{fingerprint(recorded.SHORT)}&password={HIDDEN}&name={HIDDEN}"
        == (entry["request"]["postData"]["text"])
    )


def test_of_a_brand_s_own_pages_no_body_is_left(tmp_path: Path) -> None:
    """Nor a message of a WebSocket, nor a title."""
    log = scrubbed(tmp_path, pages=False)

    (entry,) = log["entries"]
    assert "text" not in entry["response"]["content"]
    assert "" == entry["request"]["postData"]["text"]
    assert [] == entry["request"]["postData"]["params"]
    assert "_webSocketMessages" not in entry
    assert HIDDEN == log["pages"][0]["title"]


@pytest.mark.parametrize(
    ("mime", "text", "encoding"),
    [
        ("text/html", "<p>hello</p>", None),
        ("text/javascript", "const secret = 1", None),
        ("image/svg+xml", "<svg onload='alert(1)'/>", None),
        ("image/png", "iVBORw0KGgo=", "base64"),
        ("application/json", "{not json", None),
        ("application/json", "eyJhIjoxfQ==", "base64"),
        ("application/x-unknown", "whatever", None),
        ("", "whatever", None),
    ],
)
def test_what_is_not_known_is_not_kept(tmp_path: Path, mime: str, text: str, encoding: str | None) -> None:
    """A body of another type than the few, and one that is not what it claims to be."""
    content = {"size": 1, "mimeType": mime, "text": text, "encoding": encoding}
    response = {**recorded.entry()["response"], "content": content}
    (entry,) = scrubbed(tmp_path, pages=True, response=response)["entries"]

    assert "text" not in entry["response"]["content"]


def test_of_most_headers_the_name_alone_is_kept(tmp_path: Path) -> None:
    """Only those whose values say nothing about anybody are kept whole, in what a header can hold."""
    (entry,) = scrubbed(tmp_path, pages=True)["entries"]

    values = {one["name"]: one["value"] for one in entry["request"]["headers"]}
    assert ("...", "...", "...") == (values["Cookie"], values["Authorization"], values["X-Whatever"])
    assert "text/html" == values["Accept"]
    assert all(one["value"].isascii() for one in entry["response"]["headers"])


def test_a_cookie_keeps_its_mark(tmp_path: Path) -> None:
    """So that a session is seen to go on, or to end."""
    (entry,) = scrubbed(tmp_path, pages=False)["entries"]

    mark = f"fp:{fingerprint(recorded.COOKIE)}"
    assert [{"name": "__Host-brand", "value": mark}] == entry["request"]["cookies"]


@pytest.mark.parametrize(
    "text", ["[]", "{}", "[" * 100_000, '{"log": {}}', '{"log": {"entries": 7}}', "nothing"]
)
def test_nothing_is_written_of_what_is_no_har_file(tmp_path: Path, text: str) -> None:
    """And no half-written file is left behind."""
    (tmp_path / "a.har").write_text(text, "utf-8")

    with pytest.raises(ValueError, match=r"no HAR file|Expecting value"):
        scrub_har(tmp_path / "a.har", tmp_path / "b.har", Redactor())
    assert ["a.har"] == [path.name for path in tmp_path.iterdir()]


def test_a_packed_file_is_scrubbed_as_well(tmp_path: Path) -> None:
    """As Playwright delivers it; one without the member that it names is none."""
    plain = recorded.har(tmp_path, recorded.entry())
    for name in ("har.har", "other.har"):
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as archive:
            archive.write(plain, name)

    scrub_har(tmp_path / "har.har.zip", tmp_path / "a.har", Redactor())
    assert 1 == len(json.loads((tmp_path / "a.har").read_bytes())["log"]["entries"])
    with pytest.raises(ValueError, match="no HAR file"):
        scrub_har(tmp_path / "other.har.zip", tmp_path / "b.har", Redactor())


@pytest.mark.parametrize(
    "broken",
    [{"request": 7}, {"response": None}, {"timings": []}, {"pageref": 7}, {"time": float("inf")}],
)
def test_an_entry_of_another_form_does_no_harm(tmp_path: Path, broken: dict[str, Any]) -> None:
    """What is not as it must be is left out."""
    assert 1 == len(scrubbed(tmp_path, pages=True, **broken)["entries"])
