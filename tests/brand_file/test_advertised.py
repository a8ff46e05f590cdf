"""What an issuer's document is good for when a connector is written."""

from __future__ import annotations

from typing import Any

import pytest

from harness.brand_file.advertised import read
from harness.protocol.problem import Refusal

ISSUER = "https://login.acme.example"


def document(**more: Any) -> dict[str, Any]:
    """Return a document that offers everything, with other members."""
    return {
        "issuer": ISSUER,
        "authorization_endpoint": f"{ISSUER}/authorize",
        "token_endpoint": f"{ISSUER}/token",
        "jwks_uri": f"{ISSUER}/jwks",
        "response_types_supported": ["code", "id_token", "code id_token"],
        "code_challenge_methods_supported": ["S256"],
        "id_token_encryption_alg_values_supported": ["RSA-OAEP-256"],
        **more,
    }


def test_the_endpoints_are_taken() -> None:
    """Each under the key that asks for it."""
    assert {
        "authorization_endpoint": f"{ISSUER}/authorize",
        "token_endpoint": f"{ISSUER}/token",
        "keys": f"{ISSUER}/jwks",
    } == read(document()).endpoints


@pytest.mark.parametrize("url", [None, 5, "http://login.acme.example/token", "https://", "https://[x/token"])
def test_an_endpoint_that_is_none_is_asked_for(url: object) -> None:
    """It is as if the document did not name it."""
    assert "token_endpoint" not in read(document(token_endpoint=url)).endpoints


@pytest.mark.parametrize(
    ("more", "flows"),
    [
        ({}, ("code-pkce", "code", "implicit", "implicit-jwe")),
        ({"code_challenge_methods_supported": ["plain"]}, ("code", "implicit", "implicit-jwe")),
        ({"response_types_supported": ["id_token"]}, ("implicit", "implicit-jwe")),
        ({"response_types_supported": ["code id_token"]}, ()),
        ({"id_token_encryption_alg_values_supported": ["RSA1_5"]}, ("code-pkce", "code", "implicit")),
        ({"response_types_supported": "code"}, ()),
    ],
)
def test_the_flows_are_what_the_document_offers(more: dict[str, Any], flows: tuple[str, ...]) -> None:
    """The one to prefer comes first; a combined response type is neither of its parts."""
    assert flows == read(document(**more)).flows


@pytest.mark.parametrize(
    ("methods", "expected"),
    [
        (["client_secret_post"], "post"),
        (["client_secret_post", "client_secret_basic"], "basic"),
        (None, "basic"),
    ],
)
def test_the_secret_travels_as_the_server_takes_it(methods: list[str] | None, expected: str) -> None:
    """By HTTP Basic, unless only the body is taken."""
    assert expected == read(document(token_endpoint_auth_methods_supported=methods)).client_auth


@pytest.mark.parametrize("found", [[], {}, {"issuer": 5}, "text"])
def test_a_document_without_an_issuer_is_refused(found: object) -> None:
    """Nothing in it is believed."""
    with pytest.raises(Refusal, match=r"disco\.invalid"):
        read(found)
