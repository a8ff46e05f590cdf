"""What Acme looks for in a sign-in beside what the harness does."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.extension import Extension, Problem, Seams, Timeline

PERSONAL = {"birthdate", "address"}


def check_personal_claims(timeline: Timeline) -> Iterator[Problem]:
    """An id_token says no more about a person than the chat needs."""
    for event in timeline.of("id_token.examined"):
        for name in sorted(PERSONAL & event.data["claims"].keys()):
            yield Problem(
                code="acme.personal_claim",
                expected="no claim that the chat does not need",
                observed=f"the claim {name}",
            )


def address(*, country: str) -> Seams:
    """Let the authorization server put a postal address into the id_token."""

    def add(claims: dict[str, Any], now: float) -> dict[str, Any]:
        return {**claims, "address": {"country": country}}

    return Seams(claims=add)


def rows(name: str) -> Mapping[str, Mapping[str, Any]]:
    """Return the rows of a TOML file beside this one."""
    return tomllib.loads(Path(__file__).with_name(name).read_text("utf-8"))


EXTENSION = Extension(
    name="acme",
    codes=rows("codes.toml"),
    checks=(check_personal_claims,),
    faults=rows("faults.toml"),
    injectors={"acme-address": address},
)
