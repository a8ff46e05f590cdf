"""The injectors: each builds the seams that make the sample brand misbehave in one way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from joserfc.jwk import RSAKey

from harness.catalogue.faults import FaultRow
from harness.protocol import pkce
from harness.roles.seams import IssueCode, Seams


def claims(*, set: Mapping[str, Any] | None = None, from_now: Mapping[str, int] | None = None) -> Seams:  # noqa: A002 - the name stands in faults.toml
    """Change the id_token's payload before it is signed.

    Args:
        set: Claims and their new values.
        from_now: Claims and the seconds that are added to the time of issue.
    """

    def change(payload: dict[str, Any], now: float) -> dict[str, Any]:
        moved = {name: int(now) + seconds for name, seconds in (from_now or {}).items()}
        return {**payload, **(set or {}), **moved}

    return Seams(claims=change)


def foreign_key() -> Seams:
    """Sign with the key of another issuer, under the own key's ``kid``."""

    def other(issuer: str, keys: Mapping[str, RSAKey]) -> RSAKey:
        return next(keys[name] for name in keys if name != issuer)

    return Seams(signing_key=other)


def swapped_codes() -> Seams:
    """Open a second transaction beside each one, with its own challenge, and hand out its code."""

    def swap(issue: IssueCode, code_challenge: str | None) -> str:
        issue(code_challenge=code_challenge)
        return issue(code_challenge=pkce.s256(pkce.new_code_verifier()))

    return Seams(code=swap)


def page_method(*, variant: str) -> Seams:
    """Let the page load another page method.

    Args:
        variant: The name of a script in ``web/static/brand/page-method``.
    """
    return Seams(page_method=variant)


INJECTORS: Mapping[str, Callable[..., Seams]] = {
    "claims": claims,
    "foreign_key": foreign_key,
    "swapped_codes": swapped_codes,
    "page_method": page_method,
}


def inject(row: FaultRow) -> Seams:
    """Return the seams of a row of ``faults.toml``."""
    return INJECTORS[row.injector](**row.args)
