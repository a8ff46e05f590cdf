"""Signed tokens through the steps: what is found, in which order, and where it ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from joserfc.jwk import RSAKey

from harness.protocol import base64url, keys
from harness.protocol.claims import Expected
from harness.protocol.problem import Problem, Refusal
from harness.verification.pipeline import (
    LIBRARY_ERRORS,
    STEPS,
    Examined,
    Keys,
    Result,
    Rules,
    Subject,
    examine,
)

if TYPE_CHECKING:
    from tests.verification.conftest import Issuer, Source

NOW = 1_795_176_000
EXPECTED = Expected(issuer="https://login.brand.test", client_id="platform", now=NOW)


def found(examined: Examined) -> list[tuple[str, str]]:
    """Return the step and the code of every finding."""
    return [(finding.step, finding.problem.code) for finding in examined.found]


def test_the_steps_are_in_their_order() -> None:
    """Nothing in a token is believed before what guards it was checked."""
    assert [getattr(step, "__name__", "") for step in STEPS] == [
        *("envelope", "encryption", "header", "key_choice", "signature", "payload", "renewal"),
        *("iss", "aud", "azp", "exp", "iat", "nbf", "nonce", "at_hash", "auth_time", "acr", "sub"),
        *("custom", "header_copies"),
    ]


@pytest.mark.parametrize(
    ("step", "code"),
    [
        ("envelope", "jwt.malformed_compact"),
        ("header", "jwt.header_invalid"),
        ("key_choice", "jwks.invalid"),
        ("signature", "jwt.signature_invalid"),
        ("payload", "jwt.payload_invalid"),
    ],
)
@pytest.mark.parametrize("error", LIBRARY_ERRORS)
def test_what_a_library_raises_is_a_finding_without_its_words(
    error: type[Exception], step: str, code: str, issuer: Issuer
) -> None:
    """No exception of a library leaves the pipeline, and its text may hold parts of the token."""

    def raises(subject: Subject) -> Iterator[Result]:
        raise error("eyJhbGciOiJub25lIn0")
        yield

    raises.__name__ = step
    steps = tuple(raises if getattr(one, "__name__", "") == step else one for one in STEPS)
    examined = issuer.examine(issuer.signed(), steps=steps)

    assert [(step, code)] == found(examined)
    assert "eyJ" not in examined.found[0].problem.observed


def test_every_step_says_what_it_checks() -> None:
    """A step's docstring is its rule."""
    assert [step for step in STEPS if not step.__doc__] == []


@pytest.mark.parametrize("typ", [None, "JWT", "jwt", "application/jwt", "application/JWT"])
def test_a_good_token_has_no_findings(typ: str | None, issuer: Issuer) -> None:
    """A token that keeps every rule gives its claims and nothing else."""
    token = issuer.signed(typ=typ)
    examined = issuer.examine(token)
    assert (found(examined), examined.claims) == ([], issuer.good)
    assert examined.signing_input == token.rpartition(".")[0].encode()
    assert "alice" not in repr(examined)


@pytest.mark.parametrize("head", [{"kid": None}, {"x5t": "abc"}, {"unheard-of": {"a": 1}}])
def test_other_header_parameters_change_nothing(head: dict[str, Any], issuer: Issuer) -> None:
    """A missing ``kid`` leaves the issuer's one key, and unknown parameters are ignored."""
    assert issuer.found(issuer.signed(**head)) == []


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c"])
def test_a_key_in_the_header_is_noted_and_never_used(name: str, issuer: Issuer, foreign_key: RSAKey) -> None:
    """A token that brings its own key is verified with the issuer's, and the note then weighs little."""
    brought: dict[str, Any] = {name: foreign_key.as_dict(private=False)}
    (note,) = issuer.examine(issuer.signed(**brought)).found
    assert (note.problem.code, note.problem.severity) == ("jwt.key_header_present", None)
    note, problem = issuer.examine(issuer.signed(key=foreign_key, **brought)).found
    assert (note.problem.code, note.problem.severity) == ("jwt.key_header_present", "info")
    assert (problem.step, problem.problem.code) == ("signature", "jwt.signature_invalid")


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({"alg": None}, "jwt.alg_missing"),
        ({"alg": "none"}, "jwt.alg_none"),
        ({"alg": "nOnE"}, "jwt.alg_not_allowed"),
        ({"alg": "none "}, "jwt.alg_not_allowed"),
        ({"alg": "rs256"}, "jwt.alg_not_allowed"),
        ({"alg": "RS512"}, "jwt.alg_not_allowed"),
        ({"alg": "HS256"}, "jwt.alg_not_allowed"),
        ({"alg": 256}, "jwt.alg_not_allowed"),
        ({"alg": ["RS256"]}, "jwt.alg_not_allowed"),
        ({"kid": 7}, "jwt.header_invalid"),
        ({"kid": ["one"]}, "jwt.header_invalid"),
    ],
)
def test_a_header_that_cannot_be_followed_ends_the_examination(
    header: dict[str, Any], code: str, issuer: Issuer
) -> None:
    """A foreign algorithm or an impossible key id is the only finding."""
    examined = issuer.examine(issuer.signed(issuer.payload(sub=None), **header))
    assert found(examined) == [("header", code)]
    assert examined.claims == {}


