from __future__ import annotations

import base64
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from harness.protocol.page_method import (
    Credential,
    Happened,
    NotLoggedIn,
    PageAnswer,
    check_kind,
    interpret,
)
from harness.protocol.problem import Refusal

URI = "https://www.brand.test/chat/redirect"
ISSUER = "https://login.brand.test"
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl"


def answered(token: Any, **others: Any) -> PageAnswer:
    """Return the answer of a page that called back with ``token``."""
    return PageAnswer(happened="answered", token=token, **others)


@pytest.mark.parametrize(
    ("token", "credential"),
    [
        ("eyJ", Credential(value="eyJ")),
        (" a code / with + anything %", Credential(value=" a code / with + anything %")),
        ({"ssoKey": "c0de", "redirect_uri": URI}, Credential(value="c0de", redirect_uri=URI)),
        ({"ssoKey": "c0de"}, Credential(value="c0de")),
        ({"ssoKey": "c0de", "redirect_uri": None}, Credential(value="c0de")),
        ({"ssoKey": "c0de", "more": 1}, Credential(value="c0de")),
    ],
)
def test_a_string_or_the_object_form_is_a_credential(token: Any, credential: Credential) -> None:
    """The page hands over a string or ``{ssoKey, redirect_uri}``, whatever the string looks like."""
    assert interpret(answered(token)) == credential


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (None, "sdk.token_empty"),
        ("", "sdk.token_empty"),
        ({}, "sdk.token_empty"),
        (0, "sdk.token_type"),
        (7, "sdk.token_type"),
        (False, "sdk.token_type"),
        (True, "sdk.token_type"),
        ([], "sdk.token_type"),
        (["eyJ"], "sdk.token_type"),
        ({"ssokey": "c0de"}, "sdk.result_shape"),
        ({"redirect_uri": URI}, "sdk.result_shape"),
        ({"ssoKey": ""}, "sdk.result_shape"),
        ({"ssoKey": 7}, "sdk.result_shape"),
        ({"ssoKey": {"ssoKey": "c0de"}}, "sdk.result_shape"),
        ({"ssoKey": "c0de", "redirect_uri": [URI]}, "sdk.result_shape"),
        ({"iss": ISSUER, "acr": "loa1", "sub": "alice"}, "sdk.token_type"),
        ({"sub": "alice"}, "sdk.result_shape"),
    ],
)
def test_nothing_else_is_a_credential(token: Any, code: str) -> None:
    """An empty answer, another type and another shape are told apart."""
    with pytest.raises(Refusal) as caught:
        interpret(answered(token))
    assert caught.value.problem.code == code


@pytest.mark.parametrize(
    "token",
    ["c0\ud800de", "\udfff", {"ssoKey": "\ud800"}, {"ssoKey": "c0de", "redirect_uri": f"{URI}\udc00"}],
)
def test_half_a_character_is_no_credential(token: Any) -> None:
    """A script can make half of a surrogate pair, which no request can carry."""
    with pytest.raises(Refusal) as caught:
        interpret(answered(token))
    assert caught.value.problem.code == "sdk.token_type"


def test_a_character_outside_the_basic_plane_is_whole() -> None:
    """A character that takes a pair in JavaScript is handed over like any other."""
    assert interpret(answered("c0de \U0001f511")).value == "c0de \U0001f511"


@pytest.mark.parametrize("token", [None, "", "ERROR", {"ssoKey": "c0de"}])
def test_an_error_means_that_nobody_is_logged_in(token: Any) -> None:
    """The error argument decides, whatever the first argument holds."""
    with pytest.raises(NotLoggedIn):
        interpret(answered(token, error_given=True))


@pytest.mark.parametrize(
    ("happened", "code"),
    [
        ("timeout", "sdk.callback_timeout"),
        ("missing", "sdk.method_missing"),
        ("not_callable", "sdk.method_not_callable"),
        ("threw", "sdk.method_threw"),
        ("rejected", "sdk.method_rejected"),
    ],
)
def test_a_call_that_was_not_answered_says_why(happened: Happened, code: str) -> None:
    """Each way in which a call can end without an answer has its own code, and no token counts then."""
    with pytest.raises(Refusal) as caught:
        interpret(PageAnswer(happened=happened, token="eyJ", error_given=True))
    assert caught.value.problem.code == code


def test_every_end_of_a_call_is_interpreted() -> None:
    """No end of a call is left without a meaning."""
    for happened in get_args(Happened):
        with pytest.raises(Refusal):
            interpret(PageAnswer(happened=happened))


def test_the_detail_is_what_was_observed() -> None:
    """What the SDK saw is reported in place of the general words."""
    with pytest.raises(Refusal) as caught:
        interpret(PageAnswer(happened="missing", detail="brand.auth"))
    assert caught.value.problem.observed == "brand.auth"


def test_an_answer_names_members_but_never_values() -> None:
    """A wrong shape is described by its member names, because a value may be a credential."""
    with pytest.raises(Refusal) as caught:
        interpret(answered({"token": "eyJ-secret"}))
    assert "token" in caught.value.problem.observed
    assert "eyJ-secret" not in caught.value.problem.observed


