"""The table of event types holds what the recorder emits, and nothing passes its gates in clear."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

import harness
from harness.browser.page_channel import PARTS
from harness.event_types import EVENT_TYPES, VALUE, admit
from harness.protocol.fingerprint import fingerprint
from harness.redact import Redactor
from harness.roles.web import web_root

SECRET = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE"
SCRIPTS = {part: (web_root() / "static" / "recorder" / part).read_text("utf-8") for part in PARTS}
BROWSER = Path(harness.__file__).parent / "browser"
EARS = ("recorder", "network_log", "cdp_log")
NAMES = r'"([a-z_]+\.[a-z_]+)"'


def test_every_part_of_the_script_is_used() -> None:
    """The files in the folder are the ones that are put together."""
    folder = web_root() / "static" / "recorder"

    assert set(PARTS) == {path.name for path in folder.iterdir()}


def test_the_script_tells_what_the_table_says() -> None:
    """Every type that the page's script records is in the table as the page's, and the other way round."""
    call = rf"(?:record|tellFrames)\({NAMES}"
    told = {name for text in SCRIPTS.values() for name in re.findall(call, text)}
    told |= {"recorder.failed", "recorder.full"}

    assert {name for name, known in EVENT_TYPES.items() if known.source == "page"} == told


def test_the_listeners_tell_what_the_table_says() -> None:
    """Every type that Python notes is in the table as the browser's, and the other way round."""
    noted = {name for ear in EARS for name in noted_in(ast.parse((BROWSER / f"{ear}.py").read_text("utf-8")))}

    assert {name for name, known in EVENT_TYPES.items() if known.source == "browser"} == noted


def noted_in(tree: ast.AST) -> Iterator[str]:
    """Yield the event types that a module notes: by position in the two calls that take one."""
    positions = {"Sighting": 1, "_note": 0}
    for call in ast.walk(tree):
        if isinstance(call, ast.Call):
            function = call.func
            name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
            given = call.args[positions[name]] if name in positions else None
            if isinstance(given, ast.Constant):
                yield str(given.value)


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_every_type_and_field_says_what_it_means(name: str) -> None:
    """A subject and a verb, a meaning, and a meaning for every field."""
    known = EVENT_TYPES[name]

    assert re.fullmatch(r"[a-z_]+\.[a-z_]+", name)
    assert all((known.meaning, *(meaning for _, meaning in known.fields.values())))


HOSTILE: dict[str, Any] = {
    "url": f"https://a.test/?code={SECRET}",
    "text": f"code={SECRET}",
    "texts": [f"x {SECRET}", 5, None],
    "number": SECRET,
    "flag": SECRET,
    "fingerprint": SECRET,
    "fingerprints": [SECRET, fingerprint(SECRET), 5],
    "value": {"type": SECRET, "fingerprint": SECRET, "more": SECRET, "credential": {"shape": SECRET}},
    "cookie": f"__Host-window-{SECRET}",
    "cookies": [f"__Host-window-{SECRET}", SECRET, 5],
    "headers": {"content-security-policy": f"report-uri https://a.test/?code={SECRET}"},
}


@pytest.mark.parametrize("name", EVENT_TYPES)
@pytest.mark.parametrize("wrong", [None, 5, True, SECRET, [SECRET], {"a": SECRET}])
def test_nothing_passes_the_gates_in_clear(name: str, wrong: Any) -> None:
    """Whatever is put into whichever field, the secret does not come out, and every field is there."""
    fields = EVENT_TYPES[name].fields
    for data in (
        {field: HOSTILE[kind] for field, (kind, _) in fields.items()},
        dict.fromkeys(fields, wrong),
        {"unknown": SECRET},
    ):
        admitted = admit(name, data, Redactor())

        assert SECRET not in repr(admitted)
        assert set(fields) == set(admitted)


def test_a_value_in_words_keeps_what_applies() -> None:
    """Type, shape and fingerprint come through; what the table does not know does not."""
    words = {"type": "string", "characters": 32, "shape": "opaque", "fingerprint": fingerprint(SECRET)}
    admitted = admit("page_method.returned", {"value": {**words, "says": SECRET}}, Redactor())["value"]

    assert words == admitted
    assert set(admitted) <= set(VALUE)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("__Host-idp", "__Host-idp"),
        ("consent_v2", "consent_v2"),
        ("__Host-window-1a2b3c4d5e6f", "__Host-window-1a2b3c4d5e6f"),
        (f"__Host-window-{SECRET}", f"__Host-window-fp:{fingerprint(SECRET)}"),
        (f"ticket.{SECRET}", f"ticket.fp:{fingerprint(SECRET)}"),
        (SECRET, f"fp:{fingerprint(SECRET)}"),
    ],
)
def test_a_cookie_is_known_by_its_name(name: str, shown: str) -> None:
    """What is random in a name becomes its fingerprint, the words before it stay."""
    assert shown == admit("cookie.offered", {"name": name}, Redactor())["name"]


def test_what_a_redirect_carries_is_hidden_as_in_any_address() -> None:
    """Also a state in JSON, in which nothing has the shape of a credential."""
    state = quote(json.dumps({"rnd": "agJDZYBUfpqwjoiDuM_La_YmLIOZSXeg", "page": "a b"}))
    told = admit("response.received", {"headers": {"location": f"/login?state={state}&x=1"}}, Redactor())

    assert "rnd" not in told["headers"]["location"]
    assert told["headers"]["location"].startswith("/login?state=fp:")
