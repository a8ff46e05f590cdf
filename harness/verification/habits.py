"""What the platform does of its own accord, in the places where a weaker platform would do worse.

The defaults are the product. A self-test puts weaker habits in at composition, to show that the checks see
what a weak platform would let happen.

What the weaker ones invite is in RFC 9700 section 4.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from joserfc.jwk import Key

from harness.protocol import jose, pkce
from harness.protocol.fingerprint import fingerprint
from harness.protocol.jose import CompactJwe
from harness.verification.pipeline import STEPS, Step

ProfileKey = tuple[str, str, str]


def profile_key(account: str, iss: str, sub: str, verified: Mapping[str, Any]) -> ProfileKey:
    """Return what tells one consumer from another (OpenID Connect Core section 5.7)."""
    return account, iss, sub


@dataclass(frozen=True, kw_only=True)
class Habits:
    """The platform's own choices.

    Attributes:
        code_verifier: Makes a ``code_verifier`` of a length.
        sealed: Whether a ``code_verifier`` is sealed before it travels through a browser.
        profile_key: Makes the key of a profile from account, ``iss``, ``sub`` and the claims to show.
        decrypt: Opens an encrypted token, and says in one way that it cannot.
        mark: Makes of a credential what a line of the log may hold.
        steps: The verification, in order.
        one_key_cache: Whether a key is found by its ``kid`` alone, whoever's it is.
    """

    code_verifier: Callable[[int], str] = pkce.new_code_verifier
    sealed: bool = True
    profile_key: Callable[[str, str, str, Mapping[str, Any]], ProfileKey] = profile_key
    decrypt: Callable[[CompactJwe, Key, Collection[str]], bytes] = jose.decrypt
    mark: Callable[[str], str] = fingerprint
    steps: tuple[Step, ...] = STEPS
    one_key_cache: bool = False
