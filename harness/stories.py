"""The two stories of the platform's documentation, as data: who says and does what, in order.

In both the consumer is known before the agent's first word, so that nobody is asked who they are.

Source: the platform's public documentation of consumer authentication, "Why authenticate consumers?".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from harness.config import Surface


@dataclass(frozen=True, kw_only=True)
class Line:
    """Somebody says something."""

    speaker: Literal["consumer", "agent"]
    text: str


@dataclass(frozen=True, kw_only=True)
class PlaceOrder:
    """The agent orders a plan, by the name on the consumer's card."""

    plan: str


@dataclass(frozen=True, kw_only=True)
class AgreePayment:
    """The agent agrees on a way to pay the bill of a date, both by their names on the consumer's card."""

    bill: str
    way: str


@dataclass(frozen=True, kw_only=True)
class Story:
    """A conversation from its first word to its last.

    Attributes:
        id: Its short name.
        title: What it shows, in one line.
        account: Who is signed in at the brand.
        surface: Where they open the chat.
        on_card: What the agent reads on the consumer's card before they say a word.
        beats: What is said and done, in order.
        receipt: What both read on the receipt.
    """

    id: str
    title: str
    account: str
    surface: Surface
    on_card: tuple[str, ...]
    beats: tuple[Line | PlaceOrder | AgreePayment, ...]
    receipt: tuple[str, ...]


PURCHASE = Story(
    id="purchase",
    title="A purchase for a known consumer",
    account="alice",
    surface="embedded",
    on_card=("Alice Abel", "FH-100-234", "Fibre 500 + Mobile Duo"),
    beats=(
        Line(speaker="consumer", text="My daughter needs a mobile number of her own. What do you have?"),
        Line(
            speaker="agent",
            text="Hello Alice. Beside your Fibre 500 + Mobile Duo, Mobile Solo 20 GB would suit her: "
            "€19.90 a month, no contract, on the same bill. Shall I order it?",
        ),
        Line(speaker="consumer", text="Yes, please."),
        PlaceOrder(plan="Mobile Solo 20 GB"),
        Line(speaker="agent", text="Done. The SIM card leaves today for the address on your account."),
        Line(speaker="consumer", text="That was quick. Thank you!"),
    ),
    receipt=("Order placed", "FH-100-234", "Mobile Solo 20 GB", "€19.90 a month"),
)

BILLING = Story(
    id="billing",
    title="A billing question",
    account="alice",
    surface="popup",
    on_card=("Alice Abel", "FH-100-234", "2026-11-01", "Direct debit"),
    beats=(
        Line(speaker="consumer", text="What is the cheapest way to pay my November bill?"),
        Line(
            speaker="agent",
            text="Hello Alice. Of the €48.90 you would pay €45.90 by direct debit, "
            "which saves €3.00 against your card. Shall I set it up?",
        ),
        Line(speaker="consumer", text="Direct debit, please."),
        AgreePayment(bill="2026-11-01", way="Direct debit"),
        Line(speaker="agent", text="Done. We collect €45.90 next week; there is nothing else to do."),
        Line(speaker="consumer", text="Perfect, thanks."),
    ),
    receipt=("Payment agreed", "FH-100-234", "2026-11-01", "Direct debit", "€45.90"),
)

STORIES: tuple[Story, ...] = (PURCHASE, BILLING)
