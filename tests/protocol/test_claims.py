from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import Any

import pytest

from harness.protocol import claims
from harness.protocol.base64url import encode
from harness.protocol.claims import Expected
from harness.protocol.problem import Problem

NOW = 1_795_176_000
ISSUER = "https://login.brand.test"
EXPECTED = Expected(issuer=ISSUER, client_id="platform", now=NOW)
ABSENT: Any = object()
INFO = {"type": "ctmrinfo", "info": {"customerId": "alice"}}
PERSONAL = {"type": "personal", "personal": {"firstname": "Alice"}}

# OpenID Connect Core appendix A.3 gives the first hash; the others are of the same token.
ACCESS_TOKEN = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
AT_HASH = "77QmUPtjPfzWtF2AnpK9RQ"
AT_HASH_384 = "jtAeDp945y1dDqU3nkIVGNZP1HjH_MFs"
AT_HASH_512 = "q7nS86GgvvFaZkzALLWqJYaJIKw2wCDAVfCAsm5CrBM"

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


@pytest.mark.parametrize("iss", ["brand", "login.brand.test", "http://login.brand.test", "urn:brand"])
def test_iss_is_an_https_url(iss: str) -> None:
    """An issuer that is configured as it is sent and is no https URL is told from a stranger."""
    named = Expected(issuer=iss, client_id="platform", now=NOW)
    assert found(claims.check_iss, "iss", iss, named) == ["claims.iss_format"]
    assert found(claims.check_iss, "iss", ISSUER, named) == ["claims.iss_mismatch"]


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
        ("", ["claims.aud_type"]),
        (" ", ["claims.aud_type"]),
        ({}, ["claims.aud_type"]),
        (["platform", ""], ["claims.aud_type"]),
        (["platform", None], ["claims.aud_type"]),
        ("Platform", ["claims.aud_type"]),
        (["PLATFORM"], ["claims.aud_type"]),
        (["trusted", "platforM"], ["claims.aud_type"]),
        (["platform", "platform"], []),
        (["trusted", "platform"], []),
        (["stranger"], ["claims.aud_mismatch"]),
        ("stranger", ["claims.aud_mismatch"]),
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
    ("azp", "codes"),
    [
        (ABSENT, []),
        (None, []),
        ("platform", []),
        ("app", []),
        ("Platform", ["claims.azp_mismatch"]),
        ("trusted", ["claims.azp_mismatch"]),
        ("", ["claims.azp_mismatch"]),
        (7, ["claims.azp_mismatch"]),
        (["platform"], ["claims.azp_mismatch"]),
        ({}, ["claims.azp_mismatch"]),
    ],
)
def test_azp_is_this_client_or_a_known_app(azp: Any, codes: list[str]) -> None:
    """``azp`` may be missing, with several audiences too, and else names a party that is listed."""
    listing = Expected(
        issuer=ISSUER,
        client_id="platform",
        audiences=frozenset({"trusted"}),
        authorized_parties=frozenset({"app"}),
        now=NOW,
    )
    assert found(claims.check_azp, "azp", azp, listing, aud=["platform", "trusted"]) == codes


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


@pytest.mark.parametrize(
    ("exp", "codes"),
    [
        (NOW - 6_000, ["claims.iat_too_old", "claims.time_order"]),
        (NOW + 86_400, ["claims.iat_too_old", "claims.lifetime_long"]),
    ],
)
def test_age_and_lifetime_are_both_found(exp: int, codes: list[str]) -> None:
    """A token that is too old and lives too short or too long shows both, its age first."""
    assert found(claims.check_iat, "iat", NOW - 5_000, exp=exp) == codes


@pytest.mark.parametrize(
    ("lifetime", "findings"),
    [
        (600, []),
        (86_400, []),
        (86_401, [("claims.lifetime_long", None)]),
        (7 * 86_400, [("claims.lifetime_long", None)]),
        (7 * 86_400 + 1, [("claims.lifetime_long", "error")]),
    ],
)
def test_a_lifetime_has_two_limits(lifetime: int, findings: list[tuple[str, str | None]]) -> None:
    """Above a day the mode decides, and above a week the token is refused in every mode."""
    given = {"iat": NOW, "exp": NOW + lifetime}
    assert [(one.code, one.severity) for one in claims.check_iat(given, EXPECTED)] == findings


