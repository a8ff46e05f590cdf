"""A trace that leaves holds no secret, keeps its form, and what nobody knows is left out."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from harness.protocol.fingerprint import fingerprint
from harness.redact import HIDDEN, Redactor
from harness.scrub import scrub_trace
from tests.leaks import below, leaks
from tests.scrub import recorded


def redactor() -> Redactor:
    """Return one that knows a person and a password."""
    known = Redactor([recorded.PASSWORD], key=b"k" * 32)
    known.learn_person(recorded.PERSON)
    return known


def scrubbed(folder: Path, *, pages: bool, lines: tuple[str, ...] = ()) -> dict[str, bytes]:
    """Return the members of a scrubbed trace."""
    (folder / "out").mkdir()
    scrub_trace(recorded.trace(folder, *lines), folder / "out" / "a.zip", redactor(), pages=pages)
    with zipfile.ZipFile(folder / "out" / "a.zip") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def events(members: dict[str, bytes], kind: str) -> list[dict[str, Any]]:
    """Return the lines of a type."""
    lines = map(json.loads, members["trace.trace"].splitlines())
    return [line for line in lines if line["type"] == kind]


@pytest.mark.parametrize("pages", [True, False])
def test_no_secret_is_left(tmp_path: Path, pages: bool) -> None:
    """Wherever a credential, a password or a person stood: in no form and in no member's name."""
    scrubbed(tmp_path, pages=pages)

    values = {f"secret {number}": one for number, one in enumerate((*recorded.SECRETS, recorded.PERSON))}
    assert [] != leaks(values, below(tmp_path))
    assert [] == leaks(values, below(tmp_path / "out"))


def test_a_brand_s_own_pages_leave_nothing_but_addresses(tmp_path: Path) -> None:
    """No document, no body, no word of the console, of a brand whose people nobody knows."""
    members = scrubbed(tmp_path, pages=False)

    assert {"trace.trace", "trace.network", "trace.stacks"} == set(members)
    assert [] == events(members, "frame-snapshot")
    assert [HIDDEN] == [one["text"] for one in events(members, "console")]


def test_the_same_value_has_the_same_mark(tmp_path: Path) -> None:
    """In the address, in the document and in the body, so that what belongs together is seen."""
    members = scrubbed(tmp_path, pages=True)

    mark = f"fp:{fingerprint(recorded.CODE)}"
    assert mark in events(members, "frame-snapshot")[0]["snapshot"]["frameUrl"]
    assert mark in json.dumps(events(members, "frame-snapshot")[0]["snapshot"]["html"])
    assert mark in members["trace.network"].decode()
    assert (
        f"fp:{fingerprint(recorded.TOKEN)}"
        in b"".join(octets for name, octets in members.items() if name.endswith(".json")).decode()
    )


def test_what_a_person_is_known_by_has_one_mark_under_one_key(tmp_path: Path) -> None:
    """Which nobody can guess who has not the key."""
    (text,) = {one["text"].partition(":")[0] for one in events(scrubbed(tmp_path, pages=True), "console")}

    other = Redactor(key=b"l" * 32)
    other.learn_person(recorded.PERSON)
    assert text == redactor().text(f"Hello {recorded.PERSON}")
    assert text != other.text(f"Hello {recorded.PERSON}")


def test_files_are_named_after_what_they_hold_now(tmp_path: Path) -> None:
    """By the SHA-1 of their content, and whoever names one names one that is there."""
    members = scrubbed(tmp_path, pages=True)

    files = {name for name in members if name.startswith("resources/")}
    sums = {f"resources/{hashlib.sha1(members[one], usedforsecurity=False).hexdigest()}" for one in files}
    assert sums == {name.partition(".")[0] for name in files}
    told = members["trace.network"].decode() + members["trace.trace"].decode()
    assert {"json", "css", "jsonl"} == {name.rpartition(".")[2] for name in files if name in told}
    assert files == {name for name in files if name in told}


