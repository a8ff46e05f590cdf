from __future__ import annotations

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from harness.protocol.page_method import Credential, Happened, NotLoggedIn, PageAnswer, interpret
from harness.protocol.problem import Refusal

URI = "https://www.brand.test/chat/redirect"


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