@pytest.mark.parametrize("kid", ["../../dev/null", "' OR 1=1 --", "", "é"])
def test_an_unknown_kid_ends_the_examination(kid: str, issuer: Issuer) -> None:
    """Whatever it spells, a ``kid`` is only compared."""
    examined = issuer.examine(issuer.signed(kid=kid))
    assert (found(examined), examined.claims) == ([("key_choice", "jwks.kid_not_found")], {})


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({"crit": ["unheard-of"], "unheard-of": 1}, "jwt.crit_unsupported"),
        ({"crit": ["exp"]}, "jwt.crit_invalid"),
        ({"crit": []}, "jwt.crit_invalid"),
        ({"crit": "b64"}, "jwt.crit_invalid"),
        ({"crit": ["b64"], "b64": False}, "jwt.b64_forbidden"),
        ({"typ": "at+jwt"}, "idtoken.wrong_token_type"),
        ({"typ": "logout+jwt"}, "idtoken.wrong_token_type"),
        ({"typ": ""}, "idtoken.wrong_token_type"),
        ({"typ": "application/application/jwt"}, "idtoken.wrong_token_type"),
        ({"typ": 7}, "idtoken.wrong_token_type"),
        ({"typ": ["JWT"]}, "idtoken.wrong_token_type"),
    ],
)
def test_after_a_wrong_header_the_rest_is_still_found(
    header: dict[str, Any], code: str, issuer: Issuer
) -> None:
    """A critical extension or another type of token is found, and the token examined to its end."""
    token = issuer.signed(issuer.payload(sub=None), **header)
    assert issuer.found(token) == [("header", code), ("sub", "claims.sub_missing")]


def test_after_a_bad_signature_the_rest_is_still_found(issuer: Issuer, foreign_key: RSAKey) -> None:
    """The first finding fixes the code, and later ones help whoever mends the token."""
    wrong = issuer.payload(
        iss="https://idp.test",
        aud=["another"],
        azp="another",
        exp=NOW - 600,
        iat=NOW + 600,
        nbf=NOW + 600,
        sub="",
        acr="1",
        email="alice@brand.test",
    )
    token = issuer.signed(wrong, key=foreign_key, iss="https://login.brand.test")
    asked = {"nonce": "n", "access_token": "a", "max_age": 60, "acr_values": frozenset({"2"})}
    assert issuer.found(token, **asked) == [
        ("signature", "jwt.signature_invalid"),
        ("iss", "claims.iss_mismatch"),
        ("aud", "claims.aud_mismatch"),
        ("azp", "claims.azp_mismatch"),
        ("exp", "claims.expired"),
        ("iat", "claims.iat_future"),
        ("iat", "claims.time_order"),
        ("nbf", "claims.not_yet_valid"),
        ("nonce", "claims.nonce_missing"),
        ("at_hash", "claims.at_hash_missing"),
        ("auth_time", "claims.auth_time_missing"),
        ("acr", "claims.acr_insufficient"),
        ("sub", "claims.sub_missing"),
        ("custom", "claims.email_unverified"),
        ("header_copies", "jwt.header_claim_mismatch"),
    ]


