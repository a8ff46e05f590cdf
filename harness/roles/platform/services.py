"""What an agent can do for a consumer whom the brand vouches for: sell a plan, agree on a payment.

Everything is decided on verified claims. For a guest there is nothing to do, whatever the page says of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from harness.roles.platform.account import Account
from harness.sample import Plan
from harness.store.conversations import Message

Verified = dict[str, Any] | None
"""The verified claims of a conversation's consumer, ``None`` for a guest."""


class NotOffered(Exception):
    """What the agent asks for cannot be done in this conversation; the message says why, in one sentence."""


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What was done, as both sides are shown it.

    Attributes:
        kind: Which of the two it is.
        subject: Which plan by its id, or which bill by its date.
        title: Its heading.
        facts: Terms and values, in reading order.
    """

    kind: Literal["order", "payment"]
    subject: str
    title: str
    facts: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """The same in one sentence, for those who show text only."""
        return f"{self.title}: {', '.join(f'{term} {value}' for term, value in self.facts)}."

    def as_json(self) -> dict[str, Any]:
        """Return what is kept beside the message."""
        return asdict(self)


class Services:
    """Tells what can be done in a conversation, and does it.

    Args:
        plans: What the brand sells; a brand that sells nothing here leaves it empty.
    """

    def __init__(self, plans: Sequence[Plan] = ()) -> None:
        self._plans = tuple(plans)

    def offered(self, verified: Verified, said: Iterable[Message]) -> dict[str, Any] | None:
        """Return what the workspace offers the agent, ``None`` where nothing can be booked.

        Args:
            verified: The verified claims.
            said: The conversation so far, whose receipts tell what has been done.
        """
        account = Account.of(verified) if verified is not None else None
        if account is None:
            return None
        done = _done(said)
        plans = [
            {**_described(plan), "ordered": ("order", plan.id) in done}
            for plan in self._plans
            if plan.name != account.package
        ]
        bills = [
            {
                **bill.model_dump(),
                "agreed": ("payment", bill.date) in done,
                "ways": [{**way.model_dump(), "total": way.total(bill)} for way in account.ranked(bill)],
            }
            for bill in account.open_bills
        ]
        return {"account_number": account.number, "plans": plans, "bills": bills}

    def order(self, verified: Verified, said: Iterable[Message], *, plan: str) -> Receipt:
        """Order a plan for a verified consumer.

        Raises:
            NotOffered: To a guest, and when the plan is not sold to them or has been ordered here.
        """
        account = _vouched_for(verified)
        sold = next((one for one in self._plans if one.id == plan and one.name != account.package), None)
        if sold is None:
            raise NotOffered(f"There is no plan {plan!r} for this consumer; choose one on their card.")
        _only_once("order", plan, said)
        facts = (
            ("Account number", account.number),
            ("Package", sold.name),
            ("Price", f"{money(sold.price, sold.currency)} a month"),
        )
        return Receipt(kind="order", subject=plan, title="Order placed", facts=facts)

    def payment(self, verified: Verified, said: Iterable[Message], *, bill: str, way: str) -> Receipt:
        """Agree on how a verified consumer pays an open bill.

        Raises:
            NotOffered: To a guest, and when the bill is not open, agreed on, or not to be paid in this way.
        """
        account = _vouched_for(verified)
        due = next((one for one in account.open_bills if one.date == bill), None)
        if due is None:
            raise NotOffered(f"There is no open bill of {bill!r}; the consumer's card lists those that are.")
        chosen = next((one for one in account.ways if one.id == way), None)
        if chosen is None:
            raise NotOffered(f"This consumer cannot pay by {way!r}; choose a way on their card.")
        _only_once("payment", bill, said)
        spread = f" in {chosen.instalments} parts" if chosen.instalments > 1 else ""
        facts = (
            ("Account number", account.number),
            ("Bill", f"{due.date}, {money(due.amount, due.currency)}"),
            ("Paid by", chosen.name),
            ("To pay", f"{money(chosen.total(due), due.currency)}{spread}"),
        )
        return Receipt(kind="payment", subject=bill, title="Payment agreed", facts=facts)


def money(amount: int, currency: str) -> str:
    """Return an amount of minor units as people read it."""
    sign = {"EUR": "€", "GBP": "£", "USD": "$"}.get(currency)
    return f"{sign}{amount / 100:.2f}" if sign else f"{amount / 100:.2f} {currency}"


def _vouched_for(verified: Verified) -> Account:
    """Return the account of a verified consumer."""
    if verified is None:
        raise NotOffered("Nobody vouches for this consumer yet; let them sign in on the brand's page first.")
    account = Account.of(verified)
    if account is None:
        raise NotOffered("The brand's token names no account number (customerId), so nothing can be booked.")
    return account


def _only_once(kind: str, subject: str, said: Iterable[Message]) -> None:
    if (kind, subject) in _done(said):
        raise NotOffered("That has been done in this conversation already; its receipt is above.")


def _done(said: Iterable[Message]) -> set[tuple[str, str]]:
    return {(one.receipt["kind"], one.receipt["subject"]) for one in said if one.receipt is not None}


def _described(plan: Plan) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in ("id", "name", "price", "currency", "summary")}
