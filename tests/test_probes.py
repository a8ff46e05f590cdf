"""Probes: what is sent, with which authentication, and what of the answer is recorded."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import httpx2
import pytest

from harness import probes
from harness.config import Config, Connector
from harness.probes import CodeUse
from harness.store import Store

CONNECTOR = Config().connector("code")
USERINFO = "https://login.brand.test/userinfo"
USED = CodeUse(code="a-fresh-c0de", redirect_uri="https://chat.platform.test/window", endpoint=USERINFO)
GOOD = {"token_type": "Bearer", "access_token": "an-access-token", "id_token": "a.b.c"}


@dataclass(kw_only=True)
class Server:
    """An authorization server that answers as it is told.

    Attributes:
        answers: What it answers to one token request after the other.
        seen: What it was sent.
    """

    answers: list[httpx2.Response] = field(default_factory=list)
    seen: list[httpx2.Request] = field(default_factory=list)

    def serve(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request."""
        self.seen.append(request)
        if request.url.path == "/token":
            return self.answers.pop(0)
        token = request.headers.get("authorization", "")
        return httpx2.Response(200 if token == "Bearer an-access-token" else 401)

    @property
    def forms(self) -> list[dict[str, str]]:
        """The forms that were posted."""
        read = [parse_qs(request.content.decode()) for request in self.seen if request.method == "POST"]
        return [{name: value for name, (value,) in form.items()} for form in read]


@pytest.fixture
def server() -> Server:
    """Give a server that takes a code once."""
    refusal = httpx2.Response(400, json={"error": "invalid_grant"})
    return Server(answers=[httpx2.Response(200, json=GOOD), refusal])


@pytest.fixture
def http(server: Server) -> Iterator[httpx2.Client]:
    """Give a back channel to the server."""
    with httpx2.Client(transport=httpx2.MockTransport(server.serve)) as client:
        yield client


def altered(**settings: Any) -> Connector:
    """Return the connector with other settings."""
    return Connector.model_validate({**CONNECTOR.model_dump(), **settings})


def recorded(store: Store) -> dict[str, Any]:
    """Return what the only probe has recorded."""
    (event,) = store.events.after(0)
    assert ("harness", "probe.answered") == (event.source, event.type)
    return event.data


def test_a_code_is_used_twice_and_then_its_token(http: httpx2.Client, server: Server, store: Store) -> None:
    """Three statuses are recorded, and neither the code nor the token."""
    probes.use_a_code_twice(http, store.events, CONNECTOR, USED)

    assert {"first": 200, "second": 400, "token_after": 200} == {
        name: recorded(store)[name] for name in ("first", "second", "token_after")
    }
    assert server.forms[0] == server.forms[1]
    assert not [word for word in ("a-fresh-c0de", "an-access-token") if word in json.dumps(recorded(store))]


@pytest.mark.parametrize(
    ("settings", "members", "header"),
    [
        ({"client_id": "a:b", "client_secret": "s%+ é"}, {}, "a%3Ab:s%25%2B+%C3%A9"),
        (
            {"client_secret": "s%+ é", "client_auth": "post"},
            {"client_id": CONNECTOR.client_id, "client_secret": "s%+ é"},
            None,
        ),
        ({"client_secret": None}, {"client_id": CONNECTOR.client_id}, None),
    ],
)
def test_the_client_authenticates_as_its_connector_does(
    settings: dict[str, Any],
    members: dict[str, str],
    header: str | None,
    http: httpx2.Client,
    server: Server,
    store: Store,
) -> None:
    """By Basic with both parts form-encoded, by post, or by its name alone."""
    probes.use_a_code_twice(http, store.events, altered(**settings), USED)
    asked = {"grant_type": "authorization_code", "code": USED.code, "redirect_uri": USED.redirect_uri}
    sent = server.seen[0].headers.get("authorization")

    assert {**asked, **members} == server.forms[0]
    assert header == (sent and base64.b64decode(sent.removeprefix("Basic ")).decode())


def test_a_challenged_code_comes_with_its_verifier(http: httpx2.Client, server: Server, store: Store) -> None:
    """Else its first use would be refused, and nothing learnt."""
    used = CodeUse(code="c", redirect_uri="https://a.test", endpoint=USERINFO, code_verifier="v" * 43)
    probes.use_a_code_twice(http, store.events, CONNECTOR, used)

    assert ["v" * 43] * 2 == [form["code_verifier"] for form in server.forms]


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.Response(500, text="<p>Sorry</p>"),
        httpx2.Response(200, text="no JSON"),
        httpx2.Response(200, json=["a", "list"]),
        httpx2.Response(200, json={"id_token": "a.b.c"}),
        httpx2.Response(200, json={"access_token": 7}),
    ],
)
def test_a_server_that_gives_no_token_breaks_nothing(
    answer: httpx2.Response, http: httpx2.Client, server: Server, store: Store
) -> None:
    """What it answered is recorded, and the resource says no."""
    server.answers[0] = answer
    probes.use_a_code_twice(http, store.events, CONNECTOR, USED)

    assert (answer.status_code, 401) == (recorded(store)["first"], recorded(store)["token_after"])


def test_an_authorization_request_is_sent_by_post(http: httpx2.Client, server: Server, store: Store) -> None:
    """The same parameters, as a form (OpenID Connect Core section 3.1.2.1)."""
    probes.authorize_by_post(http, store.events, "https://login.brand.test/authorize?state=s&scope=openid")
    (request,) = server.seen

    assert ("POST", "https://login.brand.test/authorize") == (request.method, str(request.url))
    assert [{"state": "s", "scope": "openid"}] == server.forms
    assert {"probe": "authorize_post", "host": "login.brand.test", "status": 401} == recorded(store)


def test_another_visitors_credential_is_recorded_by_its_fingerprint(store: Store) -> None:
    """It can be compared, and not be used."""
    probes.ask_in_a_fresh_context(store.events, "www.brand.test", "a-credential")

    assert "a-credential" not in json.dumps(recorded(store))
    assert "www.brand.test" == recorded(store)["host"]