def test_a_document_keeps_its_tree(tmp_path: Path) -> None:
    """Later snapshots count the nodes of earlier ones: none may be missing."""
    (line,) = events(scrubbed(tmp_path, pages=True), "frame-snapshot")

    assert _tree(recorded.DOCUMENT) == _tree(line["snapshot"]["html"])


def _tree(node: Any) -> Any:
    if isinstance(node, str):
        return "text"
    return node if isinstance(node[0], list) else [node[0], *map(_tree, node[2:])]


def test_a_document_has_no_handlers_and_no_values(tmp_path: Path) -> None:
    """What a page would run and what somebody typed is not kept."""
    shown = json.dumps(events(scrubbed(tmp_path, pages=True), "frame-snapshot"), ensure_ascii=False)

    assert "onclick" not in shown
    assert f'"__playwright_value_": "{HIDDEN}"' in shown


def test_what_was_typed_is_not_repeated(tmp_path: Path) -> None:
    """Neither among the parameters nor in the title nor in what the driver says about itself."""
    members = scrubbed(tmp_path, pages=True)

    fill, evaluated = events(members, "before")
    assert HIDDEN == fill["params"]["value"]
    assert 'internal:label="Password"i' == fill["params"]["selector"]
    assert {"value": {"s": HIDDEN}, "handles": []} == evaluated["params"]["arg"]
    assert [f"  fill({HIDDEN})", f"  locator resolved to <input {HIDDEN}>"] == [
        one["message"] for one in events(members, "log")
    ]


def test_what_follows_an_unknown_call_is_left_out(tmp_path: Path) -> None:
    """The viewer breaks on the end of a call that it has not seen begin."""
    ends = events(scrubbed(tmp_path, pages=True), "after")

    assert ["call@1", "call@2"] == [one["callId"] for one in ends]
    assert {"value": {"s": HIDDEN}, "page": "<Page>"} == ends[1]["result"]


@pytest.mark.parametrize(
    "line",
    [
        "not json",
        "[1, 2]",
        '{"type": 7}',
        '{"type": "frame-snapshot", "snapshot": {"html": 7, "resourceOverrides": [{"file": "../../x"}, 7]}}',
        '{"type": "before", "callId": ["x"], "params": ["x"]}',
        '{"type": "log", "callId": ["x"], "message": "a"}',
        '{"type": "resource-snapshot", "snapshot": {"request": 7, "response": {"headers": [7]}}}',
        '{"type": "resource-snapshot", "snapshot": {"request": {"cookies": 7, "postData": {"params": 7}}}}',
        '{"type": "console", "text": {"a": 1}, "location": 7}',
        '{"type": "context-options", "options": {"storageState": {"cookies": [7]}}}',
        "[" * 100_000,
    ],
)
def test_what_cannot_be_read_does_no_harm(tmp_path: Path, line: str) -> None:
    """A line of another form is left out, or what is in it."""
    members = scrubbed(tmp_path, pages=True, lines=(line,))

    assert 2 == len(events(members, "before")) or '"callId"' in line
    assert all(isinstance(json.loads(one), dict) for one in members["trace.trace"].splitlines())


def test_a_known_credential_behind_a_name_of_playwright_s_own_is_left_out(tmp_path: Path) -> None:
    """The last gate is by value: an identifier that is a credential is none."""
    line = json.dumps({"type": "before", "callId": recorded.SHORT, "class": recorded.SHORT, "method": "x"})
    scrubbed(tmp_path, pages=True, lines=(line,))

    assert [] == leaks({"code": recorded.SHORT}, below(tmp_path / "out"))


def test_nothing_is_written_of_what_is_no_trace(tmp_path: Path) -> None:
    """A file that is no zip leaves no half-written one behind."""
    (tmp_path / "a.zip").write_bytes(recorded.COOKIE.encode())

    with pytest.raises(zipfile.BadZipFile):
        scrub_trace(tmp_path / "a.zip", tmp_path / "b.zip", Redactor())
    assert ["a.zip"] == [path.name for path in tmp_path.iterdir()]
