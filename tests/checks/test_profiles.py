"""Who was taken for whom: profiles that are shared, and logins that had ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from harness.checks.profiles import check_collision, check_logout

if TYPE_CHECKING:
    from tests.checks.conftest import Happened, Told

Verdict = Callable[..., "Told"]
ISSUER, PARTNER = "https://login.brand.test", "https://idp.test"


def logout(**changes: Any) -> Told:
    """Return alice's logout at her issuer, of a login at 1000 s."""
    alice = {"issuer": ISSUER, "subject": "a1ice0", "auth_time": 1_000}
    return "idp", "logout", {**alice, **changes}


@pytest.mark.parametrize("changes", [{"issuer": PARTNER}, {"account": "another-account"}])
def test_a_profile_of_two_issuers_or_accounts_is_a_collision(
    changes: dict[str, str], happened: Happened, verdict: Verdict
) -> None:
    """Whoever signs in gets the profile of somebody else (OpenID Connect Core section 5.7)."""
    (found,) = check_collision(happened(verdict(), verdict(**changes)))

    assert ("platform.issuer_collision", "error") == (found.code, found.severity)


@pytest.mark.parametrize(
    "changes", [{}, {"profile": 2, "issuer": PARTNER}, {"profile": 2, "account": "another-account"}]
)
def test_a_profile_of_their_own_is_none(
    changes: dict[str, Any], happened: Happened, verdict: Verdict
) -> None:
    """The same consumer twice, and others with profiles of their own."""
    assert [] == list(check_collision(happened(verdict(), verdict(**changes))))


def test_a_collision_is_told_once(happened: Happened, verdict: Verdict) -> None:
    """However often the profile is shared, it is one mistake."""
    strangers = [verdict(issuer=f"https://idp-{number}.test") for number in range(3)]

    assert 1 == len(list(check_collision(happened(verdict(), *strangers))))


def test_whoever_is_not_signed_in_has_no_profile_to_share(happened: Happened, verdict: Verdict) -> None:
    """A refusal names no profile."""
    refused = verdict(outcome="refused", code="claims.expired", profile=None, issuer=PARTNER)

    assert [] == list(check_collision(happened(verdict(profile=None), refused, refused)))


def test_a_token_of_a_login_that_has_ended_is_worth_a_word(happened: Happened, verdict: Verdict) -> None:
    """The consumer logged out before the platform took the token."""
    (found,) = check_logout(happened(logout(), verdict()))

    assert ("claims.auth_time_before_logout", "warning") == (found.code, found.severity)


def test_a_logout_afterwards_changes_nothing(happened: Happened, verdict: Verdict) -> None:
    """The token was taken while its login lasted."""
    assert [] == list(check_logout(happened(verdict(), logout())))


@pytest.mark.parametrize(
    ("ended", "signed_in"),
    [
        ({}, {"auth_time": 1_001}),
        ({"subject": "b0b"}, {}),
        ({"issuer": PARTNER}, {}),
        ({}, {"auth_time": None}),
        ({}, {"auth_time": "1000"}),
        ({}, {"outcome": "refused"}),
    ],
)
def test_only_the_login_that_ended_counts(
    ended: dict[str, Any], signed_in: dict[str, Any], happened: Happened, verdict: Verdict
) -> None:
    """A later login, another person, another issuer, and a token that says nothing of its login."""
    assert [] == list(check_logout(happened(logout(**ended), verdict(**signed_in))))


def test_the_shops_own_logout_names_nobody(happened: Happened, verdict: Verdict) -> None:
    """It says nothing of a login at the authorization server, and breaks nothing."""
    shop: Told = ("brand", "logout", {})

    assert [] == list(check_logout(happened(shop, verdict())))
    assert 1 == len(list(check_logout(happened(shop, logout(), verdict()))))
