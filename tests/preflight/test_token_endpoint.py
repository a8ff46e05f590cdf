"""What the answer to one invented code says about client and endpoint."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.checks.found import Found
from harness.preflight.asking import Heard
from harness.preflight.token_endpoint import judge

from .conftest import connector, document, found, heard, marks

JSON = "application/json"


def answered(status: int, body: Any, content_type: str = JSON) -> Heard:
    """Return an answer of the token endpoint."""
    text = body if isinstance(body, str) else json.dumps(body)
    return heard("https://login.acme.example/token", status, text, content_type=content_type)


def test_an_invented_code_that_is_refused_is_right() -> None:
    """The client is known: its authentication is looked at first (RFC 6749 section 5.2)."""
    said = list(judge(answered(400, {"error": "invalid_grant"}), connector(), "strict", {}))

    assert ([("token_endpoint", "yes")], {}) == (marks(said), found(said))


@pytest.mark.parametrize(
    ("status", "body", "content_type", "expected"),
    [
        (401, {"error": "invalid_client"}, JSON, {"token.invalid_client": "error"}),
        (401, "", JSON, {"token.invalid_client": "error"}),
        (401, "<h1>Unauthorized</h1>", "text/html", {"token.invalid_client": "error"}),
        (400, {"error": "unauthorized_client"}, JSON, {"token.provider_error": "error"}),
        (400, {"error": "invalid_request"}, JSON, {"token.provider_error": "warning"}),
        (
            400,
            {"error": "invalid_code"},
            JSON,
            {"token.provider_error": "warning", "token.nonstandard_error": "warning"},
        ),
        (200, {"error": "invalid_grant"}, JSON, {"token.provider_error": "warning"}),
        (400, {"error": "invalid_grant"}, "text/plain", {"token.content_type": "warning"}),
        (404, "<h1>Not found</h1>", "text/html", {"token.provider_error": "error"}),
        (405, "", "", {"token.provider_error": "error"}),
        (302, "", "", {"token.redirected": "error"}),
        (500, "", "", {"token.unavailable": "error"}),
        (400, "<h1>Bad request</h1>", "text/html", {"token.not_json": "error"}),
        (200, {"token_type": "Bearer", "id_token": "a.b.c"}, JSON, {"token.provider_error": "error"}),
    ],
)
def test_every_other_answer_has_its_code(
    status: int, body: Any, content_type: str, expected: dict[str, str]
) -> None:
    """What may be about the code alone is a warning, what is about client or endpoint an error."""
    assert expected == found(judge(answered(status, body, content_type), connector(), "strict", {}))


def unknown_client(told: dict[str, Any], **changes: Any) -> str:
    """Return the advice for a client that is not known."""
    refused = answered(401, {"error": "invalid_client"})
    (one,) = (one for one in judge(refused, connector(**changes), "strict", told) if isinstance(one, Found))
    return str(one.fix)


def test_a_mistyped_secret_and_a_wrong_method_are_told_apart_where_the_server_says() -> None:
    """The discovery document lists the methods; where it lists the configured one, it is the secret."""
    assert "the secret is mistyped" in unknown_client(document())
    assert 'Set client_auth = "basic"' in unknown_client(document(), client_auth="post")
    assert "mistyped, or client platform is registered for another method" in unknown_client({})
    assert "Configure client_secret" in unknown_client({}, client_secret=None)


def test_a_server_that_lists_no_methods_takes_basic() -> None:
    """That is the default of the member (OpenID Connect Discovery section 3)."""
    silent = document(token_endpoint_auth_methods_supported=None)

    assert 'Set client_auth = "basic"' in unknown_client(silent, client_auth="post")
    assert "the secret is mistyped" in unknown_client(silent)


def test_a_refusal_without_a_word_of_oauth_is_undetermined() -> None:
    """Something stands before the endpoint."""
    said = list(judge(answered(403, "<h1>Forbidden</h1>", "text/html"), connector(), "strict", {}))

    assert ([("token_endpoint", "unknown")], {}) == (marks(said), found(said))
