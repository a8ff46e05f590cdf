"""What the platform does of its own accord, in the places where a weaker platform would do worse.

The defaults are the product. A self-test puts weaker habits in at composition, to show that the checks see
what a weak platform would let happen.

What the weaker ones invite is in RFC 9700 section 4.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.protocol import pkce

ProfileKey = tuple[str, str, str]


def profile_key(account: str, iss: str, sub: str) -> ProfileKey:
    """Return what tells one consumer from another (OpenID Connect Core section 5.7)."""
    return account, iss, sub


@dataclass(frozen=True, kw_only=True)
class Habits:
    """The platform's own choices.

    Attributes:
        code_verifier: Makes a ``code_verifier`` of a length.
        sealed: Whether a ``code_verifier`` is sealed before it travels through a browser.
        profile_key: Makes the key of a profile from account, ``iss`` and ``sub``.
    """

    code_verifier: Callable[[int], str] = pkce.new_code_verifier
    sealed: bool = True
    profile_key: Callable[[str, str, str], ProfileKey] = profile_key
