from __future__ import annotations

import pytest

from harness.catalogue.codes import codes
from harness.protocol.authorization import (
    NOT_AUTHENTICATED,
    ProviderError,
    ResponseMode,
    authorization_url,
    credential,
    read_response,
)
from harness.protocol.problem import Refusal

ISSUER = "https://login.brand.test"


def read_credential(encoded: str, response_type: str = "code", *, iss_required: bool = False) -> str:
    """Return the credential in an encoded response of the issuer."""
    response = read_response(encoded, mode="query")
    return credential(response, response_type=response_type, issuer=ISSUER, iss_required=iss_required)


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        (f"{ISSUER}/authorize", f"{ISSUER}/authorize?scope=openid&state=a%26b"),
        (f"{ISSUER}/authorize?tenant=a%20b", f"{ISSUER}/authorize?tenant=a%20b&scope=openid&state=a%26b"),
        (f"{ISSUER}/authorize#top", f"{ISSUER}/authorize?scope=openid&state=a%26b"),
    ],
)
def test_the_request_keeps_the_endpoints_own_query(endpoint: str, url: str) -> None:
    """Parameters are added to the endpoint's query unchanged, and a fragment is never sent."""
    assert authorization_url(endpoint, {"scope": "openid", "state": "a&b"}) == url


def test_a_request_without_parameters_is_the_endpoint() -> None:
    """Nothing is added where there is nothing to add."""
    assert authorization_url(f"{ISSUER}/authorize", {}) == f"{ISSUER}/authorize"


@pytest.mark.parametrize("mode", ["query", "fragment", "form_post"])
def test_a_response_is_read_where_it_was_found(mode: ResponseMode) -> None:
    """A response remembers its mode, decodes once and keeps unknown and empty parameters."""
    response = read_response("code=a%2Bb+c%2520&state=s&session_state=&x=1", mode=mode)
    assert response.mode == mode
    assert response.parameters == {"code": "a+b c%20", "state": "s", "session_state": "", "x": "1"}
    assert response.state == "s"


def test_a_response_may_lack_a_state() -> None:
    """A missing state is seen as missing and not as empty."""
    assert read_response("code=c", mode="query").state is None


@pytest.mark.parametrize(
    "encoded", ["code=a&code=b", "state=s&code=a&state=s", "code=a&c%6fde=a", "iss=&iss=", "x=1&x=2"]
)
def test_each_parameter_comes_once(encoded: str) -> None:
    """A parameter that comes twice is refused, even with the same value or an unknown name."""
    with pytest.raises(Refusal) as caught:
        read_response(encoded, mode="query")
    assert caught.value.problem.code == "authz.duplicate_parameter"


@pytest.mark.parametrize("iss_required", [False, True])
@pytest.mark.parametrize("response_type", ["code", "id_token"])
def test_a_response_of_the_issuer_gives_its_credential(response_type: str, iss_required: bool) -> None:
    """The parameter that was asked for is the credential, with ``iss`` equal to the issuer."""
    encoded = f"{response_type}=abc&iss=https%3A%2F%2Flogin.brand.test&state=s"
    assert read_credential(encoded, response_type, iss_required=iss_required) == "abc"


def test_iss_may_be_left_out_unless_it_is_promised() -> None:
    """Only an issuer that says that it sends ``iss`` has to send it (RFC 9207 section 2.4)."""
    assert read_credential("code=abc") == "abc"


@pytest.mark.parametrize(
    ("encoded", "iss_required", "code"),
    [
        ("code=abc", True, "authz.iss_missing"),
        ("error=access_denied", True, "authz.iss_missing"),
        ("code=abc&iss=https%3A%2F%2Fidp.test", False, "authz.iss_mismatch"),
        ("code=abc&iss=https%3A%2F%2Flogin.brand.test%2F", True, "authz.iss_mismatch"),
        ("code=abc&iss=", False, "authz.iss_mismatch"),
        ("error=access_denied&iss=https%3A%2F%2Fidp.test", False, "authz.iss_mismatch"),
        ("code=abc&error=access_denied", False, "authz.response_ambiguous"),
        ("code=&error=access_denied", False, "authz.response_ambiguous"),
        ("", False, "authz.code_missing"),
        ("code=", False, "authz.code_missing"),
        ("id_token=abc&state=s", False, "authz.code_missing"),
        ("token=abc", False, "authz.code_missing"),
    ],
)
def test_anything_else_gives_no_credential(encoded: str, iss_required: bool, code: str) -> None:
    """Another issuer, two answers at once and no answer at all are refused, the issuer first."""
    with pytest.raises(Refusal) as caught:
        read_credential(encoded, iss_required=iss_required)
    assert caught.value.problem.code == code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        *((error, f"authz.{error}") for error in sorted(NOT_AUTHENTICATED)),
        ("unauthorized_client", "authz.provider_error"),
        ("Access_Denied", "authz.provider_error"),
        ("x" * 500, "authz.provider_error"),
        ("", "authz.provider_error"),
    ],
)
def test_an_error_is_named_by_its_registered_value(error: str, code: str) -> None:
    """A registered error has a code of its own, any other shares one, and both are in the catalogue."""
    with pytest.raises(ProviderError) as caught:
        read_credential(f"error={error}&state=s")
    assert caught.value.code == code
    assert code in codes()
    assert len(caught.value.error) <= 80
