"""What the answers to probes mean."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from harness.checks import probing
from harness.checks.probing import Check, Exchanged, Seen, Shown
from harness.protocol import base64url

YES = Exchanged(granted=True, said="status 200, id_token")
NO = Exchanged(granted=False, said="status 400, invalid_grant")
ASKED = {"state": "s" * 40, "nonce": "n" * 40}


def codes(check: Check, **seen: Any) -> list[tuple[str, str]]:
    """Return what a check finds: codes and weights."""
    return [(one.code, one.severity) for one in check(Seen(**seen))]


def answer(**told: Any) -> Exchanged:
    """Return an exchange that gave tokens."""
    return Exchanged(granted=True, said="status 200", **told)


@pytest.mark.parametrize(
    ("second", "after", "expected"),
    [
        (NO, 401, []),
        (NO, None, []),
        (NO, 200, [("idp.code_reuse_no_revoke", "warning")]),
        (YES, 401, [("idp.code_reusable", "error")]),
        (YES, 200, [("idp.code_reusable", "error")]),
    ],
)
def test_a_code_is_good_for_once(
    second: Exchanged, after: int | None, expected: list[tuple[str, str]]
) -> None:
    """Tokens for a second use weigh more than first tokens that stay good (RFC 6749 section 4.1.2)."""
    assert expected == codes(probing.check_reuse, exchanges=(YES, second), token_after=after)


@pytest.mark.parametrize(
    ("first", "second", "number"), [(YES, YES, 1), (YES, NO, 0), (NO, YES, 0), (NO, NO, 0)]
)
def test_one_of_two_at_the_same_moment_may_win(first: Exchanged, second: Exchanged, number: int) -> None:
    """Either of them, or none (RFC 6749 section 10.5)."""
    assert number == len(codes(probing.check_race, exchanges=(first, second)))


def test_an_exchange_that_must_be_refused_is_found_when_it_is_granted() -> None:
    """With the weight that it is given."""
    check = probing.granted("idp.pkce_plain", expected="no", observed="yes", severity="warning")

    assert [("idp.pkce_plain", "warning")] == codes(check, exchanges=(YES,))
    assert [] == codes(check, exchanges=(NO,))


@pytest.mark.parametrize(
    ("state", "nonce", "expected"),
    [
        (ASKED["state"], ASKED["nonce"], []),
        (ASKED["state"][:20], ASKED["nonce"], ["authz.state_mismatch"]),
        (None, ASKED["nonce"], ["authz.state_missing"]),
        (ASKED["state"], ASKED["nonce"][:20], ["claims.nonce_mismatch"]),
        (ASKED["state"], None, ["claims.nonce_missing"]),
    ],
)
def test_state_and_nonce_come_back_unchanged(
    state: str | None, nonce: str | None, expected: list[str]
) -> None:
    """And what comes back otherwise is not repeated in the finding."""
    response = {} if state is None else {"state": state}
    exchanged = answer(claims={"sub": "alice"} if nonce is None else {"nonce": nonce})
    seen = Seen(returned=probing.returned(ASKED, response, (NO, exchanged)))
    found = list(probing.check_returned(seen))

    assert expected == [one.code for one in found]
    assert [] == [one for one in found if "ssss" in one.observed + one.expected]


def test_a_nonce_is_not_missed_where_no_id_token_could_be_read() -> None:
    """As of an encrypted one."""
    assert () == probing.returned(ASKED, ASKED, (answer(), NO))


@pytest.mark.parametrize(
    ("exchanged", "public", "expected"),
    [
        (YES, True, [("idp.pkce_downgrade", "error")]),
        (YES, False, [("idp.pkce_downgrade", "error")]),
        (NO, True, [("idp.pkce_downgrade", "warning")]),
        (NO, False, []),
    ],
)
def test_a_verifier_without_a_challenge_is_refused(
    exchanged: Exchanged, public: bool, expected: list[tuple[str, str]]
) -> None:
    """And a public client is asked for a challenge (RFC 9700 section 2.1.1)."""
    assert expected == codes(probing.check_unchallenged, exchanges=(exchanged,), public=public)


def test_every_variant_that_is_redirected_to_is_named() -> None:
    """In one finding."""
    (found,) = probing.check_redirects(Seen(did=("a longer path", "a query added")))

    assert ("idp.redirect_uri_loose", "error") == (found.code, found.severity)
    assert "a longer path, a query added" in found.observed
    assert [] == codes(probing.check_redirects)


@pytest.mark.parametrize(
    ("cache_control", "number"),
    [("no-store", 0), ("No-Cache, NO-STORE", 0), ("", 1), ("no-cache", 1), ("private, max-age=0", 1)],
)
def test_tokens_are_not_stored_in_a_cache(cache_control: str, number: int) -> None:
    """Only no-store says so (OpenID Connect Core section 3.1.3.3)."""
    found = codes(probing.check_token_answer, exchanges=(answer(cache_control=cache_control),))

    assert [("idp.token_cacheable", "error")] * number == found


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(300, []), (86_400, []), (86_401, ["warning"]), (8 * 86_400, ["error"])],
)
def test_an_id_token_is_good_for_a_day_at_most(seconds: int, expected: list[str]) -> None:
    """By what it says itself."""
    told = answer(cache_control="no-store", seconds=seconds)

    assert [("claims.lifetime_long", severity) for severity in expected] == codes(
        probing.check_token_answer, exchanges=(told,)
    )


def drawn(number: int) -> bytes:
    """Return octets that look like chance, the same ones each time."""
    return hashlib.sha256(str(number).encode()).digest()


@pytest.mark.parametrize(
    "made",
    [
        lambda number: base64url.encode(drawn(number)),
        lambda number: drawn(number).hex()[:32],
        lambda number: str(uuid.UUID(bytes=drawn(number)[:16])),
        lambda number: f"ory_ac_{base64url.encode(drawn(number))}.{'s' * 40}",
        lambda number: f"{number:08}{base64url.encode(drawn(number))}",
    ],
    ids=["octets", "hexadecimal", "uuid", "dressed", "numbered"],
)
def test_a_code_of_enough_chance_is_none_to_guess(made: Callable[[int], str]) -> None:
    """Whatever else stands around it, and where a few letters are the same by chance."""
    for number in range(0, 300, 3):
        given = tuple(made(number + one) for one in range(3))
        assert [] == codes(probing.check_entropy, codes=probing.measured(given))


@pytest.mark.parametrize(
    "given",
    [
        ("123456",),
        ("10000001", "10000002", "10000003"),
        ("a1b2c3d4e5f6a7b8",),
        ("c0ffee00c0ffee00c0ffee0000000001", "c0ffee00c0ffee00c0ffee0000000002"),
        (f"{'x' * 60}-Q7", f"{'x' * 60}-R9"),
        ("same" * 12, "same" * 12),
        ("a-good-one-would-be-as-long-as-this-Zx9", "short"),
    ],
    ids=["short", "sequential", "64 bits", "counter", "long and alike", "the same", "one short"],
)
def test_a_code_without_room_for_chance_can_be_guessed(given: tuple[str, ...]) -> None:
    """Too short, or alike but for a few characters; the finding shows none of them."""
    (found,) = probing.check_entropy(Seen(codes=probing.measured(given)))

    assert ("idp.code_entropy", "error") == (found.code, found.severity)
    assert [] == [code for code in given if code in found.observed]


@pytest.mark.parametrize(
    ("headers", "number"),
    [
        ({"x-frame-options": "DENY"}, 0),
        ({"content-security-policy": "frame-ancestors 'none'"}, 0),
        ({"content-security-policy": "frame-ancestors https://www.acme.example"}, 0),
        ({"content-security-policy": "frame-ancestors *"}, 1),
        ({"content-security-policy": "default-src 'none'"}, 1),
        ({}, 1),
    ],
)
def test_nobody_foreign_may_frame_the_login(headers: dict[str, str], number: int) -> None:
    """One finding, however many of its pages were shown."""
    page = Shown(address="https://login.acme.example/authorize", headers=headers)

    assert [("idp.framable", "error")] * number == codes(probing.check_framing, pages=(page, page))


def test_what_a_probe_saw_holds_no_credential_on_the_timeline() -> None:
    """The access token and the claims stay behind; the rest comes back as it was."""
    exchanged = answer(access_token="an-access-token", claims={"sub": "fh-1"}, seconds=300.0)
    dumped = Seen(exchanges=(exchanged,), did=("a",)).model_dump(mode="json", exclude_defaults=True)

    assert {
        "exchanges": [{"granted": True, "said": "status 200", "seconds": 300.0}],
        "did": ["a"],
    } == dumped
    assert "a" == Seen.model_validate(dumped).did[0]


@pytest.mark.parametrize(("public", "severity"), [(True, "error"), (False, "warning")])
def test_consent_weighs_more_where_the_client_does_not_authenticate(public: bool, severity: str) -> None:
    """Anybody can pretend to be such a client (RFC 6749 section 10.2)."""
    assert [("idp.auto_consent", severity)] == codes(probing.check_consent, did=("code",), public=public)
    assert [] == codes(probing.check_consent, public=public)


def test_an_error_that_repeats_what_is_secret_is_named_once() -> None:
    """However often it does."""
    told = Exchanged(granted=False, said="status 400", echoed=("code", "client_secret"))
    (found,) = probing.check_echo(Seen(exchanges=(told, told)))

    assert "one that repeats the request's code and client_secret" == found.observed


def test_what_no_probe_is_called_is_not_read() -> None:
    """A timeline of another version may hold it."""
    assert [] == list(probing.check_probe("of-another-version", Seen(did=("a",))))
