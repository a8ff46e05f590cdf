"""Nobody is signed in twice at once: who has which account."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness import config_file
from harness.browser.own_logins import accounts
from harness.config import Config
from harness.executors.leases import leases
from harness.matrix import Case

BRAND = """
[connector]
flow = "implicit"
issuer = "https://login.acme.example"
authorization_endpoint = "https://login.acme.example/authorize"
client_id = "platform"
jwks_uri = "https://login.acme.example/jwks"

[brand]
page = "https://www.acme.example/account"
"""
LOGIN = """
[[login]]
account = "{account}"
on = "{on}"
steps = [ {{ fill = "Name", value = "{account}" }}, {{ click = "Sign in" }} ]
"""
SIGN_IN = (Case(surface="embedded", flow="implicit"),)
SWITCH = (*SIGN_IN, Case(surface="embedded", flow="implicit", scenario="switch-user"))


def brand(folder: Path, *logins: tuple[str, str]) -> Config:
    """Return the configuration of a brand with logins: account, and where it signs in."""
    path = folder / "brand.toml"
    text = BRAND + "".join(LOGIN.format(account=account, on=on) for account, on in logins)
    path.write_text(text, "utf-8")
    return config_file.read(path)


@pytest.fixture
def four(tmp_path: Path) -> Config:
    """Give a brand with four people, of whom the last signs in in the popup only."""
    people = (("alice", "page"), ("bob", "page"), ("carol", "page"), ("dave", "authorize"))
    return brand(tmp_path, *people)


def shared(found: tuple[Config, ...] | None) -> list[tuple[str, ...]]:
    """Return the accounts of each worker."""
    return [accounts(one) for one in found or ()]


def test_each_worker_has_an_account_of_its_own(four: Config) -> None:
    """One that can sign in wherever the first one can."""
    assert [("alice",), ("bob",), ("carol",)] == shared(leases(four, SIGN_IN))


def test_where_somebody_takes_over_each_worker_has_two(four: Config) -> None:
    """Three accounts are enough for one worker then, which knows all that the file names."""
    assert [("alice", "bob", "carol", "dave")] == shared(leases(four, SWITCH))


def test_one_account_is_one_worker(tmp_path: Path) -> None:
    """However many are asked for."""
    assert [("alice",)] == shared(leases(brand(tmp_path, ("alice", "page")), SIGN_IN))


def test_where_nobody_is_named_any_number_may_work(tmp_path: Path) -> None:
    """The sample brand is each worker's own; a brand without logins has nobody to be signed in twice."""
    assert leases(Config(), SIGN_IN) is None
    assert leases(brand(tmp_path), SIGN_IN) is None


def test_a_kept_session_is_one_person_s(tmp_path: Path) -> None:
    """It is not used twice at once."""
    config = brand(tmp_path)

    assert (config,) == leases(config, SIGN_IN, {("chromium", "alice")})