def test_the_hash_of_at_hash_comes_from_the_header(issuer: Issuer) -> None:
    """For RS256 it is the left half of SHA-256 (the example of OpenID Connect Core appendix A.3)."""
    good = issuer.signed(issuer.payload(at_hash="77QmUPtjPfzWtF2AnpK9RQ"))
    assert issuer.found(good, access_token="jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y") == []
    assert issuer.found(good, access_token="another") == [("at_hash", "claims.at_hash_mismatch")]


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"", "jwt.payload_invalid"),
        (b"a.b", "jwt.payload_invalid"),
        (b'["alice"]', "jwt.payload_invalid"),
        (b'{"exp":1e999}', "jwt.payload_invalid"),
        (b'{"exp":NaN}', "jwt.payload_invalid"),
        (b'{"sub":"\\ud800"}', "jwt.payload_encoding"),
        (b'{"sub":"\xe9"}', "jwt.payload_encoding"),
        (b"\xef\xbb\xbf{}", "jwt.payload_encoding"),
        ('{"sub":"alice"}'.encode("utf-16"), "jwt.payload_encoding"),
        (b'{"sub":"alice","sub":"bob"}', "jwt.duplicate_member"),
        (b"a.b.c", "jwt.nested_unexpected"),
        (b'{"x":' + b"[" * 50_000, "jwt.too_large"),
        (b'{"x":' + b"[" * 5_000, "jwt.too_deep"),
    ],
)
def test_a_payload_is_one_strict_object(octets: bytes, code: str, issuer: Issuer) -> None:
    """A signed payload that is no strict JSON object has no claims."""
    examined = issuer.examine(issuer.signed(octets))
    assert [finding.problem.code for finding in examined.found] == [code]
    assert examined.claims == {}


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("", "jwt.malformed_compact"),
        ("c0de", "jwt.malformed_compact"),
        ("a.b.c.d", "jwt.malformed_compact"),
        ("Bearer a.b.c", "jwt.malformed_compact"),
        ("\ud800", "jwt.malformed_compact"),
        ("\ud800.b.c", "jwt.bad_base64url"),
        ("=.b.c", "jwt.bad_base64url"),
        ('{"payload":"e30"}', "jwt.json_serialization"),
    ],
)
def test_what_is_no_token_ends_at_the_envelope(token: str, code: str, issuer: Issuer) -> None:
    """A code, a decorated token, another serialization and nothing at all are no token."""
    examined = issuer.examine(token)
    assert (found(examined), examined.claims, examined.signing_input) == ([("envelope", code)], {}, b"")


def test_a_key_source_that_fails_is_a_finding(issuer: Issuer) -> None:
    """When no keys can be had, that and what was noticed on the way is found, and the examination ends."""

    class Unavailable:
        def find(self, kid: str | None, algorithm: str) -> Keys:
            note = Problem(code="jwks.refetch_limited", expected="", observed="")
            raise Refusal("jwks.unavailable", expected="keys", observed="none", notes=(note,))

        def find_again(self, kid: str | None, algorithm: str) -> Keys | None:
            raise AssertionError

    examined = examine(Subject(token=issuer.signed(), rules=Rules(keys=Unavailable(), expected=EXPECTED)))
    assert found(examined) == [("key_choice", "jwks.unavailable"), ("key_choice", "jwks.refetch_limited")]


def test_what_a_key_source_notices_is_found(issuer: Issuer, source: type[Source]) -> None:
    """Oddities of the set stand beside the token's own."""
    garbage = {"kty": "RSA", "n": 7}
    odd = keys.from_jwks({"keys": [issuer.key.as_dict(private=False), garbage]})
    assert issuer.found(issuer.signed(), source=source(first=odd)) == [("key_choice", "jwks.member_ignored")]


def test_a_failed_signature_gets_one_more_set(
    issuer: Issuer, foreign_key: RSAKey, source: type[Source]
) -> None:
    """A token that only the fresh set verifies is good, and the set's notes are found."""
    old, new = issuer.set_of(foreign_key, kid="one"), issuer.set_of(issuer.key, kid="one")
    note = Problem(code="jwks.kid_reused", expected="", observed="")
    rotated = source(first=old, second=keys.KeySet(keys=new.keys, problems=(note,)))
    assert issuer.found(issuer.signed(kid="one"), source=rotated) == [("signature", "jwks.kid_reused")]


