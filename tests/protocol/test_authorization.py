from __future__ import annotations

import pytest

from harness.catalogue.codes import codes
from harness.protocol.authorization import (
    CODE_LIMIT,
    NOT_AUTHENTICATED,
    REFUSED,
    AuthorizationResponse,
    ProviderError,
    ResponseMode,
    authorization_url,
    check_issuer,
    check_mode,
    credential,
    read_response,
)
from harness.protocol.problem import Refusal

ISSUER = "https://login.brand.test"


def response_of(encoded: str, mode: ResponseMode = "query") -> AuthorizationResponse:
    """Return an encoded response as it is read."""
    return read_response(encoded, mode=mode)


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


@pytest.mark.parametrize(
    ("response_type", "mode"),
    [
        ("code", "query"),
        ("code", "fragment"),
        ("code", "form_post"),
        ("id_token", "fragment"),
        ("id_token", "form_post"),
    ],
)
def test_the_mode_that_was_asked_for_is_no_finding(response_type: str, mode: ResponseMode) -> None:
    """A response that comes as it was asked for is in order."""
    assert not list(check_mode(response_of("state=s", mode), asked=mode, response_type=response_type))


@pytest.mark.parametrize(
    ("response_type", "asked", "mode", "code", "severity"),
    [
        ("code", "query", "fragment", "authz.response_mode_mismatch", None),
        ("code", "query", "form_post", "authz.response_mode_mismatch", "error"),
        ("code", "form_post", "query", "authz.response_mode_mismatch", "error"),
        ("code", "form_post", "fragment", "authz.response_mode_mismatch", "error"),
        ("id_token", "fragment", "form_post", "authz.response_mode_mismatch", "error"),
        ("id_token", "form_post", "fragment", "authz.response_mode_mismatch", "error"),
        ("id_token", "fragment", "query", "authz.id_token_in_query", None),
        ("id_token", "form_post", "query", "authz.id_token_in_query", None),
    ],
)
def test_another_mode_is_a_finding(
    response_type: str, asked: ResponseMode, mode: ResponseMode, code: str, severity: str | None
) -> None:
    """Only a code in the fragment for the query and a token in the query leave their weight to the mode."""
    found = list(check_mode(response_of("state=s", mode), asked=asked, response_type=response_type))
    assert [(problem.code, problem.severity) for problem in found] == [(code, severity)]
    assert code in codes()


@pytest.mark.parametrize(
    ("encoded", "required"),
    [
        ("code=abc", False),
        ("code=abc&iss=https%3A%2F%2Flogin.brand.test", False),
        ("code=abc&iss=https%3A%2F%2Flogin.brand.test", True),
        ("error=access_denied&iss=https%3A%2F%2Flogin.brand.test", True),
    ],
)
def test_iss_is_the_issuer_or_left_out_where_it_may_be(encoded: str, required: bool) -> None:
    """Only an issuer that says that it sends ``iss`` has to send it (RFC 9207 section 2.4)."""
    check_issuer(response_of(encoded), issuer=ISSUER, required=required)


@pytest.mark.parametrize(
    ("encoded", "required", "code"),
    [
        ("code=abc", True, "authz.iss_missing"),
        ("error=access_denied", True, "authz.iss_missing"),
        ("code=abc&iss=https%3A%2F%2Fidp.test", False, "authz.iss_mismatch"),
        ("code=abc&iss=https%3A%2F%2Flogin.brand.test%2F", True, "authz.iss_mismatch"),
        ("code=abc&iss=https%3A%2F%2FLOGIN.brand.test", True, "authz.iss_mismatch"),
        ("code=abc&iss=", False, "authz.iss_mismatch"),
        ("error=access_denied&iss=https%3A%2F%2Fidp.test", False, "authz.iss_mismatch"),
        pytest.param(f"code=abc&iss={'x' * 5000}", False, "authz.iss_mismatch", id="endless"),
    ],
)
def test_another_issuer_is_refused(encoded: str, required: bool, code: str) -> None:
    """``iss`` is compared as a simple string, in an error too, and shown clipped."""
    with pytest.raises(Refusal) as caught:
        check_issuer(response_of(encoded), issuer=ISSUER, required=required)
    assert caught.value.problem.code == code
    assert len(caught.value.problem.observed) <= 200


