"""The contract of a verification backend: what its messages may say, and what they never show."""

from __future__ import annotations

import json
import runpy
from typing import Any

import pytest
from openapi_spec_validator import validate
from pydantic import BaseModel

from harness.catalogue.codes import codes
from harness.protocol.page_method import PageAnswer
from harness.verification import contract
from harness.verification.contract import NotTheContract

ENGAGED = {"surface": "popup", "connector": "implicit", "mode": "strict"}
PROBLEM = {
    "step": "claims",
    "code": "claims.expired",
    "severity": "error",
    "expected": "after now",
    "observed": "before",
}
REFUSED: dict[str, Any] = {
    "flow": "f1",
    "outcome": "refused",
    "code": "claims.expired",
    "problems": [PROBLEM],
    "engagement": ENGAGED,
}
ACCEPTED: dict[str, Any] = {
    "flow": "f1",
    "outcome": "authenticated",
    "code": None,
    "problems": [{**PROBLEM, "severity": "warning"}],
    "engagement": ENGAGED,
    "claims": {"iss": "https://login.brand.test", "sub": "fh-100234", "given_name": "Alice"},
}
ABSENT: dict[str, Any] = {
    "flow": "f1",
    "outcome": "not_authenticated",
    "code": "authz.login_required",
    "problems": [],
    "engagement": ENGAGED,
}


def read(values: dict[str, Any]) -> contract.Decided:
    """Read a verdict as it crosses the wire."""
    return contract.read(json.dumps(values).encode(), contract.Decided)


def test_the_document_is_valid_openapi() -> None:
    """OpenAPI 3.1, wherever the backend is."""
    document = contract.document("https://verify.acme.example/base")
    validate(document)

    assert "3.1.0" == document["openapi"]


def test_running_the_module_prints_the_document(capsys: pytest.CaptureFixture[str]) -> None:
    """An implementer gets the whole contract with one command."""
    runpy.run_path(contract.__file__, run_name="__main__")
    printed = json.loads(capsys.readouterr().out)
    validate(printed)

    assert contract.document("https://verify.example") == printed


def test_every_message_and_every_member_is_described() -> None:
    """An implementer reads the document, not this code."""
    schemas = contract.document("https://verify.example")["components"]["schemas"]
    silent = [
        f"{name}.{member}"
        for name, schema in schemas.items()
        for member, described in schema.get("properties", {}).items()
        # A reference is described where it leads; the page's answer in its own text.
        if "description" not in described and "$ref" not in described and name != PageAnswer.__name__
    ]

    assert [] == silent
    assert [] == [name for name, schema in schemas.items() if not schema.get("description")]


def test_every_message_refuses_what_it_does_not_know() -> None:
    """An unknown member is a mistake on either side."""
    schemas = contract.document("https://verify.example")["components"]["schemas"]
    objects = {name: schema for name, schema in schemas.items() if schema["type"] == "object"}

    assert set() == {name for name, schema in objects.items() if schema["additionalProperties"] is not False}


def test_the_document_names_every_code() -> None:
    """A backend chooses from the same codes, each with its meaning."""
    named = contract.document("https://verify.example")["components"]["schemas"]["Code"]["oneOf"]

    assert {code.code: code.title for code in codes().values()} == {
        one["const"]: one["title"] for one in named
    }


@pytest.mark.parametrize("verdict", [REFUSED, ACCEPTED, ABSENT], ids=lambda one: one["outcome"])
def test_a_verdict_is_read_and_written_unchanged(verdict: dict[str, Any]) -> None:
    """What was not said is not added."""
    assert verdict == json.loads(contract.written(read(verdict)))


