"""Whatever a page sends ends in a verdict or in a clean refusal, on both databases."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from harness.clock import ManualClock
from harness.config import Config
from harness.roles.platform.conversations import Say
from harness.server import RunningServer, running

CHAT, SHOP = "https://chat.platform.test", "https://www.brand.test"
ENGAGED = {"engagement": "embedded.implicit.strict", "origin": SHOP}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(
    request: pytest.FixtureRequest,
    new_database: Callable[[str, Path], str],
    clock: ManualClock,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunningServer]:
    """Every role, on either database."""
    folder = tmp_path_factory.mktemp("server")
    config = Config(database=new_database(request.param, folder))
    with running(config, folder=folder, clock=clock) as started:
        yield started


def send(client: httpx2.Client, path: str, body: str) -> httpx2.Response:
    """Post a body as the window does, if JSON or not."""
    headers = {"Origin": CHAT, "Content-Type": "application/json"}
    return client.post(f"{CHAT}{path}", content=body, headers=headers)


def answer(client: httpx2.Client, **parts: str) -> httpx2.Response:
    """Open a call and answer it, with some parts as JSON texts of the test's own."""
    call = send(client, "/api/call", json.dumps(ENGAGED)).json()
    names = ("session", "call_id", "sealed_verifier")
    said = {"happened": '"answered"', "token": '"no.good.token"', "waited_ms": "1"}
    said |= {name: parts.pop(name) for name in said if name in parts}
    members = {name: json.dumps(value) for name, value in ENGAGED.items()}
    members |= {name: json.dumps(call[name]) for name in names}
    return send(client, "/api/answer", written({**members, "answer": written(said), **parts}))


def written(members: dict[str, str]) -> str:
    """Return an object of members that are JSON texts already."""
    return "{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in members.items()) + "}"


def newest(server: RunningServer) -> Any:
    """Return the code of the newest verdict."""
    return [event.data["code"] for event in server.store.events.after(0) if event.type == "verdict"][-1]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (r'{"a\u0000":"b\u0000"}', {"a\x00": "b\x00"}),
        (r'{"name":"Ann \ud83d"}', {"name": "Ann \ufffd"}),
        (r'{"\udc00":["\ud83d\ude00", 1e308]}', {"\ufffd": ["\U0001f600", 1e308]}),
        (json.dumps({"long": "x" * 60_000}), {"long": "x" * 60_000}),
        (json.dumps(dict.fromkeys(map(str, range(2_000)))), dict.fromkeys(map(str, range(2_000)))),
        ('{"digits":' + "9" * 4_000 + "}", {"digits": 10**4_000 - 1}),
    ],
    ids=["NUL", "half a character", "half a name", "long", "many", "digits"],
)
def test_what_a_page_says_of_its_visitor_reaches_the_agent(
    given: str, kept: dict[str, Any], visitor: httpx2.Client, server: RunningServer
) -> None:
    """Attributes and the identity are kept as they are, with whole characters, and can be sent on."""
    before = {one.id for one in server.store.conversations.all()}
    assert 200 == answer(visitor, page=given).status_code
    assert 200 == answer(visitor, identity=given).status_code

    opened = [one.unverified for one in server.store.conversations.all() if one.id not in before]
    assert all(unverified in opened for unverified in ({"identity": None, **kept}, {"identity": kept}))
    assert json.dumps(opened, ensure_ascii=False, allow_nan=False).encode()


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (r'"\u0000"', "jwt.malformed_compact"),
        (r'"a.b.\ud83d"', "sdk.token_type"),
        (r'{"ssoKey":"\ud83d"}', "sdk.token_type"),
        (r'{"\u0000":"\ud83d"}', "sdk.result_shape"),
        (json.dumps("a." + "x" * 60_000 + ".b"), "jwt.too_large"),
        ("9" * 4_000, "sdk.token_type"),
    ],
    ids=["NUL", "half a character", "half a character in an object", "another shape", "long", "digits"],
)
def test_what_a_page_hands_over_gets_a_verdict(
    token: str, code: str, visitor: httpx2.Client, server: RunningServer
) -> None:
    """An odd token is the page's mistake, and it is told so."""
    assert "refused" == answer(visitor, token=token).json()["outcome"]
    assert code == newest(server)


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ({"identity": "NaN"}, 400),
        ({"identity": '{"sub":-Infinity}'}, 400),
        ({"page": '{"a":1e999}'}, 400),
        ({"page": '{"a":' + "[" * 100 + "]" * 100 + "}"}, 400),
        ({"page": '{"a":1,"a":2}'}, 400),
        ({"page": '{"a":' + "9" * 5_000 + "}"}, 400),
        ({"token": "NaN"}, 400),
        ({"waited_ms": "1e999"}, 400),
        ({"waited_ms": "NaN"}, 400),
        ({"page": json.dumps({"long": "x" * 70_000})}, 413),
    ],
)
def test_what_is_no_json_is_refused(parts: dict[str, str], status: int, visitor: httpx2.Client) -> None:
    """Numbers that are none, and what no browser writes, are refused before anything is kept."""
    assert status == answer(visitor, **parts).status_code


@pytest.mark.parametrize(
    "name", ["embedded.implicit%00.strict", "%ED%A0%80", "x" * 5_000, "popup.%00.strict"]
)
def test_an_odd_engagement_does_not_exist(name: str, visitor: httpx2.Client) -> None:
    """What names no engagement is not found, whatever it is made of."""
    popup = visitor.get(f"{CHAT}/popup?popup=a-popup-of-mine-1&engagement={name}")
    asked = visitor.get(f"{CHAT}/sdk/engagement?section={name.replace('.', ',')}")

    assert [404, 404] == [popup.status_code, asked.status_code]


@pytest.mark.parametrize("octets", ["%00", "%ED%A0%80", "%F0%9F%98%80", "%27%3B--"])
def test_an_odd_response_is_refused_in_every_mode(
    octets: str, visitor: httpx2.Client, server: RunningServer
) -> None:
    """State, code, error and their names may hold anything, and a popup may be called anything."""
    started = visitor.get(f"{CHAT}/popup?popup={octets * 16}&engagement=popup.code.strict")
    assert 303 == started.status_code
    encoded = f"state={octets}&code={octets}&error={octets}&{octets}={octets}"
    for mode in ("query", "fragment"):
        welcome = send(visitor, "/api/popup", json.dumps({"mode": mode, "encoded": encoded})).json()
        assert ("refused", "authz.state_mismatch") == (welcome["outcome"], newest(server))
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert 303 == visitor.post(f"{CHAT}/window", content=encoded, headers=form).status_code
    assert "authz.state_mismatch" == newest(server)


def test_a_name_that_no_conversation_has_is_nobodys_message() -> None:
    """An agent's frame names a conversation in its own alphabet, or it is no frame."""
    for name in (r"\u0000", "x" * 65, "", "é"):
        with pytest.raises(ValueError, match="conversation"):
            Say.model_validate_json(f'{{"text": "Hello", "conversation": "{name}"}}')
