"""Discovery documents: what must stand in them, and what is odd about them."""

from __future__ import annotations

from typing import Any

import pytest

from harness.protocol import metadata
from harness.protocol.problem import Refusal

ISSUER = "https://login.brand.test"
ABSENT: Any = object()
DOCUMENT: dict[str, Any] = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/jwks",
    "response_types_supported": ["code", "id_token"],
    "subject_types_supported": ["public"],
    "id_token_signing_alg_values_supported": ["RS256"],
    "code_challenge_methods_supported": ["S256"],
}


def document(**changes: Any) -> dict[str, Any]:
    """Return a good document with changes; ``ABSENT`` drops a member."""
    return {name: value for name, value in {**DOCUMENT, **changes}.items() if value is not ABSENT}


def refused(told: Any) -> str:
    """Return the code with which a document is refused."""
    with pytest.raises(Refusal) as caught:
        metadata.read(told, issuer=ISSUER, pkce=True)
    return caught.value.problem.code


def noticed(told: dict[str, Any], *, pkce: bool = True) -> list[str]:
    """Return the codes of what is odd about a document."""
    return [problem.code for problem in metadata.read(told, issuer=ISSUER, pkce=pkce).problems]


@pytest.mark.parametrize("issuer", [ISSUER, f"{ISSUER}/"])
def test_the_document_is_below_its_issuer(issuer: str) -> None:
    """The address has one slash before its well-known part, whether or not the issuer ends in one."""
    assert metadata.well_known(issuer) == f"{ISSUER}/.well-known/openid-configuration"


def test_a_good_document_says_where_the_keys_are() -> None:
    """Members that nobody needs change nothing."""
    found = metadata.read(document(more=1), issuer=ISSUER, pkce=True)
    assert (found.jwks_uri, found.problems) == (f"{ISSUER}/jwks", ())


@pytest.mark.parametrize("told", [None, [], "issuer", 7])
def test_a_document_is_an_object(told: Any) -> None:
    """Any other JSON is no document."""
    assert refused(told) == "disco.invalid"


@pytest.mark.parametrize("value", [ABSENT, None, 7, ["https://login.brand.test"]])
@pytest.mark.parametrize("name", ["issuer", "authorization_endpoint", "jwks_uri"])
def test_a_required_address_is_a_text(name: str, value: Any) -> None:
    """What is required and missing, or of another type, makes the document unfit."""
    assert refused(document(**{name: value})) == "disco.invalid"


@pytest.mark.parametrize("value", [ABSENT, None, "RS256", {"RS256": 1}, ["RS256", 7]])
@pytest.mark.parametrize(
    "name",
    ["response_types_supported", "subject_types_supported", "id_token_signing_alg_values_supported"],
)
def test_a_required_list_holds_texts_only(name: str, value: Any) -> None:
    """A list that is required is there, is a list, and holds nothing but texts."""
    assert refused(document(**{name: value})) == "disco.invalid"


@pytest.mark.parametrize(
    "issuer", [f"{ISSUER}/", "https://idp.test", "http://login.brand.test", "https://LOGIN.brand.test", ""]
)
def test_a_document_speaks_for_its_own_issuer(issuer: str) -> None:
    """Another issuer, or another spelling, speaks for somebody else."""
    assert refused(document(issuer=issuer)) == "disco.issuer_mismatch"


@pytest.mark.parametrize(
    "name", ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"]
)
def test_an_endpoint_at_another_origin_is_noticed(name: str) -> None:
    """An endpoint elsewhere, or by another scheme, may be meant, and is named."""
    elsewhere = document(**{name: "https://cdn.brand.test/it"})
    (problem,) = metadata.read(elsewhere, issuer=ISSUER, pkce=True).problems
    assert (problem.code, problem.observed) == ("disco.endpoint_cross_origin", name)
    assert noticed(document(**{name: "http://login.brand.test/it"})) == ["disco.endpoint_cross_origin"]


@pytest.mark.parametrize(
    "authority", ["[login.brand.test", "login.brand.test:https", "login.brand.test:99999"]
)
@pytest.mark.parametrize("name", ["token_endpoint", "jwks_uri"])
def test_an_endpoint_that_is_no_url_makes_the_document_unfit(name: str, authority: str) -> None:
    """A host or a port that cannot be read is the document's mistake, found before anything is sent there."""
    assert refused(document(**{name: f"https://{authority}/it"})) == "disco.invalid"


@pytest.mark.parametrize("value", [None, 7])
def test_an_optional_endpoint_that_is_no_text_is_nowhere(value: Any) -> None:
    """An optional endpoint of another type is at no origin, and so not at the issuer's."""
    assert noticed(document(userinfo_endpoint=value)) == ["disco.endpoint_cross_origin"]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("id_token_signing_alg_values_supported", ["RS256", "none"]),
        ("id_token_encryption_alg_values_supported", ["RSA-OAEP-256", "RSA1_5"]),
        ("code_challenge_methods_supported", ["S256", "plain"]),
    ],
)
def test_what_is_weak_is_noticed(name: str, values: list[str]) -> None:
    """An algorithm that protects nothing is named where the document offers it."""
    (problem,) = metadata.read(document(**{name: values}), issuer=ISSUER, pkce=True).problems
    assert (problem.code, problem.observed) == ("disco.weak_advertised", name)


@pytest.mark.parametrize("methods", [ABSENT, None, [], ["s256"], "S256"])
def test_pkce_is_expected_where_the_connector_uses_it(methods: Any) -> None:
    """A document that does not offer S256 is noticed by a connector with PKCE, and by no other."""
    told = document(code_challenge_methods_supported=methods)
    assert noticed(told) == ["disco.pkce_not_advertised"]
    assert noticed(told, pkce=False) == []
