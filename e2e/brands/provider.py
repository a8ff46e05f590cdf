"""Saltmarsh Hotels: another platform's snippet, with which the page registers a provider of its tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .people import People
from .serving import Site
from .token_shop import TokenShop

HOST = "www.saltmarsh.example"
ISSUER = f"https://{HOST}"


@dataclass(frozen=True, kw_only=True)
class Provider:
    """The hotels, and how one may have written their page.

    Attributes:
        method: How the provider is registered: the file below ``web/provider/chat``.
    """

    method: Literal["right", "other-command", "registers-token", "returns", "rejects", "calls-twice"] = (
        "right"
    )


def build(variation: Provider) -> Site:
    """Build the hotels."""
    people = People("sm")
    shop = TokenShop(
        folder="provider", issuer=ISSUER, client_id="deskline", people=people, method=variation.method
    )
    return Site(name="provider", hosts={HOST: shop.asgi()}, environment=people.environment("saltmarsh"))
