"""What the platform's SDK and window do of their own accord, where a weaker platform would do worse.

The defaults are the product. A self-test puts weaker habits in at composition, to show that the checks see
what a weak platform would let happen; those of the verification backend are in
:mod:`harness.verification.habits`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class PageHabits:
    """The choices of SDK and window.

    Attributes:
        scripts: Scripts of ``web/static/weak-platform`` that replace what both hold to.
        framed_by: The sources of the window's ``frame-ancestors``; the registered origins when ``None``.
        tag: A page that the SDK's address answers with instead of the SDK.
    """

    scripts: tuple[str, ...] = ()
    framed_by: tuple[str, ...] | None = None
    tag: str | None = None
