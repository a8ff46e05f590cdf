"""What the harness does of its own accord, in the places where a weaker one would do worse.

The defaults are the product. A self-test puts weaker habits in at composition, to show that the checks see
what a weak harness would let happen; the platform's are in :mod:`harness.verification.habits`.
"""

from __future__ import annotations

from dataclasses import dataclass

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class OwnHabits:
    """The harness's own choices.

    Attributes:
        any_host: Whether the server answers for a host that is not its own.
        any_target: Whether the browsers' proxy leads to hosts that nobody declared.
        address: Where servers listen.
        open_pages: Whether the harness's own pages are there for whoever asks.
        foreign_names: Whether a case's id is a file's name as it is.
        redacts: Whether known secrets are taken out of what is written.
        escapes: Whether the report shows foreign text as text.
        shares_store: Whether two harnesses keep what they remember in one place.
    """

    any_host: bool = False
    any_target: bool = False
    address: str = LOOPBACK
    open_pages: bool = False
    foreign_names: bool = False
    redacts: bool = True
    escapes: bool = True
    shares_store: bool = False
