from __future__ import annotations

from typing import Any

import pytest

from harness.protocol.identity import check_identity

CLAIMS = {"iss": "https://login.brand.test", "sub": "alice", "exp": 1_795_176_300}
IDENTITY = {"iss": "https://login.brand.test", "sub": "alice", "acr": "loa1"}
INVALID, MISMATCH = "platform.identity_invalid", "platform.identity_mismatch"


def found(identity: Any) -> list[str]:
    """Return the codes that an identity gets beside alice's claims."""
    return [problem.code for problem in check_identity(identity, CLAIMS)]


def test_a_page_need_not_push_an_identity() -> None:
    """Where the page has no identity function there is nothing to hold against the token."""
    assert found(None) == []


def test_the_identity_of_the_token_is_no_finding() -> None:
    """Issuer and subject are the token's, and ``acr`` is the page's own."""
    assert found(IDENTITY) == []


@pytest.mark.parametrize(
    "identity",
    [
        "alice",
        7,
        True,
        [],
        [IDENTITY],
        {},
        {**IDENTITY, "iss": None},
        {**IDENTITY, "acr": 1},
        {**IDENTITY, "sub": True},
        {**IDENTITY, "sub": 7},
        {name: IDENTITY[name] for name in ("iss", "sub")},
        {name: IDENTITY[name] for name in ("sub", "acr")},
        {**IDENTITY, "exp": 1_795_176_300},
        {**IDENTITY, "email": "alice@brand.test"},
    ],
)
def test_an_identity_is_three_strings(identity: Any) -> None:
    """A missing member, another type and a token's claim are reported, and none of them is a stranger."""
    assert found(identity) == [INVALID]


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"sub": "bob"}, [MISMATCH]),
        ({"sub": "Alice"}, [MISMATCH]),
        ({"sub": "alice "}, [MISMATCH]),
        ({"sub": ""}, [MISMATCH]),
        ({"iss": "https://login.brand.test/"}, [MISMATCH]),
        ({"iss": "https://idp.test", "sub": "bob"}, [MISMATCH]),
        ({"sub": "bob", "acr": 1}, [INVALID, MISMATCH]),
        ({"iss": 7, "sub": "bob"}, [INVALID, MISMATCH]),
        ({"sub": "bob", "exp": 1}, [INVALID, MISMATCH]),
    ],
)
def test_another_identity_is_a_mismatch(change: dict[str, Any], codes: list[str]) -> None:
    """Issuer and subject are compared octet by octet, once, in a malformed identity too."""
    assert found({**IDENTITY, **change}) == codes


@pytest.mark.parametrize("name", ["iss", "sub"])
def test_a_mismatch_never_shows_whom_the_page_named(name: str) -> None:
    """The finding names the member and keeps the value to itself."""
    (problem,) = check_identity({**IDENTITY, name: "https://bob.test"}, CLAIMS)
    assert "bob" not in problem.expected + problem.observed
    assert name in problem.observed