@pytest.mark.parametrize(
    ("encoded", "response_type", "value", "found"),
    [
        ("code=abc&state=s", "code", "abc", []),
        ("code=a.b.c", "code", "a.b.c", []),
        ("code=abc&id_token=a.b.c", "code", "abc", []),
        ("code=abc&session_state=1&scope=openid", "code", "abc", []),
        ("id_token=a.b.c&state=s", "id_token", "a.b.c", []),
        ("id_token=a.b.c&code=d.e.f", "id_token", "a.b.c", []),
        ("id_token=abc", "id_token", "abc", []),
        ("token=a.b.c", "id_token", "a.b.c", ["authz.parameter_alias"]),
        ("code=a.b.c.d.e", "id_token", "a.b.c.d.e", ["authz.parameter_alias"]),
        ("token=a.b.c&code=d.e.f", "id_token", "a.b.c", ["authz.parameter_alias"]),
        ("id_token=&code=a.b.c", "id_token", "a.b.c", ["authz.parameter_alias"]),
        ("id_token=a.b.c&access_token=t", "id_token", "a.b.c", ["authz.access_token_front_channel"]),
        ("code=abc&access_token=t", "code", "abc", ["authz.access_token_front_channel"]),
        (
            "token=a.b.c&access_token=t",
            "id_token",
            "a.b.c",
            ["authz.parameter_alias", "authz.access_token_front_channel"],
        ),
    ],
)
def test_the_parameter_that_was_asked_for_is_the_credential(
    encoded: str, response_type: str, value: str, found: list[str]
) -> None:
    """A token under another name is taken with a finding, and so is a stray access token."""
    given, problems = credential(response_of(encoded), response_type=response_type)
    assert (given, [problem.code for problem in problems]) == (value, found)
    assert set(found) <= codes().keys()


@pytest.mark.parametrize(
    ("encoded", "response_type", "code"),
    [
        ("code=abc&error=access_denied", "code", "authz.response_ambiguous"),
        ("code=&error=access_denied", "code", "authz.response_ambiguous"),
        ("id_token=a.b.c&error=access_denied", "id_token", "authz.response_ambiguous"),
        ("", "code", "authz.code_missing"),
        ("code=", "code", "authz.code_missing"),
        ("code%3Dabc", "code", "authz.code_missing"),
        ("id_token=a.b.c&state=s", "code", "authz.code_missing"),
        ("token=a.b.c", "code", "authz.code_missing"),
        ("id_token=", "id_token", "authz.code_missing"),
        ("token=abc", "id_token", "authz.code_missing"),
        ("code=a.b", "id_token", "authz.code_missing"),
        ("code=a.b.c.d", "id_token", "authz.code_missing"),
        ("access_token=a.b.c", "id_token", "authz.code_missing"),
        pytest.param(f"code={'a' * (CODE_LIMIT + 1)}", "code", "authz.code_too_long", id="endless"),
    ],
)
def test_anything_else_gives_no_credential(encoded: str, response_type: str, code: str) -> None:
    """Two answers at once, no answer at all and an endless code are refused."""
    with pytest.raises(Refusal) as caught:
        credential(response_of(encoded), response_type=response_type)
    assert caught.value.problem.code == code
    assert code in codes()


def test_a_code_has_a_longest_length() -> None:
    """The limit itself is accepted."""
    encoded = f"code={'a' * CODE_LIMIT}"
    assert credential(response_of(encoded), response_type="code") == ("a" * CODE_LIMIT, ())


def test_a_missing_credential_shows_names_only() -> None:
    """What came instead is told by its parameters' names and never by a value."""
    with pytest.raises(Refusal) as caught:
        credential(response_of("state=secret&token=abc"), response_type="code")
    assert caught.value.problem.observed == "state, token"


@pytest.mark.parametrize("response_type", ["code", "id_token"])
@pytest.mark.parametrize(
    ("error", "code", "refused"),
    [
        *((error, f"authz.{error}", False) for error in sorted(NOT_AUTHENTICATED)),
        *((error, f"authz.{error}", True) for error in sorted(REFUSED)),
        ("Access_Denied", "authz.provider_error", False),
        pytest.param("x" * 500, "authz.provider_error", False, id="endless"),
        ("", "authz.provider_error", False),
    ],
)
def test_an_error_is_named_by_its_registered_value(
    error: str, code: str, refused: bool, response_type: str
) -> None:
    """A known error has a code of its own, any other shares one, and only a wrong registration refuses."""
    with pytest.raises(ProviderError) as caught:
        credential(response_of(f"error={error}&state=s"), response_type=response_type)
    assert (caught.value.code, caught.value.refused) == (code, refused)
    assert code in codes()
    assert len(caught.value.error) <= 80


def test_many_repeated_parameters_take_no_more_time_than_few() -> None:
    """As many as a form may have are counted once each, and the refusal names the first ones."""
    encoded = "&".join(f"a{number}=&a{number}=" for number in range(6_000))

    with pytest.raises(Refusal) as caught:
        read_response(encoded, mode="form_post")

    assert "authz.duplicate_parameter" == caught.value.problem.code
    assert caught.value.problem.observed.startswith("a0, a1, a10, ")
