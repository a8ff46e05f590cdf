"""Where a fault may take hold of the sample brand: plain functions that normally change nothing.

The roles call their seams without knowing what is behind them; :mod:`harness.faults` puts something there.
The platform has none: what diagnoses cannot be told what was broken.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from joserfc.jwk import RSAKey


class IssueCode(Protocol):
    """Issues one authorization code for the transaction at hand."""

    def __call__(self, *, code_challenge: str | None) -> str:
        """Issue a code bound to ``code_challenge``, the rest as in the request."""
        ...


def _same_claims(claims: dict[str, Any], now: float) -> dict[str, Any]:
    return claims


def _own_key(issuer: str, keys: Mapping[str, RSAKey]) -> RSAKey:
    return keys[issuer]


def _one_code(issue: IssueCode, code_challenge: str | None) -> str:
    return issue(code_challenge=code_challenge)


@dataclass(frozen=True, kw_only=True)
class Seams:
    """The places at which the sample brand can be made to misbehave.

    Attributes:
        claims: The id_token's payload before it is signed, with the time in seconds.
        signing_key: Chooses the key among the keys of every issuer.
        code: Issues the authorization code.
        page_method: Which script the page loads as its page method.
        page_headers: Headers that the brand's pages carry beside or instead of their own.
    """

    claims: Callable[[dict[str, Any], float], dict[str, Any]] = _same_claims
    signing_key: Callable[[str, Mapping[str, RSAKey]], RSAKey] = _own_key
    code: Callable[[IssueCode, str | None], str] = _one_code
    page_method: str = "correct"
    page_headers: Mapping[str, str] = field(default_factory=dict)


class Seamed:
    """Holds the seams that are in place now."""

    def __init__(self) -> None:
        self.now = Seams()

    @contextlib.contextmanager
    def put(self, seams: Seams) -> Iterator[None]:
        """Put other seams in place for the length of the block."""
        before, self.now = self.now, seams
        try:
            yield
        finally:
            self.now = before
