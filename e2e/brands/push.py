"""Tarn Energy: another platform's snippet, to which the page pushes its tokens, and again when it asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .people import People
from .serving import Site
from .token_shop import TokenShop

HOST = "www.tarn.example"
ISSUER = f"https://{HOST}"


@dataclass(frozen=True, kw_only=True)
class Push:
    """The supplier, and how one may have written its page.

    Attributes:
        method: How tokens are pushed: the file below ``web/push/chat``.
        age: How old a token is when the page gets it, in seconds.
    """

    method: Literal["right", "never-again", "same-again", "bare-token", "silent-stranger"] = "right"
    age: int = 0


def build(variation: Push) -> Site:
    """Build the supplier."""
    people = People("ta")
    shop = TokenShop(
        folder="push",
        issuer=ISSUER,
        client_id="messaging",
        people=people,
        method=variation.method,
        age=variation.age,
    )
    return Site(name="push", hosts={HOST: shop.asgi()}, environment=people.environment("tarn"))
