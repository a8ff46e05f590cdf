from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from harness.protocol import claims
from harness.protocol.claims import Expected
from harness.protocol.problem import Problem

NOW = 1_795_176_000
ISSUER = "https://login.brand.test"
EXPECTED = Expected(issuer=ISSUER, client_id="platform", now=NOW)
ABSENT: Any = object()

Rule = Callable[[Mapping[str, Any], Expected], Iterator[Problem]]


def found(rule: Rule, name: str, value: Any, expected: Expected = EXPECTED, **others: Any) -> list[str]:
    """Return the codes that a rule finds for one claim."""
    given = others if value is ABSENT else {**others, name: value}
    return [problem.code for problem in rule(given, expected)]


@pytest.mark.parametrize(
    ("iss", "codes"),
    [
        (ISSUER, []),
        (ABSENT, ["claims.iss_missing"]),
        (None, ["claims.iss_missing"]),
        ("", ["claims.iss_missing"]),
        ([ISSUER], ["claims.iss_type"]),
        (0, ["claims.iss_type"]),
        (ISSUER + "/", ["claims.iss_mismatch"]),
        (ISSUER.upper(), ["claims.iss_mismatch"]),
        (ISSUER + ":443", ["claims.iss_mismatch"]),
        ("http" + ISSUER.removeprefix("https"), ["claims.iss_mismatch"]),
        (ISSUER.removesuffix(".test"), ["claims.iss_mismatch"]),
    ],
)
def test_iss_equals_the_issuer(iss: Any, codes: list[str]) -> None:
    """``iss`` is a string and equals the configured issuer octet by octet, without normalisation."""
    assert found(claims.check_iss, "iss", iss) == codes


@pytest.mark.parametrize(
    ("aud", "codes"),
    [
        ("platform", []),
        (["platform"], []),
        (["platform", "trusted"], []),
        (ABSENT, ["claims.aud_missing"]),
        (None, ["claims.aud_missing"]),
        ([], ["claims.aud_type"]),
        ({"platform": 1}, ["claims.aud_type"]),
        (7, ["claims.aud_type"]),
        ([["platform"]], ["claims.aud_type"]),
        (["platform", 7], ["claims.aud_type"]),
        ("", ["claims.aud_mismatch"]),
        ("Platform", ["claims.aud_mismatch"]),
        ("platform-2", ["claims.aud_mismatch"]),
        (["trusted"], ["claims.aud_mismatch"]),
        (["platform", "stranger"], ["claims.aud_untrusted"]),
        (["platform", "trusted", "stranger"], ["claims.aud_untrusted"]),
    ],
)
def test_aud_names_this_client_and_no_stranger(aud: Any, codes: list[str]) -> None:
    """``aud`` holds the client id, and beside it only audiences that the connector trusts."""
    trusting = Expected(issuer=ISSUER, client_id="platform", audiences=frozenset({"trusted"}), now=NOW)
    assert found(claims.check_aud, "aud", aud, trusting) == codes


@pytest.mark.parametrize(
    ("exp", "codes"),
    [
        (NOW + 300, []),
        (NOW + 0.5, []),
        (NOW, []),
        (NOW - 59, []),
        (NOW - 60, ["claims.expired"]),
        (NOW - 61, ["claims.expired"]),
        (0, ["claims.expired"]),
        (ABSENT, ["claims.exp_missing"]),
        (None, ["claims.exp_missing"]),
        (str(NOW + 300), ["claims.numericdate"]),
        (True, ["claims.numericdate"]),
        ([NOW], ["claims.numericdate"]),
        ((NOW + 300) * 1000, ["claims.numericdate_ms"]),
        (10**11 - 1, []),
        (10**11, ["claims.numericdate_ms"]),
        (-(10**11), ["claims.numericdate_ms"]),
    ],
)
def test_exp_lies_ahead(exp: Any, codes: list[str]) -> None:
    """``exp`` is a number of seconds, after now minus the leeway and not on it."""
    assert found(claims.check_exp, "exp", exp) == codes