@pytest.mark.parametrize(
    ("nbf", "codes"),
    [
        (ABSENT, []),
        (None, []),
        (0, []),
        (NOW, []),
        (NOW + 60, []),
        (NOW + 61, ["claims.not_yet_valid"]),
        (NOW + 60.5, ["claims.not_yet_valid"]),
        (str(NOW), ["claims.numericdate"]),
        (True, ["claims.numericdate"]),
        (NOW * 1000, ["claims.numericdate_ms"]),
    ],
)
def test_nbf_has_passed(nbf: Any, codes: list[str]) -> None:
    """``nbf`` may be missing, and else is a number of seconds not ahead of now plus the leeway."""
    assert found(claims.check_nbf, "nbf", nbf) == codes


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
    ("redirected", "nonce", "codes"),
    [
        (True, "unsolicited", ["claims.nonce_unexpected"]),
        (True, "", ["claims.nonce_unexpected"]),
        (True, 7, ["claims.nonce_unexpected"]),
        (True, ABSENT, []),
        (True, None, []),
        (False, "unsolicited", []),
    ],
)
def test_a_nonce_that_nobody_sent_is_odd_after_a_redirect(
    redirected: bool, nonce: Any, codes: list[str]
) -> None:
    """A nonce of the brand's own page is no finding; one in the popup was never asked for."""
    unasked = Expected(issuer=ISSUER, client_id="platform", redirected=redirected, now=NOW)
    assert found(claims.check_nonce, "nonce", nonce, unasked) == codes


@pytest.mark.parametrize(
    ("at_hash", "algorithm", "codes"),
    [
        (AT_HASH, "RS256", []),
        (AT_HASH, "PS256", []),
        (AT_HASH, "ES256", []),
        (AT_HASH_384, "RS384", []),
        (AT_HASH_512, "ES512", []),
        (AT_HASH, "RS384", ["claims.at_hash_mismatch"]),
        (AT_HASH_512, "RS256", ["claims.at_hash_mismatch"]),
        (AT_HASH + "==", "RS256", ["claims.at_hash_mismatch"]),
        (AT_HASH.lower(), "RS256", ["claims.at_hash_mismatch"]),
        (sha256(ACCESS_TOKEN.encode()).hexdigest(), "RS256", ["claims.at_hash_mismatch"]),
        (encode(sha256(ACCESS_TOKEN.encode()).digest()), "RS256", ["claims.at_hash_mismatch"]),
        ("", "RS256", ["claims.at_hash_mismatch"]),
        (7, "RS256", ["claims.at_hash_mismatch"]),
        ([AT_HASH], "RS256", ["claims.at_hash_mismatch"]),
        (AT_HASH, "EdDSA", ["claims.at_hash_unverifiable"]),
        (AT_HASH, "unheard-of", ["claims.at_hash_unverifiable"]),
        (AT_HASH, "", ["claims.at_hash_unverifiable"]),
        (ABSENT, "RS256", ["claims.at_hash_missing"]),
        (None, "RS256", ["claims.at_hash_missing"]),
        (ABSENT, "EdDSA", ["claims.at_hash_missing"]),
    ],
)
def test_at_hash_fits_the_access_token(at_hash: Any, algorithm: str, codes: list[str]) -> None:
    """``at_hash`` is the left half of the hash that ``alg`` names, and no known hash is no excuse."""
    handed = Expected(issuer=ISSUER, client_id="platform", access_token=ACCESS_TOKEN, now=NOW)
    given = {} if at_hash is ABSENT else {"at_hash": at_hash}
    assert [problem.code for problem in claims.check_at_hash(given, handed, algorithm)] == codes


def test_at_hash_needs_an_access_token() -> None:
    """Where no access token came by the front channel there is nothing to compare."""
    assert not list(claims.check_at_hash({"at_hash": "anything"}, EXPECTED, "EdDSA"))


