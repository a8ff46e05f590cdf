"""What an agent can do for a consumer: decided on verified claims alone."""

from __future__ import annotations

from typing import Any

import pytest

from harness.roles.platform.services import NotOffered, Services, money
from harness.sample import CUSTOMERS, PLANS
from harness.store.conversations import Message

SERVICES = Services(PLANS)
ALICE, BOB, CAROL = CUSTOMERS
BILL = "2026-11-01"


def verified(customer: Any = ALICE, **mapped: Any) -> dict[str, Any]:
    """Return a customer's claims as the platform keeps them."""
    info = {"ctype": customer.package, "customerId": customer.account_number}
    labels = {
        "Billing history": [vars(bill) for bill in customer.bills],
        "Ways to pay": [vars(way) for way in customer.ways_to_pay],
    }
    return {"lp_sdes": [{"type": "ctmrinfo", "info": info}], "mapped": labels | mapped}


def said(**receipt: str) -> tuple[Message, ...]:
    """Return a conversation of one message with a receipt."""
    return (Message(id=1, sender="agent", text="Done.", at=0.0, receipt=dict(receipt)),)


def test_a_guest_is_offered_nothing() -> None:
    """There is nobody whose account it would be."""
    assert SERVICES.offered(None, ()) is None


def test_a_consumer_without_an_account_number_is_offered_nothing() -> None:
    """A brand that names none can have nothing booked."""
    assert SERVICES.offered({"lp_sdes": [], "mapped": {}}, ()) is None


def test_what_a_consumer_has_is_not_offered_to_them() -> None:
    """Every plan but the current package."""
    offered = SERVICES.offered(verified(), ())

    assert offered is not None
    assert ["fibre-500", "fibre-1000", "mobile-solo"] == [plan["id"] for plan in offered["plans"]]


@pytest.mark.parametrize(
    ("customer", "ranking"),
    [
        (ALICE, [["direct-debit", "card", "transfer", "instalments"]]),
        (BOB, []),
        (CAROL, [["card", "transfer", "instalments"]]),
    ],
    ids=lambda value: getattr(value, "username", ""),
)
def test_ways_to_pay_are_ranked_for_each_consumer(customer: Any, ranking: list[list[str]]) -> None:
    """The cheapest first, for every open bill."""
    offered = SERVICES.offered(verified(customer), ())

    assert offered is not None
    assert ranking == [[way["id"] for way in bill["ways"]] for bill in offered["bills"]]


@pytest.mark.parametrize(
    "history",
    [None, "paid", 7, [None], [{}], [{"date": BILL, "amount": "48.90", "currency": "EUR", "status": "open"}]],
)
def test_a_claim_of_another_form_is_no_bill(history: Any) -> None:
    """A brand may map whatever it likes to the label; nothing is made of it."""
    offered = SERVICES.offered(verified(**{"Billing history": history}), ())

    assert offered is not None
    assert [] == offered["bills"]


def test_an_order_names_account_package_and_price() -> None:
    """The receipt is complete without the conversation around it."""
    receipt = SERVICES.order(verified(), (), plan="mobile-solo")

    assert (
        "Order placed: Account number FH-100-234, Package Mobile Solo 20 GB, Price €19.90 a month."
        == receipt.text
    )


def test_a_payment_names_account_bill_and_sum() -> None:
    """What the bill says, how it is paid, and what it comes to."""
    receipt = SERVICES.payment(verified(), (), bill=BILL, way="direct-debit")

    facts = {
        "Account number": "FH-100-234",
        "Bill": "2026-11-01, €48.90",
        "Paid by": "Direct debit",
        "To pay": "€45.90",
    }
    assert ("payment", facts) == (receipt.kind, dict(receipt.facts))


def test_instalments_are_named() -> None:
    """Who pays in parts reads in how many."""
    receipt = SERVICES.payment(verified(), (), bill=BILL, way="instalments")

    assert "€53.40 in 3 parts" == dict(receipt.facts)["To pay"]


@pytest.mark.parametrize(
    ("claims", "plan", "sentence"),
    [
        (None, "mobile-solo", "Nobody vouches for this consumer yet"),
        ({"lp_sdes": [], "mapped": {}}, "mobile-solo", "names no account number"),
        (verified(), "satellite", "There is no plan 'satellite'"),
        (verified(), "fibre-500-mobile-duo", "There is no plan"),
    ],
    ids=["guest", "no account", "no such plan", "has it"],
)
def test_an_order_is_refused(claims: dict[str, Any] | None, plan: str, sentence: str) -> None:
    """To a guest above all, and where there is nothing to order."""
    with pytest.raises(NotOffered, match=sentence):
        SERVICES.order(claims, (), plan=plan)


@pytest.mark.parametrize(
    ("claims", "bill", "way", "sentence"),
    [
        (None, BILL, "card", "Nobody vouches for this consumer yet"),
        (verified(), "2026-10-01", "card", "no open bill of '2026-10-01'"),
        (verified(), BILL, "cowries", "cannot pay by 'cowries'"),
        (verified(CAROL), "2026-11-08", "direct-debit", "cannot pay by 'direct-debit'"),
    ],
    ids=["guest", "paid", "no such way", "not this consumer's way"],
)
def test_a_payment_is_refused(claims: dict[str, Any] | None, bill: str, way: str, sentence: str) -> None:
    """To a guest above all, and where nothing is open or the way is not theirs."""
    with pytest.raises(NotOffered, match=sentence):
        SERVICES.payment(claims, (), bill=bill, way=way)


def test_nothing_is_done_twice_in_one_conversation() -> None:
    """The second of two clicks is told so."""
    with pytest.raises(NotOffered, match="done in this conversation already"):
        SERVICES.order(verified(), said(kind="order", subject="mobile-solo"), plan="mobile-solo")
    with pytest.raises(NotOffered, match="done in this conversation already"):
        SERVICES.payment(verified(), said(kind="payment", subject=BILL), bill=BILL, way="card")


def test_what_has_been_done_is_marked() -> None:
    """The workspace offers it no more."""
    done = (*said(kind="order", subject="mobile-solo"), *said(kind="payment", subject=BILL))
    offered = SERVICES.offered(verified(), done)

    assert offered is not None
    assert {"mobile-solo"} == {plan["id"] for plan in offered["plans"] if plan["ordered"]}
    assert [True] == [bill["agreed"] for bill in offered["bills"]]


@pytest.mark.parametrize(
    ("amount", "currency", "text"), [(4890, "EUR", "€48.90"), (5, "USD", "$0.05"), (100, "NOK", "1.00 NOK")]
)
def test_money_is_written_as_people_read_it(amount: int, currency: str, text: str) -> None:
    """Minor units become units, with the sign where there is one."""
    assert text == money(amount, currency)
