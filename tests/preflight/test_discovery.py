"""What a discovery document says of issuer, response types and PKCE."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.preflight.asking import Heard
from harness.preflight.discovery import DiscoverySeen, judge, judge_response_type

from .conftest import ISSUER, connector, document, found, heard, marks

MISSING = heard(status=404)


def told(**changes: Any) -> Heard:
    """Return an answer with a document."""
    return heard(body=json.dumps(document(**changes)), content_type="application/json")


def seen(own: Heard | None, *elsewhere: Heard, **settings: Any) -> DiscoverySeen:
    """Return what was seen of the issuer."""
    return DiscoverySeen(connector=connector(**settings), own=own, elsewhere=elsewhere)


def judged(one: DiscoverySeen) -> dict[str, str]:
    """Return what is found in strict mode."""
    return found(judge(one, one.connector, "strict"))


@pytest.mark.parametrize(
    "issuer", [f"{ISSUER}/", ISSUER.upper(), ISSUER.replace("https", "http"), "https://www.acme.example"]
)
def test_an_issuer_is_compared_octet_by_octet(issuer: str) -> None:
    """A slash, a case, a scheme or a host more is another issuer (OpenID Connect Discovery section 4.3)."""
    assert {"disco.issuer_mismatch": "error"} == judged(seen(told(issuer=issuer)))


def test_the_right_issuer_is_found_above_the_endpoints() -> None:
    """Where the configured issuer has no document, the one whose endpoints are configured is named."""
    assert {"disco.issuer_mismatch": "error"} == judged(
        seen(MISSING, told(), issuer=f"{ISSUER}/tenants/other")
    )


def test_a_document_of_somebody_else_proves_nothing() -> None:
    """Another tenant on the same host is no reason to doubt the issuer."""
    other = {name: f"{ISSUER}/t2/{name}" for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}

    assert {} == judged(seen(MISSING, told(issuer=f"{ISSUER}/t2", **other), issuer=f"{ISSUER}/t1"))


@pytest.mark.parametrize(("asked_for", "expected"), [(False, {}), (True, {"disco.invalid": "error"})])
def test_a_document_is_needed_by_those_who_ask_for_it(asked_for: bool, expected: dict[str, str]) -> None:
    """The platform reads none; a connector with discovery does."""
    assert expected == judged(seen(MISSING, discovery=asked_for))


@pytest.mark.parametrize(("asked_for", "severity"), [(False, "warning"), (True, "error")])
def test_an_incomplete_document_weighs_as_much_as_it_is_needed(asked_for: bool, severity: str) -> None:
    """A member that Discovery requires is missing."""
    one = seen(told(subject_types_supported=None), discovery=asked_for)

    assert {"disco.invalid": severity} == judged(one)


@pytest.mark.parametrize(
    ("methods", "mark"), [(["S256"], "yes"), (["plain"], "warning"), ([], "warning"), (None, "warning")]
)
def test_pkce_is_offered_or_not(methods: list[str] | None, mark: str) -> None:
    """A flow that needs it is warned where the document does not offer S256."""
    one = seen(told(code_challenge_methods_supported=methods))

    assert ("PKCE", mark) in marks(judge(one, one.connector, "strict"))


@pytest.mark.parametrize(
    ("types", "mark"),
    [(["code", "id_token"], "yes"), (["id_token"], "warning"), (None, "unknown")],
)
def test_the_response_type_is_advertised_or_not_or_nobody_knows(types: list[str] | None, mark: str) -> None:
    """What is not advertised is a warning: only the server itself refuses."""
    one = seen(told(response_types_supported=types))

    assert [("response type", mark)] == marks(judge_response_type(one, one.connector))


def test_another_endpoint_than_the_configured_one_is_worth_a_line() -> None:
    """It may be a typing error, or a door of its own for the platform."""
    one = seen(told(token_endpoint=f"{ISSUER}/oauth/token"))

    assert ("token_endpoint", "warning") in marks(judge(one, one.connector, "strict"))