def test_a_credential_does_not_show_its_value() -> None:
    """The credential's value stays out of every representation."""
    assert "eyJ-secret" not in repr(interpret(answered("eyJ-secret")))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"happened": "vanished"},
        {"happened": "answered", "more": 1},
        {"happened": "answered", "waited_ms": -1},
        {"happened": "threw", "detail": "x" * 201},
        {"happened": "answered", "token_type": "x" * 33},
    ],
)
def test_only_the_contract_crosses_the_wire(body: dict[str, Any]) -> None:
    """An answer with an unknown end, an unknown member or an oversized text is no answer."""
    with pytest.raises(ValidationError):
        PageAnswer.model_validate(body)


@pytest.mark.parametrize(
    ("token_type", "code"),
    [
        ("undefined", "sdk.token_empty"),
        ("null", "sdk.token_empty"),
        ("object", "sdk.token_empty"),
        ("promise", "sdk.token_type"),
        ("element", "sdk.token_type"),
        ("function", "sdk.token_type"),
        ("number", "sdk.token_type"),
    ],
)
def test_what_is_no_json_is_known_by_its_type(token_type: str, code: str) -> None:
    """A promise or an element cannot be passed on, and is not the same mistake as nothing at all."""
    with pytest.raises(Refusal) as caught:
        interpret(answered(None, token_type=token_type))
    assert caught.value.problem.code == code
    assert caught.value.problem.observed == token_type


@pytest.mark.parametrize(("falsy", "codes"), [(False, []), (True, ["sdk.error_argument_falsy"])])
def test_a_falsy_error_is_an_error_that_looks_like_none(falsy: bool, codes: list[str]) -> None:
    """It means that nobody is logged in, and is noted because few pages mean that by it."""
    with pytest.raises(NotLoggedIn) as caught:
        interpret(answered(None, error_given=True, error_falsy=falsy))
    assert [note.code for note in caught.value.notes] == codes


@pytest.mark.parametrize(
    ("value", "decoration"),
    [
        (f"Bearer {TOKEN}", "a token after the word Bearer"),
        (f"bearer  {TOKEN}", "a token after the word Bearer"),
        (f'"{TOKEN}"', "a token in quotes"),
        (f"'{TOKEN}'", "a token in quotes"),
        (f" {TOKEN}", "a token with white space around it"),
        (f"{TOKEN}\n", "a token with white space around it"),
        (TOKEN.replace(".", "%2E"), "a percent-encoded token"),
        (base64.b64encode(TOKEN.encode()).decode(), "a token in base64 once more"),
        (base64.urlsafe_b64encode(TOKEN.encode()).decode().rstrip("="), "a token in base64 once more"),
        (f'"{TOKEN}.iv.tag"', "a token in quotes"),
    ],
)
def test_a_wrapped_token_is_named_by_its_wrapping(value: str, decoration: str) -> None:
    """The page is told what to take off, and never shown the token."""
    with pytest.raises(Refusal) as caught:
        check_kind(value, response_type="id_token", issuer=ISSUER)
    problem = caught.value.problem
    assert (problem.code, problem.observed) == ("jwt.malformed_compact", decoration)


@pytest.mark.parametrize("value", ["an-opaque-code", "c0dec0de", "a" * 2_500, "Zm9vYmFyYmF6"])
def test_an_opaque_value_is_no_id_token(value: str) -> None:
    """A code where the connector expects an id_token: page and connector are set to different flows."""
    with pytest.raises(Refusal) as caught:
        check_kind(value, response_type="id_token", issuer=ISSUER)
    assert caught.value.problem.code == "sdk.flow_mismatch"


@pytest.mark.parametrize(
    "value", [TOKEN, f"{TOKEN}.iv.tag", "a.b", "short", "not a token", "é" * 12, "====", ""]
)
def test_the_pipeline_says_what_else_is_wrong_with_a_token(value: str) -> None:
    """A bare token, and what is neither wrapped nor opaque, is left to the verification."""
    check_kind(value, response_type="id_token", issuer=ISSUER)


@pytest.mark.parametrize(
    "value", ["access_denied", "login_required", "invalid_grant", "server_error", ISSUER]
)
def test_an_error_or_the_issuer_is_no_code(value: str) -> None:
    """A page that takes the first parameter of its address may take one of these."""
    with pytest.raises(Refusal) as caught:
        check_kind(value, response_type="code", issuer=ISSUER)
    assert caught.value.problem.code == "sdk.error_passed_as_code"


@pytest.mark.parametrize("value", ["c0de", TOKEN, f"Bearer {TOKEN}", "error", "ACCESS_DENIED", f"{ISSUER}/"])
def test_of_a_code_nothing_else_is_said(value: str) -> None:
    """A code is opaque (RFC 6749 section 4.1.2)."""
    check_kind(value, response_type="code", issuer=ISSUER)
