"""What verified claims tell of a consumer's account: its number, package, open bills and ways to pay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

HISTORY, WAYS = "Billing history", "Ways to pay"
"""Under which labels a connector maps the claims that bills and payments are read from."""

_MOST = 100_000_000
"""More than any bill, in minor units."""

_Mapped = TypeVar("_Mapped", bound=BaseModel)


class Bill(BaseModel):
    """A bill that is mapped for the agent; ``amount`` in minor units."""

    model_config = ConfigDict(frozen=True, strict=True)

    date: str = Field(max_length=40)
    amount: int = Field(ge=0, le=_MOST)
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    status: str


class Way(BaseModel):
    """A way to pay that is mapped for the agent; ``fee`` in minor units, below zero where it saves."""

    model_config = ConfigDict(frozen=True, strict=True)

    id: str = Field(max_length=64)
    name: str = Field(max_length=80)
    fee: int = Field(default=0, ge=-_MOST, le=_MOST)
    instalments: int = Field(default=1, ge=1, le=60)
    note: str = Field(default="", max_length=200)

    def total(self, bill: Bill) -> int:
        """Return what a bill comes to, paid in this way."""
        return max(0, bill.amount + self.fee)


@dataclass(frozen=True, kw_only=True)
class Account:
    """The account of a verified consumer.

    Attributes:
        number: The brand's number of it (``customerId``).
        package: What the consumer has (``ctype``).
        open_bills: What is not paid yet.
        ways: How this consumer may pay.
    """

    number: str
    package: str | None
    open_bills: tuple[Bill, ...]
    ways: tuple[Way, ...]

    @classmethod
    def of(cls, verified: dict[str, Any]) -> Self | None:
        """Read an account from verified claims; ``None`` when they name no account number."""
        infos = (one.get("info") for one in verified.get("lp_sdes", ()) if one.get("type") == "ctmrinfo")
        info = next((info for info in infos if isinstance(info, dict)), {})
        number, package = info.get("customerId"), info.get("ctype")
        if not isinstance(number, str) or not number:
            return None
        bills = _mapped(verified, HISTORY, Bill)
        return cls(
            number=number,
            package=package if isinstance(package, str) else None,
            open_bills=tuple(bill for bill in bills if bill.status == "open"),
            ways=tuple(_mapped(verified, WAYS, Way)),
        )

    def ranked(self, bill: Bill) -> tuple[Way, ...]:
        """Return the ways to pay a bill, the cheapest first, of equal ones the soonest done."""
        return tuple(sorted(self.ways, key=lambda way: (way.total(bill), way.instalments)))


def _mapped(verified: dict[str, Any], label: str, model: type[_Mapped]) -> list[_Mapped]:
    """Return the items under a mapped label that are of the form; a brand's claim may hold anything."""
    items = verified.get("mapped", {}).get(label)
    found = []
    for item in items if isinstance(items, list) else ():
        try:
            found.append(model.model_validate(item))
        except ValidationError:
            continue
    return found