@pytest.mark.parametrize(
    ("max_age", "auth_time", "codes"),
    [
        (None, ABSENT, []),
        (None, "yesterday", []),
        (None, NOW + 86_400, []),
        (300, NOW, []),
        (300, NOW + 60, []),
        (300, NOW + 61, ["claims.auth_time_missing"]),
        (300, NOW + 86_400, ["claims.auth_time_missing"]),
        (300, NOW - 360, []),
        (300, NOW - 361, ["claims.auth_time_too_old"]),
        (0, NOW - 60, []),
        (0, NOW - 61, ["claims.auth_time_too_old"]),
        (300, ABSENT, ["claims.auth_time_missing"]),
        (300, None, ["claims.auth_time_missing"]),
        (300, str(NOW), ["claims.auth_time_missing"]),
        (300, True, ["claims.auth_time_missing"]),
        (300, NOW * 1000, ["claims.auth_time_missing"]),
    ],
)
def test_auth_time_is_recent_where_it_was_asked_for(
    max_age: float | None, auth_time: Any, codes: list[str]
) -> None:
    """``auth_time`` matters when ``max_age`` was sent; then it is a number of seconds, past and recent."""
    asked = Expected(issuer=ISSUER, client_id="platform", max_age=max_age, now=NOW)
    assert found(claims.check_auth_time, "auth_time", auth_time, asked) == codes


@pytest.mark.parametrize(
    ("auth_time", "observed"),
    [
        (None, "no auth_time"),
        (str(NOW), "str"),
        (NOW * 1000, "milliseconds"),
        (NOW + 86_400, "86400 s ahead"),
    ],
)
def test_an_auth_time_that_says_nothing_is_told_from_a_missing_one(auth_time: Any, observed: str) -> None:
    """Whoever sends an ``auth_time`` that is no past time is told what is wrong with it."""
    asked = Expected(issuer=ISSUER, client_id="platform", max_age=300, now=NOW)
    (problem,) = claims.check_auth_time({"auth_time": auth_time}, asked)
    assert problem.observed == observed


@pytest.mark.parametrize(
    ("levels", "acr", "codes"),
    [
        ((), ABSENT, []),
        ((), "0", []),
        (("loa2", "loa3"), "loa2", []),
        (("loa2", "loa3"), "loa3", []),
        (("loa2", "loa3"), "loa1", ["claims.acr_insufficient"]),
        (("loa2",), "LOA2", ["claims.acr_insufficient"]),
        (("loa2",), "0", ["claims.acr_insufficient"]),
        (("loa2",), 2, ["claims.acr_insufficient"]),
        (("loa2",), ABSENT, ["claims.acr_insufficient"]),
        (("loa2",), None, ["claims.acr_insufficient"]),
    ],
)
def test_acr_is_a_level_that_was_asked_for(levels: tuple[str, ...], acr: Any, codes: list[str]) -> None:
    """``acr`` matters when levels were asked for, and any of them will do."""
    asked = Expected(issuer=ISSUER, client_id="platform", acr_values=frozenset(levels), now=NOW)
    assert found(claims.check_acr, "acr", acr, asked) == codes


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


@pytest.mark.parametrize(
    ("sub", "severity"),
    [("a" * 256, "error"), ("é" * 256, "error"), ("alicé\n", "error"), ("a\x7f", "error"), ("é" * 255, None)],
)
def test_only_length_and_controls_are_errors_in_every_mode(sub: str, severity: str | None) -> None:
    """A ``sub`` that cannot be stored is an error whatever the mode; its alphabet is the mode's affair."""
    assert [problem.severity for problem in claims.check_sub({"sub": sub}, EXPECTED)] == [severity]


@pytest.mark.parametrize(
    ("others", "codes"),
    [
        ({"email": "alice@brand.test"}, ["claims.sub_mutable"]),
        ({"phone_number": "alice@brand.test"}, ["claims.sub_mutable"]),
        ({"email": "bob@brand.test", "phone_number": None}, []),
        ({"email": "Alice@brand.test"}, []),
        ({}, []),
    ],
)
def test_sub_is_no_address(others: dict[str, Any], codes: list[str]) -> None:
    """A ``sub`` that equals the e-mail address or the telephone number will change with it."""
    assert found(claims.check_sub, "sub", "alice@brand.test", **others) == codes