def test_a_second_set_that_does_not_verify_changes_nothing(
    issuer: Issuer, foreign_key: RSAKey, source: type[Source]
) -> None:
    """When the fresh set does not help, the signature is wrong and nothing is noted."""
    other = issuer.set_of(foreign_key, kid="one")
    note = Problem(code="jwks.kid_reused", expected="", observed="")
    both = source(first=other, second=keys.KeySet(keys=other.keys, problems=(note,)))
    assert issuer.found(issuer.signed(kid="one"), source=both) == [("signature", "jwt.signature_invalid")]


def test_a_good_signature_asks_no_second_time(issuer: Issuer, source: type[Source]) -> None:
    """The second set is for failures only."""
    empty = keys.KeySet(keys=())
    assert issuer.found(issuer.signed(), source=source(first=issuer.set_of(issuer.key), second=empty)) == []


def test_without_a_kid_exactly_one_of_several_keys_verifies(
    issuer: Issuer, foreign_key: RSAKey, source: type[Source]
) -> None:
    """One match is a weakness of the issuer, none and several are no answer."""
    token = issuer.signed(kid=None)

    def weight(*published: RSAKey) -> list[tuple[str, str, str | None]]:
        held = source(
            first=keys.KeySet(keys=tuple(key for one in published for key in issuer.set_of(one).keys))
        )
        found = issuer.examine(token, source=held).found
        return [(one.step, one.problem.code, one.problem.severity) for one in found]

    assert weight(issuer.key) == []
    assert weight(issuer.key, foreign_key) == [("signature", "jwks.kid_absent", None)]
    assert weight(foreign_key, foreign_key) == [("signature", "jwks.kid_absent", "error")]
    assert weight(issuer.key, issuer.key) == [("signature", "jwks.kid_absent", "error")]
    assert weight(foreign_key) == [("signature", "jwt.signature_invalid", None)]


def test_a_key_that_was_not_imported_verifies_nothing(issuer: Issuer, source: type[Source]) -> None:
    """A key whose size alone forbids importing it is no match and no crash."""
    forbidden = keys.VerificationKey(kid=None, algorithm=None, key_type="RSA", key=None)
    held = source(first=keys.KeySet(keys=(forbidden,)))
    assert issuer.found(issuer.signed(), source=held) == [("signature", "jwt.signature_invalid")]


def test_one_changed_octet_is_found(issuer: Issuer) -> None:
    """Header, payload and signature can none of them be changed."""
    head, claims, signature = issuer.signed().split(".")
    changed = base64url.encode(issuer.payload(sub="bob"))
    flipped = base64url.encode(bytes([base64url.decode(signature)[0] ^ 1]) + base64url.decode(signature)[1:])
    invalid = [("signature", "jwt.signature_invalid")]
    assert issuer.found(f"{head}.{changed}.{signature}") == invalid
    assert issuer.found(f"{head}.{claims}.{flipped}") == invalid
    assert issuer.found(f"{head}.{claims}.") == invalid


def test_findings_before_a_refusal_are_kept() -> None:
    """A step that cannot go on keeps what was found before it, by it and no step after it."""
    problem = Problem(code="jwt.too_deep", expected="", observed="")

    def warns(subject: Subject) -> Iterator[Problem | Subject]:
        yield problem

    def gives_up(subject: Subject) -> Iterator[Problem | Subject]:
        yield problem
        raise Refusal("jwt.too_large", expected="", observed="")

    class Nothing:
        def find(self, kid: str | None, algorithm: str) -> Keys:
            raise AssertionError

        def find_again(self, kid: str | None, algorithm: str) -> Keys | None:
            raise AssertionError

    rules = Rules(keys=Nothing(), expected=EXPECTED)
    examined = examine(Subject(token="secret", rules=rules), (warns, gives_up, warns))
    assert found(examined) == [
        ("warns", "jwt.too_deep"),
        ("gives_up", "jwt.too_deep"),
        ("gives_up", "jwt.too_large"),
    ]
    assert "secret" not in repr(Subject(token="secret", rules=rules))
