"""What says something about a person, as values that can be looked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from harness.sample import CUSTOMERS, Customer

_PUBLIC = frozenset({"iss", "aud", "azp", "exp", "iat", "nbf", "auth_time", "amr", "acr", "currency", "type"})
"""Claims that say nothing about anybody."""


def sample_people() -> Iterator[str]:
    """Yield what the sample brand knows about its consumers, in the forms in which its pages show it."""
    for customer in CUSTOMERS:
        yield from _of(customer)


def _of(customer: Customer) -> Iterator[str]:
    yield from (customer.name, customer.given_name, customer.family_name, customer.username, customer.sub)
    yield from (customer.email, customer.phone_number, customer.account_number, customer.package)
    yield "-".join(f"{part:02}" for part in customer.customer_since)
    for bill in customer.bills:
        yield from (bill.date, f"{bill.amount / 100:.2f}")


def personal_values(claims: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what verified claims say about people.

    Args:
        claims: The claims of each person.
    """
    for one in claims:
        for name, value in one.items():
            if name not in _PUBLIC:
                yield from _leaves(value)


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            if name not in _PUBLIC:
                yield from _leaves(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item)