@pytest.mark.parametrize(
    ("sdes", "legal"),
    [
        (None, []),
        ({}, []),
        ("ctmrinfo", []),
        ([], []),
        ([INFO, PERSONAL], [INFO, PERSONAL]),
        ([INFO, 7, PERSONAL, None, [INFO], "personal"], [INFO, PERSONAL]),
        ([{"type": "cart", "cart": {}}], []),
        ([{"type": "ctmrinfo", "personal": {}}], []),
        ([{"type": "ctmrinfo", "info": "alice"}], []),
        ([{"type": "personal"}], []),
        ([{"type": "Personal", "personal": {}}], []),
        ([{"type": ["personal"], "personal": {}}], []),
        ([{"info": {}, "personal": {}}], []),
    ],
)
def test_two_kinds_of_attributes_are_legal(sdes: Any, legal: list[Any]) -> None:
    """Of the platform's attributes a token may hold customer and personal information, as objects."""
    assert claims.legal_attributes(sdes) == legal


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        ({}, []),
        ({"name": "<script>", "nested": {"a": [{}]}}, []),
        ({"lp_sdes": None}, []),
        ({"lp_sdes": []}, []),
        ({"lp_sdes": [INFO, PERSONAL]}, []),
        ({"lp_sdes": [INFO, {"type": "cart", "cart": {}}]}, ["claims.custom_invalid"]),
        ({"lp_sdes": {}}, ["claims.custom_invalid"]),
        ({"lp_sdes": "ctmrinfo"}, ["claims.custom_invalid"]),
        ({"lp_sdes": 0}, ["claims.custom_invalid"]),
        ({"lp_sdes": [{**INFO, "x": "a" * 8_000}]}, []),
        ({"lp_sdes": [{**INFO, "x": "a" * 8_192}]}, ["claims.custom_too_large"]),
        ({"lp_sdes": [7] * 9_000}, ["claims.custom_too_large"]),
        ({"email": "alice@brand.test", "email_verified": True}, []),
        ({"email_verified": False}, []),
        ({"email": "alice@brand.test"}, ["claims.email_unverified"]),
        ({"email": "alice@brand.test", "email_verified": False}, ["claims.email_unverified"]),
        ({"email": "alice@brand.test", "email_verified": "true"}, ["claims.email_unverified"]),
        ({"email": "alice@brand.test", "email_verified": 1}, ["claims.email_unverified"]),
        ({"_claim_sources": {"a": {"endpoint": "https://idp.test"}}}, ["claims.distributed_ignored"]),
        (
            {"lp_sdes": 7, "email": None, "_claim_sources": {}},
            ["claims.custom_invalid", "claims.email_unverified", "claims.distributed_ignored"],
        ),
    ],
)
def test_custom_claims_are_few_and_of_their_types(given: dict[str, Any], codes: list[str]) -> None:
    """Attributes are limited, bad ones dropped, addresses doubted and claims elsewhere never fetched."""
    assert [problem.code for problem in claims.check_custom(given, EXPECTED)] == codes


@pytest.mark.parametrize(
    ("headers", "codes"),
    [
        ((), []),
        (({"alg": "RS256", "jti": "other"},), []),
        (({"iss": ISSUER, "sub": "alice", "aud": ["platform"]},), []),
        (({"iss": ISSUER}, {"sub": "alice"}), []),
        (({"iss": "https://idp.test"},), ["jwt.header_claim_mismatch"]),
        (({"sub": "bob"},), ["jwt.header_claim_mismatch"]),
        (({"aud": "platform"},), ["jwt.header_claim_mismatch"]),
        (({"sub": None},), ["jwt.header_claim_mismatch"]),
        (({}, {"sub": "bob"}), ["jwt.header_claim_mismatch"]),
        (({"sub": "bob", "aud": "idp"}, {"sub": "bob"}), ["jwt.header_claim_mismatch"]),
    ],
)
def test_a_header_repeats_claims_as_they_are(headers: tuple[dict[str, Any], ...], codes: list[str]) -> None:
    """A copy of ``iss``, ``sub`` or ``aud`` in any header equals the claim, and one finding says so."""
    given = {"iss": ISSUER, "sub": "alice", "aud": ["platform"]}
    assert [problem.code for problem in claims.check_header_copies(given, headers)] == codes


