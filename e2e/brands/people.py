"""The consumers of the demonstration brands: every brand has Alice and Ben, with passwords of one run."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Person:
    """A consumer with an account.

    Attributes:
        username: What is typed at the login.
        password: Made for one run.
        sub: Never changes, and says nothing.
        claims: What the brand knows beside it.
    """

    username: str
    password: str = field(repr=False)
    sub: str
    claims: Mapping[str, Any]


class People:
    """Everybody who has an account with a brand.

    Args:
        prefix: How the brand's customer numbers begin.
    """

    def __init__(self, prefix: str) -> None:
        self.alice = _person("alice", "Alice", "Archer", f"{prefix}-204117")
        self.ben = _person("ben", "Ben", "Bristow", f"{prefix}-204118")

    def check(self, username: str, password: str) -> Person | None:
        """Return who has this username and this password."""
        for person in (self.alice, self.ben):
            if person.username == username and secrets.compare_digest(
                person.password.encode(), password.encode()
            ):
                return person
        return None

    def environment(self, brand: str) -> dict[str, str]:
        """Return the variables by which the configuration file reads the passwords."""
        return {f"{brand}_{one.username}_PASSWORD".upper(): one.password for one in (self.alice, self.ben)}


def _person(username: str, given_name: str, family_name: str, sub: str) -> Person:
    claims = {
        "given_name": given_name,
        "family_name": family_name,
        "email": f"{username}@mail.example",
        "email_verified": True,
        "lp_sdes": [{"type": "ctmrinfo", "info": {"customerId": sub, "ctype": "regular"}}],
    }
    return Person(username=username, password=secrets.token_urlsafe(12), sub=sub, claims=claims)
