"""Weaker habits of the platform itself: what the checks must notice if the product ever had them."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from joserfc.jwk import Key, RSAKey

from harness.own_habits import OwnHabits
from harness.protocol import base64url, jose
from harness.protocol.jose import CompactJwe
from harness.protocol.problem import Refusal
from harness.roles.platform.habits import GateHabits, PageHabits
from harness.roles.seams import Seams
from harness.roles.web import CookieForm
from harness.verification.habits import Habits, ProfileKey
from harness.verification.pipeline import STEPS, Result, Subject


def weak_verifier(*, text: str = "", repeat: int = 1) -> Seams:
    """Make every ``code_verifier`` the same.

    Args:
        text: What it consists of.
        repeat: How often.
    """
    return Seams(habits=Habits(code_verifier=lambda length: text * repeat))


def bare_verifier() -> Seams:
    """Let every ``code_verifier`` travel through the browser as it is."""
    return Seams(habits=Habits(sealed=False))


def merged_issuers() -> Seams:
    """Tell consumers apart by their subject alone."""
    return Seams(habits=Habits(profile_key=lambda account, iss, sub, verified: (account, "any issuer", sub)))


def folded_subjects() -> Seams:
    """Take subjects for the same that differ in their spelling."""

    def key(account: str, iss: str, sub: str, verified: Mapping[str, Any]) -> ProfileKey:
        return account, iss, sub.strip().casefold()

    return Seams(habits=Habits(profile_key=key))


def merged_by(*, claim: str) -> Seams:
    """Take consumers for the same who have a claim in common.

    Args:
        claim: The claim's name.
    """

    def key(account: str, iss: str, sub: str, verified: Mapping[str, Any]) -> ProfileKey:
        return account, iss, str(verified.get(claim, sub))

    return Seams(habits=Habits(profile_key=key))


def one_key_cache() -> Seams:
    """Keep the keys of all issuers in one cache, by their ids."""
    return Seams(habits=Habits(one_key_cache=True))


def talkative_decryption() -> Seams:
    """Say of an encrypted token which part of it did not decrypt."""

    def decrypt(token: CompactJwe, key: Key, algorithms: Collection[str]) -> bytes:
        private = key.private_key if isinstance(key, RSAKey) else None
        assert private is not None, "the sample's tokens are encrypted to an RSA key"
        wrapped = base64url.decode(token.compact.split(".")[1])
        oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
        try:
            private.decrypt(wrapped, oaep)
        except ValueError:
            raise Refusal("jwe.decrypt_failed", expected="a key", observed="its padding is wrong") from None
        return jose.decrypt(token, key, algorithms)

    return Seams(habits=Habits(decrypt=decrypt), page_habits=PageHabits(says_why=True))


def weak_gate(**habits: bool) -> Seams:
    """Let the front door of the API be less careful.

    Args:
        habits: As :class:`~harness.roles.platform.habits.GateHabits` has them.
    """
    return Seams(page_habits=PageHabits(gate=GateHabits(**habits)))


def weak_windows(**habits: bool) -> Seams:
    """Let the window say or keep more than it should.

    Args:
        habits: ``says_why``, ``keeps_session`` or ``shared_history`` of
            :class:`~harness.roles.platform.habits.PageHabits`.
    """
    return Seams(page_habits=PageHabits(**habits))  # type: ignore[arg-type]


def weak_harness(**habits: Any) -> Seams:
    """Let the harness itself be less careful.

    Args:
        habits: As :class:`~harness.own_habits.OwnHabits` has them.
    """
    return Seams(own_habits=OwnHabits(**habits))


def open_log() -> Seams:
    """Write credentials into the log as they are."""
    return Seams(habits=Habits(mark=str))


def broken_library(*, step: str, error: str) -> Seams:
    """Let a library raise what is none of its own errors.

    Args:
        step: The step of the verification that it is used in.
        error: The name of the built-in exception.
    """

    def raises(subject: Subject) -> Iterator[Result]:
        raise getattr(builtins, error)("a library's own words about the token")
        yield

    raises.__name__ = step
    steps = tuple(raises if one.__name__ == step else one for one in STEPS)
    return Seams(habits=Habits(steps=steps))


def weak_pages(
    *,
    scripts: tuple[str, ...] = (),
    headers: Mapping[str, str] | None = None,
    csp: Mapping[str, str] | None = None,
    binding_cookie: Mapping[str, Any] | None = None,
    session_cookie: bool = False,
    framed_by: tuple[str, ...] | None = None,
) -> Seams:
    """Let SDK and window be less careful.

    Args:
        scripts: Scripts of ``web/static/weak-platform``.
        headers: Headers of the window's page.
        csp: Directives of its content security policy.
        binding_cookie: What the cookie that binds a popup says of itself, as
            :class:`~harness.roles.web.CookieForm` has it.
        session_cookie: Whether a framed window counts on a cookie for its session.
        framed_by: The only sources that may frame the window.
    """
    habits = PageHabits(
        scripts=tuple(scripts),
        headers=headers or {},
        csp=csp or {},
        binding_cookie=CookieForm(**binding_cookie) if binding_cookie is not None else None,
        session_cookie=session_cookie,
        framed_by=tuple(framed_by) if framed_by else None,
    )
    return Seams(page_habits=habits)


_BELIEVED: Mapping[str, Callable[[str], bool]] = {
    "anything": lambda address: True,
    "a path": lambda address: address.startswith("/"),
    "the platform's name": lambda address: "chat.platform.test" in address,
    "no http": lambda address: not address.startswith(("http:", "https:", "//")),
}
"""What careless code takes for an address of its own."""


def open_callback(*, believes: str) -> Seams:
    """Let the window go on to addresses that it is told to go on to.

    Args:
        believes: What it takes for an address of its own, a key of :data:`_BELIEVED`.
    """
    return Seams(page_habits=PageHabits(leads_to=_BELIEVED[believes]))


def longest_address(*, characters: int, status: int) -> Seams:
    """Let what stands before the window refuse long addresses.

    Args:
        characters: The longest address that is let through.
        status: The status of the refusal.
    """
    return Seams(page_habits=PageHabits(longest_address=characters, too_long=status))


def state_in_frame() -> Seams:
    """Count on what a frame of the platform's has kept about the sign-in that a popup comes back from."""
    kept = PageHabits(scripts=("state-in-frame",), remembered=lambda request: "x-sign-in" in request.headers)
    return Seams(page_habits=kept)


def tag_page(*, text: str) -> Seams:
    """Let the SDK's address answer with a page, as a captive portal or a fallback route does."""
    return Seams(page_habits=PageHabits(tag=text))


def popup_target(*, name: str) -> Seams:
    """Open every popup in the window of one name.

    Args:
        name: The window's name.
    """
    return Seams(page_habits=PageHabits(popup_target=name))