def test_a_finding_never_shows_the_nonce_or_the_hash() -> None:
    """What is bound to the session is compared and never repeated."""
    asked = Expected(issuer=ISSUER, client_id="platform", nonce="n-0S6", access_token=ACCESS_TOKEN, now=NOW)
    given = {"nonce": "stolen", "at_hash": "stolen"}
    problems = [*claims.check_nonce(given, asked), *claims.check_at_hash(given, asked, "RS256")]
    assert [problem.observed for problem in problems] == ["another value"] * 2
    assert not any("n-0S6" in problem.expected or AT_HASH in problem.expected for problem in problems)


FIRST = {"iss": ISSUER, "sub": "alice", "aud": ["platform", "trusted"], "nonce": "n-0S6"}


def renewing(**first: Any) -> Expected:
    """Return what a refreshed id_token is held against, with changes to the first one."""
    return Expected(issuer=ISSUER, client_id="platform", now=NOW, nonce="unused", first={**FIRST, **first})


@pytest.mark.parametrize(
    ("name", "value", "codes"),
    [
        ("iss", ISSUER, []),
        ("iss", ISSUER + "/", ["refresh.identity_changed"]),
        ("iss", ABSENT, ["refresh.identity_changed"]),
        ("iss", [ISSUER, "https://idp.test"], ["refresh.identity_changed"]),
        ("sub", "alice", []),
        ("sub", "Alice", ["refresh.identity_changed"]),
        ("sub", ABSENT, ["refresh.identity_changed"]),
        ("sub", 7, ["refresh.identity_changed"]),
        ("sub", {"alice": 1}, ["refresh.identity_changed"]),
        ("aud", ["platform", "trusted"], []),
        ("aud", ["trusted", "platform"], []),
        ("aud", "platform", ["refresh.identity_changed"]),
        ("aud", ["platform"], ["refresh.identity_changed"]),
        ("aud", ["platform", "trusted", "stranger"], ["refresh.identity_changed"]),
        ("aud", ["platform", {}], ["refresh.identity_changed"]),
        ("aud", ABSENT, ["refresh.identity_changed"]),
        ("exp", 0, []),
    ],
)
def test_a_refreshed_token_names_whom_the_first_one_named(name: str, value: Any, codes: list[str]) -> None:
    """Issuer, subject and audience are the first ones (OpenID Connect Core section 12.2)."""
    given = {**{claim: FIRST[claim] for claim in ("iss", "sub", "aud") if claim != name}}
    assert found(claims.check_renewal, name, value, renewing(), **given) == codes


@pytest.mark.parametrize(("first", "again"), [("platform", ["platform"]), (["platform"], "platform")])
def test_one_audience_is_the_same_with_and_without_its_list(first: Any, again: Any) -> None:
    """A server may write a single audience either way (RFC 7519 section 4.1.3)."""
    given = {"iss": ISSUER, "sub": "alice"}
    assert found(claims.check_renewal, "aud", again, renewing(aud=first), **given) == []


def test_one_finding_says_that_it_is_somebody_else() -> None:
    """However much has changed, it is one mistake."""
    assert found(claims.check_renewal, "iss", "another", renewing(), sub="another", aud="another") == [
        "refresh.identity_changed"
    ]


def test_a_token_that_renews_nothing_is_held_against_no_first_one() -> None:
    """Without a refresh token there is no first id_token."""
    assert found(claims.check_renewal, "sub", "anybody") == []


@pytest.mark.parametrize(
    ("first", "nonce", "codes"),
    [
        ("n-0S6", ABSENT, []),
        ("n-0S6", None, []),
        ("n-0S6", "n-0S6", []),
        ("n-0S6", "n-0s6", ["claims.nonce_mismatch"]),
        ("n-0S6", "", ["claims.nonce_mismatch"]),
        ("n-0S6", ["n-0S6"], ["claims.nonce_mismatch"]),
        ("n-0S6", "unused", ["claims.nonce_mismatch"]),
        (None, ABSENT, []),
        (None, "n-0S6", ["claims.nonce_mismatch"]),
    ],
)
def test_a_refreshed_token_has_the_first_ones_nonce_or_none(
    first: str | None, nonce: Any, codes: list[str]
) -> None:
    """It need not repeat the nonce, and may not have another (OpenID Connect Core section 12.2)."""
    assert found(claims.check_nonce, "nonce", nonce, renewing(nonce=first)) == codes


def test_what_a_token_renews_is_not_shown() -> None:
    """The first id_token's claims name a person."""
    assert "alice" not in repr(renewing())