@pytest.mark.parametrize(
    "verdict",
    [
        {**REFUSED, "code": None},
        {**REFUSED, "code": "claims.nonce_mismatch"},
        {**REFUSED, "code": "claims.unheard_of"},
        {**REFUSED, "problems": []},
        {**REFUSED, "problems": [{**PROBLEM, "severity": "warning"}]},
        {**REFUSED, "problems": [{**PROBLEM, "code": "made.up"}]},
        {**REFUSED, "problems": [{**PROBLEM, "observed": 7}]},
        {**REFUSED, "problems": [{**PROBLEM, "expected": None}]},
        {**REFUSED, "claims": ACCEPTED["claims"]},
        {**REFUSED, "outcome": "undetermined"},
        {**REFUSED, "flow": "two words"},
        {**ACCEPTED, "claims": None},
        {**ACCEPTED, "engagement": None},
        {**ACCEPTED, "code": "claims.expired"},
        {**ACCEPTED, "problems": [PROBLEM]},
        {**ACCEPTED, "claims": {"iss": "https://login.brand.test"}},
        {**ACCEPTED, "claims": {**ACCEPTED["claims"], "sub": 7}},
        {**ACCEPTED, "claims": {**ACCEPTED["claims"], "sub": "fh\x00"}},
        {**ACCEPTED, "claims": {**ACCEPTED["claims"], "sub": "x" * 256}},
        {**ACCEPTED, "claims": {**ACCEPTED["claims"], "sub": ""}},
        {**ACCEPTED, "claims": {**ACCEPTED["claims"], "address": "unasked"}},
        {**ABSENT, "code": None},
        {**ABSENT, "profile": 7},
    ],
    ids=str,
)
def test_a_verdict_that_contradicts_itself_is_none(verdict: dict[str, Any]) -> None:
    """Outcome, code, problems, engagement and claims agree, or nothing is believed."""
    with pytest.raises(NotTheContract):
        read(verdict)


@pytest.mark.parametrize(
    "octets",
    [b"", b"{", b"nothing", b'{"flow":"a","flow":"b"}', b"\xef\xbb\xbf{}", b'{"flow":"\\ud800"}', b"[" * 99],
    ids=["empty", "cut", "word", "member twice", "byte order mark", "surrogate", "deep"],
)
def test_a_message_is_json_with_one_meaning(octets: bytes) -> None:
    """Two readers cannot disagree about it (RFC 7493)."""
    with pytest.raises(NotTheContract) as caught:
        contract.read(octets, contract.Decided)

    assert caught.value.not_json


def test_the_sentence_about_a_bad_message_repeats_none_of_its_values() -> None:
    """It is logged and sent back."""
    with pytest.raises(NotTheContract) as caught:
        read({**ACCEPTED, "claims": {"iss": "https://login.brand.test", "sub": ["s3cr3t"]}})

    assert "claims.sub" in str(caught.value)
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("before\x1b[2Jnow\n", "before�[2Jnow�"),
        ("got eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln here", "got [a token] here"),
        ("x" * 5_000, "x" * contract.TEXT_LIMIT),
    ],
    ids=["controls", "a token", "length"],
)
def test_a_foreign_text_is_fit_to_be_printed(said: str, shown: str) -> None:
    """No control characters, no token, no end of it."""
    problem = read({**REFUSED, "problems": [{**PROBLEM, "observed": said}]}).problems[0]

    assert shown == problem.observed


@pytest.mark.parametrize(
    "message",
    [
        contract.OpenedCall(call_id="s3cr3t", code_challenge=None, sealed_verifier="s3cr3t"),
        contract.AnswerCall(
            call_id="s3cr3t",
            session="s3cr3t",
            origin="https://www.brand.test",
            sealed_verifier="s3cr3t",
            answer=PageAnswer(happened="answered", token="s3cr3t"),
            identity="s3cr3t",
        ),
        contract.OpenedPopup(url="https://login.brand.test/authorize?state=s3cr3t"),
        contract.AnswerPopup(mode="query", encoded="code=s3cr3t", binding="s3cr3t", session="s3cr3t"),
        contract.Decided.model_validate({**ACCEPTED, "claims": {"iss": "https://a.test", "sub": "s3cr3t"}}),
        PageAnswer(happened="answered", token="s3cr3t"),
    ],
    ids=lambda message: type(message).__name__,
)
def test_a_message_shows_no_credential(message: BaseModel) -> None:
    """What is printed by accident holds no secret."""
    assert "s3cr3t" not in repr(message)
    assert "s3cr3t" not in str(message)
