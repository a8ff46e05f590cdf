"""Which cases of a brand's own can be played, who signs in, and when the page is the brand's."""

from __future__ import annotations

from typing import Any

import pytest

from harness.browser.own_logins import accounts, is_on, login_of, unplayable
from harness.config import Config, Connector
from harness.matrix import Case
from harness.own_brand import BrandPage, Login, Step

STEPS = (Step(verb="click", target="Sign in"),)


def login(on: Any = "page", account: str = "alice") -> Login:
    """Return how somebody signs in."""
    return Login(on=on, account=account, steps=STEPS)


def config(*logins: Login) -> Config:
    """Return a brand's configuration with some logins."""
    connector = Connector(
        id="acme",
        flow="implicit",
        issuer="https://login.acme.example",
        client_id="platform",
        jwks_uri="https://login.acme.example/jwks",
    )
    return Config(
        brand=BrandPage(page="https://www.acme.example/account"), connectors=(connector,), logins=logins
    )


def case(surface: Any, scenario: Any = "sign-in") -> Case:
    """Return a case."""
    return Case(surface=surface, flow="implicit", scenario=scenario)


PAGE, IDP, BOB = login(), login("authorize"), login(account="bob")


@pytest.mark.parametrize(
    ("logins", "asked", "reason"),
    [
        ((PAGE,), case("embedded"), None),
        ((), case("embedded"), None),
        ((IDP,), case("embedded"), 'say how in a [[login]] with on = "page"'),
        ((IDP,), case("embedded", "logged-out"), None),
        ((PAGE,), case("popup"), None),
        ((IDP,), case("popup"), None),
        ((PAGE,), case("popup", "logged-out"), 'say how in a [[login]] with on = "authorize"'),
        ((PAGE, IDP), case("popup", "logged-out"), None),
        ((PAGE,), case("embedded", "switch-user"), "switch-user takes two accounts"),
        (
            (PAGE, login("authorize", "bob")),
            case("embedded", "switch-user"),
            "switch-user takes two accounts",
        ),
        ((PAGE, BOB), case("embedded", "switch-user"), None),
        ((PAGE,), case("app"), "a brand's own app is not driven"),
    ],
)
def test_what_cannot_be_played_says_what_is_missing(
    logins: tuple[Login, ...], asked: Case, reason: str | None
) -> None:
    """It is listed as unavailable, with the line to write."""
    found = unplayable(config(*logins), asked)

    assert (found is None) == (reason is None)
    assert (reason or "") in (found or "")


def test_every_case_of_the_sample_brand_can_be_played() -> None:
    """Its people are known."""
    assert unplayable(Config(), case("app", "switch-user")) is None


def test_a_login_is_that_of_a_person_at_a_place() -> None:
    """The same person may sign in on the page in one way and at the authorization server in another."""
    known = config(PAGE, IDP, BOB)

    assert ("alice", "bob") == accounts(known)
    assert [PAGE, IDP, BOB, None] == [
        login_of(known, account, on)
        for account, on in (
            ("alice", "page"),
            ("alice", "authorize"),
            ("bob", "page"),
            ("bob", "authorize"),
        )
    ]


@pytest.mark.parametrize(
    ("page", "url", "there"),
    [
        ("https://acme.eu/account", "https://acme.eu/login", True),
        ("https://acme.eu/account", "https://acme.eu", True),
        ("https://acme.eu/account", "https://acme.eu.login.example/authorize", False),
        ("https://acme.eu/account", "https://acme.eu:8443/", False),
        ("https://acme.eu:8443/account", "https://acme.eu:8443/?a=b", True),
        ("https://ACME.eu:443/account", "https://acme.eu/", True),
        ("https://acme.eu/account", "chrome-error://chromewebdata/", False),
    ],
)
def test_an_address_is_the_pages_by_its_whole_origin(page: str, url: str, there: bool) -> None:
    """A login that begins like the shop is another site (RFC 6454 section 5)."""
    assert there == is_on(BrandPage(page=page), url)