@pytest.mark.parametrize(
    ("iat", "codes"),
    [
        (NOW, []),
        (NOW + 60, []),
        (NOW + 61, ["claims.iat_future"]),
        (NOW - 660, []),
        (NOW - 661, ["claims.iat_too_old"]),
        (ABSENT, ["claims.iat_missing"]),
        (None, ["claims.iat_missing"]),
        (str(NOW), ["claims.numericdate"]),
        (False, ["claims.numericdate"]),
        (NOW * 1000, ["claims.numericdate_ms"]),
    ],
)
def test_iat_is_recent(iat: Any, codes: list[str]) -> None:
    """``iat`` is a number of seconds, neither ahead of now nor older than the window."""
    assert found(claims.check_iat, "iat", iat) == codes


@pytest.mark.parametrize(
    ("exp", "codes"),
    [
        (NOW + 1, []),
        (NOW, ["claims.time_order"]),
        (NOW - 10, ["claims.time_order"]),
        (str(NOW - 10), []),
        (True, []),
    ],
)
def test_iat_is_before_exp(exp: Any, codes: list[str]) -> None:
    """A token is issued before it expires; an ``exp`` of another type is for its own rule."""
    assert found(claims.check_iat, "iat", NOW, exp=exp) == codes


def test_time_order_and_age_are_both_found() -> None:
    """A token that is too old and expires before it was issued shows both."""
    assert found(claims.check_iat, "iat", NOW - 5_000, exp=NOW - 6_000) == [
        "claims.time_order",
        "claims.iat_too_old",
    ]


@pytest.mark.parametrize(
    ("sent", "nonce", "codes"),
    [
        ("n-0S6", "n-0S6", []),
        ("n-0S6", ABSENT, ["claims.nonce_missing"]),
        ("n-0S6", None, ["claims.nonce_missing"]),
        ("n-0S6", "", ["claims.nonce_mismatch"]),
        ("n-0S6", "N-0s6", ["claims.nonce_mismatch"]),
        ("n-0S6", "n-0S6 ", ["claims.nonce_mismatch"]),
        ("n-0S6", "é", ["claims.nonce_mismatch"]),
        ("n-0S6", 7, ["claims.nonce_mismatch"]),
        ("n-0S6", ["n-0S6"], ["claims.nonce_mismatch"]),
        (None, ABSENT, []),
        (None, "unsolicited", []),
    ],
)
def test_nonce_is_the_one_that_was_sent(sent: str | None, nonce: Any, codes: list[str]) -> None:
    """``nonce`` is held against the request's when one was sent, and is no finding otherwise."""
    asked = Expected(issuer=ISSUER, client_id="platform", nonce=sent, now=NOW)
    assert found(claims.check_nonce, "nonce", nonce, asked) == codes


@pytest.mark.parametrize(
    ("sub", "codes"),
    [
        ("alice", []),
        ("a" * 255, []),
        ("{alice} ~", []),
        (ABSENT, ["claims.sub_missing"]),
        (None, ["claims.sub_missing"]),
        ("", ["claims.sub_missing"]),
        (" \t", ["claims.sub_missing"]),
        (7, ["claims.sub_type"]),
        (True, ["claims.sub_type"]),
        (["alice"], ["claims.sub_type"]),
        ("platform", ["claims.sub_is_client"]),
        ("alicé", ["claims.sub_format"]),
        ("alice\n", ["claims.sub_format"]),
        ("ali\x00ce", ["claims.sub_format"]),
        ("a" * 256, ["claims.sub_format"]),
    ],
)
def test_sub_is_a_consumer(sub: Any, codes: list[str]) -> None:
    """``sub`` is a string of 1 to 255 printable ASCII characters and not the client."""
    assert found(claims.check_sub, "sub", sub) == codes


@pytest.mark.parametrize(("sub", "severity"), [("a" * 256, "error"), ("é" * 255, None)])
def test_only_length_is_an_error_in_every_mode(sub: str, severity: str | None) -> None:
    """A ``sub`` that cannot be stored is an error whatever the mode; its alphabet is the mode's affair."""
    assert [problem.severity for problem in claims.check_sub({"sub": sub}, EXPECTED)] == [severity]
